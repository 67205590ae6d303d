"""Sums over the tallies of delays: cycles that ended in some days, by outcome and by both counts.

Whole months, and whole fiscal years of all units, are read from the tallies; the days at their ends
from the measured cycles, which are added, or taken off a whole month where those are fewer. As known
on a day: the same of days up to it, with each measured cycle that changed later as it was listed then
(``known_cycles``). Texts of statements are composed of spans, never of a value of a request.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from services.compliance.projection.delay_tallies import DelayKind
from services.compliance.projection.rollups import EVERY_UNIT, Grain, Span, rollup_spans
from services.compliance.projection.snapshot_tallies import MEASURED_LATE, MEASURED_ON_TIME
from services.compliance.projection.tally_queries import first_known_later, single_units
from services.compliance.projection.tally_scope import TallyScope
from shared.database import Database

_OF_ALL: Final[tuple[Grain, ...]] = ("year", "month", "day")
_OF_UNITS: Final[tuple[Grain, ...]] = ("month", "day")
_MONTH: Final = timedelta(days=31)


class DelayCount(NamedTuple):
    """Cycles by outcome, and by what their limit had counted; ``kind`` as :mod:`delay_tallies` says."""

    outcome: str
    kind: DelayKind
    amount: int


DelaySums = Mapping[tuple[str, str | None], Mapping[DelayCount, int]]
"""Cycles of each standard and unit (None for all of the scope)."""


async def sum_delays(
    database: Database, scope: TallyScope, first: date, last: date, today: date
) -> DelaySums:
    """The delays of the measured cycles that ended from ``first`` to ``last``; places without any are
    left out. ``today`` is the last day on which any can have ended.
    """
    if scope.known_on is not None:
        last, today = min(last, scope.known_on), date.max  # more is stored than was known
    sums: defaultdict[tuple[str, str | None], Counter[DelayCount]] = defaultdict(Counter)
    reads, each = [_Read(None, rollup_spans(first, last, _OF_ALL, today))], scope.each_unit
    if scope.units is not None:
        reads, each = [], scope.units
    if each:
        reads.append(_Read(each, rollup_spans(first, last, _OF_UNITS, today)))
    for read, rows in zip(
        reads, await asyncio.gather(*(_rows(database, scope, read) for read in reads)), strict=True
    ):
        for standard, unit, *delay, files in rows:
            count = DelayCount(*delay)
            for place in (None,) if read.units is None else scope.places(unit):
                sums[standard, place][count] += int(files)
    if scope.known_on is not None:
        for standard, unit, *delay, files in await _changes_since(database, scope, first, last):
            for place in scope.places_of_single(unit):
                sums[standard, place][DelayCount(*delay)] += int(files)
    present = {place: {one: files for one, files in sums[place].items() if files} for place in sums}
    return {place: counts for place, counts in present.items() if counts}


class _Read(NamedTuple):
    """Spans of days, of some units, each apart; of all together where ``units`` is None."""

    units: Sequence[str] | None
    spans: Sequence[Span]


async def _rows(database: Database, scope: TallyScope, read: _Read) -> Iterable[Sequence[Any]]:
    """One statement, so that what is taken off was there."""
    if not read.spans:
        return ()
    sql = database.keyed_queries
    arrays, within = [sql.array(scope.standards)], sql.among("standard", sql.parameter(1))
    # Cycles are of single units, so all of them are those of all units together.
    unit, of_cycles, of_tallies = f"'{EVERY_UNIT}'", "", f" AND unit = '{EVERY_UNIT}'"
    if read.units is not None:
        arrays.append(sql.array(read.units))
        unit, of_cycles = "unit", f" AND {sql.among('unit', sql.parameter(2))}"
        of_tallies = of_cycles
    branches = []
    for grain, first, last, times in read.spans:
        if grain == "day":
            text, of_place = _OF_CYCLES, of_cycles
            days = f"decided_on BETWEEN {first.toordinal()} AND {last.toordinal()}"
        else:
            text, of_place = _OF_TALLIES, of_tallies
            begins = _months(first, last) if grain == "month" else _years(first, last)
            days = f"grain = '{grain}' AND day IN ({', '.join(map(str, begins))})"
        branches.append(
            text.format(unit=unit, times=times, within=f"{within} AND {days}{of_place}")
        )
    async with database.reading() as connection:
        result = await connection.exec_driver_sql(" UNION ALL ".join(branches), tuple(arrays))
        rows: Sequence[Sequence[Any]] = result.all()
    return _by_kind(rows)


_MEASURED: Final = ", ".join(f"'{outcome}'" for outcome in (*MEASURED_ON_TIME, *MEASURED_LATE))
_OF_TALLIES: Final = (
    "SELECT standard, {unit} AS place, outcome, kind, amount, amount, {times} * sum(files) "
    f"FROM delay_tallies WHERE {{within}} AND outcome IN ({_MEASURED}) "
    "GROUP BY standard, place, outcome, kind, amount HAVING sum(files) <> 0"
)
_OF_CYCLES: Final = (
    "SELECT standard, {unit} AS place, outcome, '', counted, gross, {times} * count(*) "
    "FROM measured_cycles "
    "WHERE {within} AND decided_on IS NOT NULL AND gross IS NOT NULL "
    "GROUP BY standard, place, outcome, counted, gross"
)
"""The same columns: a kind and its amount, or no kind and both."""


async def _changes_since(
    database: Database, scope: TallyScope, first: date, last: date
) -> Iterable[Sequence[Any]]:
    """What to add to delays as they are known now, for those known on the day of a scope."""
    assert scope.known_on is not None
    sql = database.keyed_queries
    within, values = single_units(database, scope)
    values += (first.toordinal(), last.toordinal(), scope.known_on.toordinal())
    begins, ends, known_on = map(sql.parameter, range(len(values) - 2, len(values) + 1))
    within += f" AND decided_on BETWEEN {begins} AND {ends} AND gross IS NOT NULL"
    unknown = first_known_later(database, "cycles.file_id", known_on)
    text = _OF_CHANGES.format(within=within, known_on=known_on, unknown=unknown)
    async with database.reading() as connection:
        return _by_kind((await connection.exec_driver_sql(text, tuple(values))).all())


_OF_CHANGES: Final = """
SELECT standard, unit, outcome, '', counted, gross, -count(*)
FROM (SELECT 1 FROM known_files WHERE known_on > {known_on} LIMIT 1) AS later
CROSS JOIN measured_cycles AS cycles WHERE {within} AND {unknown}
GROUP BY standard, unit, outcome, counted, gross
UNION ALL
SELECT standard, unit, outcome, '', counted, gross, -count(*) FROM (
    SELECT DISTINCT file_id, of_standard, cycle FROM known_cycles WHERE known_on > {known_on}
) AS changed CROSS JOIN measured_cycles AS cycles
WHERE cycles.file_id = changed.file_id AND cycles.of_standard = changed.of_standard
AND cycles.cycle = changed.cycle AND {within} AND NOT {unknown}
GROUP BY standard, unit, outcome, counted, gross
UNION ALL
SELECT standard, unit, outcome, '', counted, gross, count(*) FROM known_cycles AS cycles
WHERE {within} AND known_on > {known_on} AND NOT {unknown} AND NOT EXISTS (
    SELECT 1 FROM known_cycles AS sooner
    WHERE sooner.file_id = cycles.file_id AND sooner.of_standard = cycles.of_standard
    AND sooner.cycle = cycles.cycle AND sooner.known_on > {known_on}
    AND (sooner.known_on, sooner.position) < (cycles.known_on, cycles.position)
) GROUP BY standard, unit, outcome, counted, gross
"""
"""Cycles as they are listed now, of files that were first known later, where there are any; those that
changed later, of which there are few, each read by its key; and these as they were before the first
change."""


def _by_kind(rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Cycles by both counts as the tallies have them."""
    for standard, place, outcome, kind, counted, gross, files in rows:
        if kind:
            yield standard, place, outcome, kind, counted, files
        elif counted == gross:
            yield standard, place, outcome, "both", counted, files
        else:
            yield standard, place, outcome, "net", counted, files
            yield standard, place, outcome, "gross", gross, files


def _months(first: date, last: date) -> Iterable[int]:
    """The ordinals of the first days of whole months."""
    while first <= last:
        yield first.toordinal()
        first = (first + _MONTH).replace(day=1)


def _years(first: date, last: date) -> Iterable[int]:
    """The ordinals of the first days of whole fiscal years."""
    return [first.replace(year=year).toordinal() for year in range(first.year, last.year)]
