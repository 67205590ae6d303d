"""What is open now: files by stage and by what remains of their limit, the oldest, how long clients wait.

Tallies are kept by day and read as of today, so that no midnight changes a row. What remains is in
business days of the standard's calendar, for a limit in months in civil days (§4); waits are in
business days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from services.compliance.attainment.measures import (
    OPEN_STAGES,
    REMAINING,
    WAITED,
    BusinessDaysAgo,
    OpenFiles,
)
from services.compliance.projection import OPEN_BASES, Basis, OpenDay, TallyScope, open_now
from shared.database import Database
from shared.domain import Catalogue

_Tallies = Mapping[Basis, Sequence[OpenDay]]


async def stages_now(
    database: Database, scope: TallyScope
) -> Mapping[tuple[str, str | None], Mapping[str, int]]:
    """Open files of each standard and unit (None for all) by stage, waiting, or followed: cheap."""
    stages: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for one in await open_now(database, scope, ["open"]):
        stages[one.standard, one.unit][one.outcome] += one.files
    return stages


async def read_open_files(
    database: Database, catalogue: Catalogue, today: date, scope: TallyScope
) -> Sequence[OpenFiles]:
    """What is open today in each standard and in all: in all, then by unit; units without files left out."""
    tallies: dict[tuple[str, str | None], dict[Basis, list[OpenDay]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for one in await open_now(database, scope, OPEN_BASES):
        tallies[one.standard, one.unit][one.basis].append(one)
    several, rows = len(scope.standards) > 1, list[OpenFiles]()
    for unit in (None, *scope.each_unit):
        of_unit = [
            _open(name, unit, catalogue, today, tallies.get((name, unit), {}))
            for name in scope.standards
            if unit is None or (name, unit) in tallies
        ]
        rows += [*of_unit, *([_together(unit, of_unit)] if several and of_unit else [])]
    return rows


def _open(
    name: str, unit: str | None, catalogue: Catalogue, today: date, tallies: _Tallies
) -> OpenFiles:
    standard = catalogue.standards[name]
    calendar, limit = catalogue.calendar_of(standard), standard.nearest_terms(today).limit
    count = calendar.count

    def remaining(day: date) -> int:
        # Due before today and not late: it came back with its limit just used up.
        return max(0, limit.days_between(calendar, today, day))

    def since(basis: Basis) -> BusinessDaysAgo | None:
        days = [one.day for one in tallies.get(basis, ())]
        if not days:
            return None
        first = date.fromordinal(min(days))
        return BusinessDaysAgo(first, count(first, today))

    stages: Counter[str] = Counter()
    for one in tallies.get("open", ()):
        stages[one.outcome] += one.files
    remaining_days = _buckets(tallies.get("open_due", ()), REMAINING, remaining)
    remaining_days["overdue"] += stages["overdue"]
    return OpenFiles(
        name,
        unit,
        {stage: stages[stage] for stage in OPEN_STAGES},
        stages["followed"],
        remaining_days,
        since("open_received"),
        _buckets(tallies.get("waiting_since", ()), WAITED, lambda day: count(day, today)),
        since("waiting_since"),
    )


def _buckets(
    tallies: Sequence[OpenDay], ends: Mapping[str, int | None], days: Callable[[date], int]
) -> dict[str, int]:
    """Files by how many days their day is away."""
    buckets = dict.fromkeys(ends, 0)
    for one in tallies:
        away = days(date.fromordinal(one.day))
        buckets[next(name for name, end in ends.items() if end is None or away <= end)] += one.files
    return buckets


def _together(unit: str | None, rows: Sequence[OpenFiles]) -> OpenFiles:
    """All standards in one row."""

    def total(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
        return {name: sum(one[name] for one in counts) for name in counts[0]}

    def first(days: Sequence[BusinessDaysAgo | None]) -> BusinessDaysAgo | None:
        return min((one for one in days if one is not None), default=None)

    return OpenFiles(
        None,
        unit,
        total([row.stages for row in rows]),
        sum(row.followed for row in rows),
        total([row.remaining for row in rows]),
        first([row.oldest for row in rows]),
        total([row.waiting for row in rows]),
        first([row.waiting_longest for row in rows]),
    )
