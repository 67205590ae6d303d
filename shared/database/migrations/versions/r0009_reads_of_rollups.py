"""corrections counted from their indexes, delays of all units by month"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_COUNTED = {
    "old_day": ["old_result", "new_day", "new_result"],
    "new_day": ["new_result", "old_day", "old_result"],
}


def upgrade() -> None:
    """The indexes of corrections by day, with all that is counted of them; delays added up."""
    for day, counted in _COUNTED.items():
        name, present = f"corrections_{day}", sa.text(f"{day} IS NOT NULL")
        op.drop_index(name, "corrections")
        op.create_index(
            name,
            "corrections",
            ["basis", day, "standard", "unit", *counted],
            sqlite_where=present,
            postgresql_where=present,
        )
    op.execute(
        "INSERT INTO delay_tallies "
        "SELECT 'month', standard, '*', day, outcome, kind, amount, partition, sum(files) "
        "FROM delay_tallies WHERE grain = 'month' "
        "GROUP BY standard, day, outcome, kind, amount, partition"
    )
