"""alerts counted: how many are active in each unit is read from an index of their units and stages"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the index."""
    active = sa.text("resolved_at IS NULL")
    op.create_index(
        "alerts_counted",
        "alerts",
        ["unit", "stage"],
        sqlite_where=active,
        postgresql_where=active,
    )
