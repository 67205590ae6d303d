"""The files in hand of one standard, read from the tallies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from services.compliance.attainment import OpenFiles, read_open_files
from services.compliance.projection import (
    Basis,
    Days,
    Grain,
    TallyScope,
    grain_sums,
    listings,
    open_now,
)
from services.compliance.workload.ageing import AgeBand, age_bands
from services.compliance.workload.movement import (
    DayCounts,
    Grouping,
    Movement,
    months_until,
    movements,
    weeks_until,
)
from shared.database import Database
from shared.domain import Catalogue, DayUnit

_SPANS: Final = 13
"""Thirteen months or weeks: a year with the same month at both ends, or a quarter."""
_BASES: Final[Sequence[Basis]] = ("received", "decided", "withdrawn")


class Workload(NamedTuple):
    """Of one standard: what is open today, how old it is in days of ``unit``, how files came and went."""

    today: date
    open_files: OpenFiles
    unit: DayUnit
    ages: Sequence[AgeBand]
    movements: Sequence[Movement]


async def read_workload(
    database: Database, catalogue: Catalogue, today: date, scope: TallyScope, by: Grouping
) -> Workload:
    """Of the one standard of a scope, all its units together."""
    scope = scope._replace(each_unit=())
    (open_files,), in_hand, overdue, moved = await asyncio.gather(
        read_open_files(database, catalogue, today, scope),
        _open_by_day(database, scope),
        listings.overdue_receptions(database, scope.standards[0], scope.units),
        _moved(database, today, scope, by),
    )
    standard = catalogue.standards[scope.standards[0]]
    unit_calendar = scope.units[0] if scope.units and len(scope.units) == 1 else None
    calendar = catalogue.calendar_of(standard, unit_calendar)
    limit = standard.nearest_terms(today).limit
    return Workload(
        today,
        open_files,
        limit.day_unit,
        age_bands(in_hand, overdue, lambda day: limit.days_between(calendar, day, today)),
        moved,
    )


async def _open_by_day(database: Database, scope: TallyScope) -> Mapping[date, int]:
    days: Counter[date] = Counter()
    for one in await open_now(database, scope, ["open_received"]):
        days[date.fromordinal(one.day)] += one.files
    return days


async def _moved(
    database: Database, today: date, scope: TallyScope, by: Grouping
) -> Sequence[Movement]:
    spans = months_until(today, _SPANS) if by == "month" else weeks_until(today, _SPANS)
    grain: Grain = "month" if by == "month" else "day"
    days = [Days(basis, spans[0][0], spans[-1][1]) for basis in _BASES]
    present, sums = await asyncio.gather(
        open_now(database, scope, ["open"]),
        asyncio.gather(*(grain_sums(database, scope, one, grain) for one in days)),
    )
    by_day = [
        {
            day: sum(outcomes.values())
            for day, outcomes in of_basis.get(scope.standards[0], {}).items()
        }
        for of_basis in sums
    ]
    return movements(spans, DayCounts(*by_day), sum(one.files for one in present))
