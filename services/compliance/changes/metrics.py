"""What the attainment of each standard was in the period before, for Prometheus to scrape."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.compliance.changes.queries import read_comparison
from services.compliance.periods import parse_period
from services.compliance.projection import TallyScope
from shared.database import Database
from shared.domain import Catalogue
from shared.metrics import Figures, series

_KINDS: Final = ("month", "quarter", "fiscal-year")


async def change_figures(database: Database, catalogue: Catalogue, today: date) -> Figures:
    """Of the files decided, to the same point of the period before."""
    scope = TallyScope(sorted(catalogue.standards), None)
    before: dict[tuple[str, ...], float] = {}
    for kind in _KINDS:
        period = parse_period(kind, today, catalogue.fiscal_year_start)
        comparison = await read_comparison(database, catalogue, period, "decided", today, scope)
        for row in comparison.rows:
            ratio = row.before.attainment.ratio
            if ratio is not None:
                before[row.standard, kind] = float(ratio)
    return {series.ATTAINMENT_BEFORE: before}
