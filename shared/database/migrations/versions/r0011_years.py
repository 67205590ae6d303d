"""years: what happened is counted by quarter and by fiscal year too

A year of every unit is then read from a twelfth of the rows.
"""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_KEY = "basis, grain, standard, unit, day, outcome, partition"


def upgrade() -> None:
    """Add the months up."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        told = "day, week, month, quarter or year: what a row covers"
        op.alter_column("tallies", "grain", comment=told)
    months = connection.scalars(sa.text("SELECT DISTINCT day FROM tallies WHERE grain = 'month'"))
    spans: dict[tuple[str, int], list[int]] = {}
    for month in months.all():
        for grain, begins in _begins(date.fromordinal(month)).items():
            spans.setdefault((grain, begins.toordinal()), []).append(month)
    for (grain, first), within in sorted(spans.items()):
        connection.execute(_SUMMED, {"grain": grain, "begins": first, "months": within})


def _begins(month: date) -> dict[str, date]:
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    year = date(max(month.year - (month.month < 4), 1), 4, 1)
    return {"quarter": quarter, "year": year if year <= month else date.min}


_SUMMED = sa.text(
    f"INSERT INTO tallies ({_KEY}, files) "
    "SELECT basis, :grain, standard, unit, :begins, outcome, partition, sum(files) FROM tallies "
    "WHERE grain = 'month' AND day IN :months "
    "GROUP BY basis, standard, unit, outcome, partition"
).bindparams(sa.bindparam("months", expanding=True))
