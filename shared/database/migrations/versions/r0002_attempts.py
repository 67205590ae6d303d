"""attempts: which record a process was at work on

Data directories of before migrations may have the table already: what exists is left as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """One row for each partition whose first batch is in hand."""
    op.create_table(
        "attempts",
        sa.Column("service", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("service", "partition"),
        if_not_exists=True,
    )
