"""The delays of a period, by standard and unit."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from services.compliance.delays.distribution import (
    DECIDED_OUTCOMES,
    DelayDistribution,
    DelayMeasure,
    Delays,
)
from services.compliance.periods import Period
from services.compliance.projection import DelayCount, TallyScope, sum_delays
from services.compliance.projection.snapshot_tallies import MEASURED_ON_TIME
from shared.database import Database
from shared.domain import Catalogue

DelaysOfPlaces = Mapping[tuple[str, str | None], Delays]
"""By standard and unit (None for all of a scope)."""

_COUNTS: Final[Mapping[str, Sequence[DelayMeasure]]] = {
    "both": ("net", "gross"),
    "net": ("net",),
    "gross": ("gross",),
}


async def read_delays(
    database: Database, catalogue: Catalogue, period: Period, today: date, scope: TallyScope
) -> DelaysOfPlaces:
    """The delays of the files decided in a period: of all of a scope, and of each of its units.

    ``unit`` and ``limit`` are those of the terms in effect at the end of the period, or today. Units
    in which nothing was decided are left out.
    """
    sums = await sum_delays(database, scope, period.first, period.last, today)
    found: dict[tuple[str, str | None], Delays] = {}
    for standard in scope.standards:
        limit = catalogue.standards[standard].nearest_terms(min(period.last, today)).limit
        for unit in (None, *scope.each_unit):
            by_measure = _by_measure(sums.get((standard, unit), {}))
            delays = Delays(by_measure["net"], by_measure["gross"], limit.unit, limit.length)
            if unit is None or delays.net.files:
                found[standard, unit] = delays
        await asyncio.sleep(0)  # of every standard's units that is a tenth of a second
    return found


def _by_measure(counts: Mapping[DelayCount, int]) -> Mapping[DelayMeasure, DelayDistribution]:
    files: dict[DelayMeasure, Counter[tuple[int, bool]]] = {"net": Counter(), "gross": Counter()}
    for (outcome, kind, amount), number in counts.items():
        if outcome in DECIDED_OUTCOMES:
            for measure in _COUNTS[kind]:
                files[measure][amount, outcome in MEASURED_ON_TIME] += number
    return {measure: DelayDistribution.of(some) for measure, some in files.items()}
