"""what the snapshots of a partition say"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The column is last, as in the model: a rebuild copies the rows whole."""
    op.add_column(
        "clock_generations",
        sa.Column(
            "snapshot_revision",
            sa.Integer,
            nullable=False,
            server_default="1",
            comment="what its snapshots say of a history",
        ),
    )
