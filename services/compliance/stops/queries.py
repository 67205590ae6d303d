"""The stops of a period, from the tallies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.compliance.periods import Period
from services.compliance.projection import Days, TallyScope, sum_events
from services.compliance.projection.stop_rules import SHORTEST_TESTED_DAYS
from services.compliance.stops.integrity import STOP_BASES, StopMeasure, base_rates, stop_measure
from shared.database import Database
from shared.domain import Catalogue


async def stop_measures(
    database: Database, catalogue: Catalogue, period: Period, today: date, scope: TallyScope
) -> Sequence[StopMeasure]:
    """The stops of each standard of a scope: in all, then by unit; units without files left out."""
    days = [Days(basis, period.first, period.last, today) for basis in STOP_BASES]
    past = await sum_events(database, scope, days)
    bases = {name: base_rates(past.get((name, None), {})) for name in scope.standards}
    return [
        stop_measure(
            name,
            unit,
            past.get((name, unit), {}),
            tests_bunching=_tests_bunching(catalogue, name, period.last),
            bases=bases[name],
        )
        for unit in (None, *scope.each_unit)
        for name in scope.standards
        if unit is None or (name, unit) in past
    ]


def _tests_bunching(catalogue: Catalogue, standard: str, on: date) -> bool:
    limit = catalogue.standards[standard].nearest_terms(on).limit
    return limit.counts_days and limit.length >= SHORTEST_TESTED_DAYS
