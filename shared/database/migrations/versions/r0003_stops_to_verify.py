"""ended files whose stops are to verify"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the list of findings."""
    op.create_table(
        "stop_findings",
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column(
            "of_standard", sa.String, nullable=False, comment="empty in a file of one standard"
        ),
        sa.Column("cycle", sa.Integer, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column(
            "ended_on",
            sa.Integer,
            comment="ordinal of the date; null once it is to verify no longer",
        ),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column(
            "removed",
            sa.Float,
            nullable=False,
            comment="by all its stops, in the unit of the limit",
        ),
        sa.Column(
            "at", sa.BigInteger, nullable=False, comment="microseconds since 1970: what it is about"
        ),
        sa.Column("amount", sa.Float, nullable=False, comment="how much of it, by rule"),
        sa.PrimaryKeyConstraint("file_id", "of_standard", "cycle", "rule"),
        sqlite_with_rowid=False,
    )
    columns = ["standard", "rule", "ended_on", "file_id", "of_standard", "cycle", "unit"]
    where = sa.text("ended_on IS NOT NULL")
    op.create_index(
        "stop_findings_ended", "stop_findings", columns, sqlite_where=where, postgresql_where=where
    )
