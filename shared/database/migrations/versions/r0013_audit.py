"""who read and changed what"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the audit trail: its records, the heads of its chains, and the last use of each token."""
    op.create_table(
        "audit_records",
        sa.Column(
            "partition",
            sa.Integer,
            nullable=False,
            comment="of the topic; 0 where the table is the trail",
        ),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column(
            "name", sa.String, nullable=False, comment="of the token or person; empty if unknown"
        ),
        sa.Column("file_id", sa.String, comment="null where the request is about no one file"),
        sa.Column(
            "line", sa.LargeBinary, nullable=False, comment="the record, with its chain's digest"
        ),
        sa.PrimaryKeyConstraint("partition", "offset"),
        sqlite_with_rowid=False,
    )
    op.create_index("audit_records_at", "audit_records", ["at", "partition", "offset"])
    op.create_index("audit_records_of_name", "audit_records", ["name", "at"])
    about_a_file = sa.text("file_id IS NOT NULL")
    op.create_index(
        "audit_records_of_file",
        "audit_records",
        ["file_id", "at"],
        sqlite_where=about_a_file,
        postgresql_where=about_a_file,
    )
    op.create_table(
        "audit_chains",
        sa.Column("writer", sa.String, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="of its last record"),
        sa.Column("sha256", sa.String, nullable=False, comment="of its last record's line"),
        sa.Column("at", sa.BigInteger, nullable=False, comment="of its last record"),
        sa.PrimaryKeyConstraint("writer"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_removed",
        sa.Column("writer", sa.String, nullable=False),
        sa.Column(
            "seq",
            sa.BigInteger,
            nullable=False,
            comment="of the last record removed after its time",
        ),
        sa.Column("sha256", sa.String, nullable=False, comment="of its line"),
        sa.PrimaryKeyConstraint("writer"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "token_uses",
        sa.Column("token", sa.String, nullable=False, comment="the eight characters after ech_"),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, comment="of the last use, to the minute"),
        sa.PrimaryKeyConstraint("token"),
        sqlite_with_rowid=False,
    )
