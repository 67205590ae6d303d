"""The figures about stops that Prometheus scrapes: of each standard and current period, all units together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from services.compliance.periods import PERIODS, parse_period
from services.compliance.projection import TallyScope
from services.compliance.stops.integrity import StopMeasure
from services.compliance.stops.queries import stop_measures
from shared.database import Database
from shared.domain import Catalogue
from shared.metrics import Figures, series
from shared.metrics.series import Series


async def stop_figures(database: Database, catalogue: Catalogue, today: date) -> Figures:
    """Every series about stops."""
    values: dict[Series, dict[tuple[str, ...], float]] = defaultdict(dict)
    scope = TallyScope(sorted(catalogue.standards), None)
    for kind in PERIODS:
        period = parse_period(kind, today, catalogue.fiscal_year_start)
        for row in await stop_measures(database, catalogue, period, today, scope):
            for one, labels, value in _samples(row):
                values[one][row.standard, kind, *labels] = value
    return values


def _samples(row: StopMeasure) -> Iterator[tuple[Series, tuple[str, ...], float]]:
    yield series.STOPPED_FILES, (), row.stopped
    yield series.ON_TIME_BY_STOPS, (), row.by_stops
    ratio = row.without_stops.ratio
    if ratio is not None:
        yield series.ATTAINMENT_WITHOUT_STOPS, (), float(ratio)
    for one in row.rules:
        yield series.FILES_TO_VERIFY, (one.rule,), one.files
