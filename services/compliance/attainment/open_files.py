"""What is open now: files by stage and by what remains of their limit, the oldest, how long clients wait.

Tallies are kept by day and read as of today, so that no midnight changes a row. What remains, ages
and waits are in the days of the standard's limit: business days of its calendar, or of the unit's
own, for a limit in business days or in opening hours; civil days for any other (§4).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import product
from typing import NamedTuple, TypeVar

from services.compliance.attainment.measures import (
    AGES,
    OPEN_STAGES,
    REMAINING,
    WAITED,
    AgeAndStage,
    DaysAgo,
    OpenFiles,
)
from services.compliance.projection import (
    COUNTED_AGAIN,
    OPEN_BASES,
    OTHER,
    Basis,
    OpenDay,
    TallyScope,
    open_now,
)
from shared.database import Database
from shared.domain import Catalogue, DayUnit
from shared.domain.calendars import BusinessCalendar

_WAITS = ("waiting", "waiting_long")
K = TypeVar("K", str, AgeAndStage)
_Tallies = Mapping[Basis, Sequence[OpenDay]]


async def stages_now(
    database: Database, scope: TallyScope
) -> Mapping[tuple[str, str | None], Mapping[str, int]]:
    """Open files of each standard and unit (None for all) by stage, waiting, or followed: cheap."""
    stages: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for one in await open_now(database, scope, ["open"]):
        stages[one.standard, one.unit][one.outcome] += one.files
    return stages


def waiting_files(stages: Mapping[str, int]) -> tuple[int, int]:
    """Files that wait for the client, and for others, of open files by stage."""
    of_client, of_others = (
        sum([stages.get(outcome + party, 0) for outcome in _WAITS]) for party in ("", OTHER)
    )
    return of_client, of_others


async def read_open_files(
    database: Database, catalogue: Catalogue, today: date, scope: TallyScope
) -> Sequence[OpenFiles]:
    """What is open today in each standard and in all: in all, then by unit; units without files left out."""
    tallies: dict[tuple[str, str | None], dict[Basis, list[OpenDay]]] = defaultdict(
        lambda: defaultdict(list)
    )
    several, rows = len(scope.standards) > 1, list[OpenFiles]()
    again = scope.repeated(catalogue).standards if several else ()
    everything = scope._replace(standards=[*scope.standards, *again])
    for one in await open_now(database, everything, OPEN_BASES):
        tallies[one.standard, one.unit][one.basis].append(one)
    days = _days_of(catalogue, today)
    for unit in (None, *scope.each_unit):
        of_unit = [
            _open(name, unit, days(name, unit), tallies.get((name, unit), {}))
            for name in scope.standards
            if unit is None or (name, unit) in tallies
        ]
        repeated = [
            _open(standard, unit, days(standard, unit), tallies[name, unit])
            for name in again
            for standard in [name.removeprefix(COUNTED_AGAIN)]
            if (name, unit) in tallies
        ]
        rows += [*of_unit, *([_together(unit, of_unit, repeated)] if several and of_unit else [])]
    return rows


class _Days(NamedTuple):
    """How far days (ordinals) are from today by a limit and a calendar, and which buckets they are in."""

    unit: DayUnit
    ago: Callable[[int], int]
    remaining: Callable[[int], str]
    waited: Callable[[int], str]
    age: Callable[[int], str]


def _days_of(catalogue: Catalogue, today: date) -> Callable[[str, str | None], _Days]:
    """The days of a standard and unit; each is counted once, for all units of one calendar."""

    @cache
    def of_calendar(name: str, calendar: BusinessCalendar) -> _Days:
        limit = catalogue.standards[name].nearest_terms(today).limit

        def remaining(day: int) -> int:
            # Due before today and not late: it came back with its limit just used up.
            return max(0, limit.days_between(calendar, today, date.fromordinal(day)))

        def ago(day: int) -> int:
            return limit.days_between(calendar, date.fromordinal(day), today)

        return _Days(
            limit.day_unit,
            ago,
            _bucket(REMAINING, remaining),
            _bucket(WAITED, ago),
            _bucket(AGES, ago),
        )

    return lambda name, unit: of_calendar(
        name, catalogue.calendar_of(catalogue.standards[name], unit)
    )


def _bucket(ends: Mapping[str, int | None], days: Callable[[int], int]) -> Callable[[int], str]:
    """The bucket of a day, by how far it is away."""

    @cache
    def bucket(day: int) -> str:
        away = days(day)
        return next(name for name, end in ends.items() if end is None or away <= end)

    return bucket


def _open(name: str, unit: str | None, days: _Days, tallies: _Tallies) -> OpenFiles:
    def since(basis: Basis) -> DaysAgo | None:
        of_basis = [one.day for one in tallies.get(basis, ())]
        if not of_basis:
            return None
        first = min(of_basis)
        return DaysAgo(date.fromordinal(first), days.ago(first), days.unit)

    stages: Counter[str] = Counter()
    for one in tallies.get("open", ()):
        stages[one.outcome] += one.files
    remaining, waiting = dict.fromkeys(REMAINING, 0), dict.fromkeys(WAITED, 0)
    for one in tallies.get("open_due", ()):
        remaining[days.remaining(one.day)] += one.files
    remaining["overdue"] += stages["overdue"]
    for one in tallies.get("waiting_since", ()):
        if one.outcome == "waiting":
            waiting[days.waited(one.day)] += one.files
    ages: Counter[tuple[str, str]] = Counter()
    for one in tallies.get("open_received", ()):
        ages[days.age(one.day), one.outcome] += one.files
    return OpenFiles(
        name,
        unit,
        {stage: stages[stage] for stage in OPEN_STAGES},
        stages["followed"],
        remaining,
        since("open_received"),
        waiting,
        since("waiting_since"),
        waiting_files(stages)[1],
        stages["waiting_long"] + stages["waiting_long" + OTHER],
        {one: ages[one] for one in product(AGES, OPEN_STAGES)},
        days.unit,
    )


def _together(
    unit: str | None, rows: Sequence[OpenFiles], repeated: Sequence[OpenFiles]
) -> OpenFiles:
    """All standards in one row, less the files that they count ``repeated``."""

    def total(counts_of: Callable[[OpenFiles], Mapping[K, int]]) -> dict[K, int]:
        counts = Counter[K]()
        for row in rows:
            counts.update(counts_of(row))
        for row in repeated:
            counts.subtract(counts_of(row))
        return {name: counts[name] for name in counts_of(rows[0])}

    def first(days: Sequence[DaysAgo | None]) -> DaysAgo | None:
        return min((one for one in days if one is not None), default=None)

    return OpenFiles(
        None,
        unit,
        total(lambda row: row.stages),
        sum(row.followed for row in rows) - sum(row.followed for row in repeated),
        total(lambda row: row.remaining),
        first([row.oldest for row in rows]),
        total(lambda row: row.waiting),
        first([row.waiting_longest for row in rows]),
        **{
            name: sum(getattr(row, name) for row in rows)
            - sum(getattr(row, name) for row in repeated)
            for name in ("waiting_other", "waiting_long")
        },
        ages=total(lambda row: row.ages),
    )
