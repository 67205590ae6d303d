"""the overdue by age"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """An index of the cycles that are overdue, by reception."""
    overdue = sa.text("outcome = 'overdue'")
    op.create_index(
        "measured_cycles_overdue",
        "measured_cycles",
        ["standard", "received_on", "unit"],
        sqlite_where=overdue,
        postgresql_where=overdue,
    )
