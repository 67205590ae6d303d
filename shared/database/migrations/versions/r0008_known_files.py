"""files first known too late for a day of theirs"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table; what an earlier revision stored of such files stays in ``known_cycles``."""
    op.create_table(
        "known_files",
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column(
            "known_on", sa.Integer, nullable=False, comment="ordinal of the day of the change"
        ),
        sa.Column(
            "position", sa.BigInteger, nullable=False, comment="up to where the step had read"
        ),
        sa.Column("files", sa.String, nullable=False, comment="JSON: an array of identifiers"),
        sa.PrimaryKeyConstraint("partition", "known_on", "position"),
    )
