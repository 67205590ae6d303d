"""what was published of each commitment"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table of releases."""
    op.create_table(
        "releases",
        sa.Column("fiscal_year", sa.String(), nullable=False),
        sa.Column("standard", sa.String(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="from 1, in the order of publication"
        ),
        sa.Column(
            "released_at", sa.BigInteger(), nullable=False, comment="microseconds since 1970"
        ),
        sa.Column("figures", sa.String(), nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("fiscal_year", "standard", "number"),
        sqlite_with_rowid=False,
    )
