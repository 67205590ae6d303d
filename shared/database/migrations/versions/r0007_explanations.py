"""what a public body says of a commitment in a fiscal year; open files by stage"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A row for each version of an explanation, and the index of the worklist's orders."""
    op.create_table(
        "explanations",
        sa.Column("fiscal_year", sa.String, nullable=False, comment="its name, as 2025-2026"),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column(
            "version", sa.Integer, nullable=False, comment="from 1 on; the greatest is the current"
        ),
        sa.Column("written_at", sa.BigInteger, nullable=False, comment="microseconds since 1970"),
        sa.Column("written_by", sa.String, nullable=False, comment="the name of a token"),
        sa.Column("fr", sa.String, nullable=False, comment="empty for none"),
        sa.Column("en", sa.String, nullable=False, comment="empty for none"),
        sa.PrimaryKeyConstraint("fiscal_year", "standard", "version"),
        sqlite_with_rowid=False,
    )
    op.drop_index("compliance_files_open", "compliance_files")
    listed = sa.text("breaches_at IS NOT NULL")
    op.create_index(
        "compliance_files_stage",
        "compliance_files",
        ["stage", "breaches_at", "file_id", "of_standard"],
        sqlite_where=listed,
        postgresql_where=listed,
    )
