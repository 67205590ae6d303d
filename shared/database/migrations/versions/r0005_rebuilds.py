"""rebuilds: how far a rebuild has come"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """One row for each partition of a service that is being rebuilt."""
    op.create_table(
        "rebuilds",
        sa.Column("service", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False, comment="microseconds since 1970"),
        sa.Column("done_records", sa.BigInteger, nullable=False),
        sa.Column("total_records", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("service", "partition"),
    )
