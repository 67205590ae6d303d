"""alerts that ended: no index by when they did

What Alertmanager does not yet know to be over is found by asking it, and not by looking for what ended lately.
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Drop the index."""
    op.drop_index("alerts_resolved", "alerts")
