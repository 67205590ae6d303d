"""The files in hand of one standard, read from the tallies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from services.compliance.attainment import OpenFiles, read_open_files
from services.compliance.projection import Basis, Days, Grain, TallyScope, grain_sums, open_now
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
from shared.domain import Catalogue

_SPANS: Final = 13
"""Thirteen months or weeks: a year with the same month at both ends, or a quarter."""
_BASES: Final[Sequence[Basis]] = ("received", "decided", "withdrawn")


class Workload(NamedTuple):
    """Of one standard: what is open today, how old it is in its days, how files came and went."""

    today: date
    open_files: OpenFiles
    ages: Sequence[AgeBand]
    movements: Sequence[Movement]


async def read_workload(
    database: Database, catalogue: Catalogue, today: date, scope: TallyScope, by: Grouping
) -> Workload:
    """Of the one standard of a scope, all its units together."""
    one_unit = scope.units if scope.units is not None and len(scope.units) == 1 else ()
    scope = scope._replace(each_unit=())
    open_rows, moved = await asyncio.gather(
        # A unit may have a calendar of its own: its row is the last, where it has files.
        read_open_files(database, catalogue, today, scope._replace(each_unit=one_unit)),
        _moved(database, today, scope, by),
    )
    return Workload(today, open_rows[-1], age_bands(open_rows[-1].ages), moved)


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
