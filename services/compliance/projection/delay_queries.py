"""Sums over the tallies of delays: cycles that ended in some days, by outcome and by both counts.

Whole months, and whole fiscal years of all units, are read from the tallies, the days at their ends from
the measured cycles: of these only what is measured is known. As known on a day: the same of days up to
it, with each measured cycle that changed later as it was listed then (``known_cycles``). Texts of
statements are composed of spans, never of a value of a request.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from services.compliance.projection.delay_tallies import DelayKind
from services.compliance.projection.rollups import EVERY_UNIT, Grain, Span, rollup_spans
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


async def sum_delays(database: Database, scope: TallyScope, first: date, last: date) -> DelaySums:
    """The delays of the cycles that ended from ``first`` to ``last``; places without any are left out.

    As they were known on a day, those that are not measured are counted as they are known now.
    """
    if scope.known_on is not None:
        last = min(last, scope.known_on)
    sums: defaultdict[tuple[str, str | None], Counter[DelayCount]] = defaultdict(Counter)
    reads = [_Read(span, None, whole=True) for span in rollup_spans(first, last, _OF_ALL)]
    each: Sequence[str] = scope.each_unit
    if scope.units is not None:
        reads, each = [], scope.units
    if each:
        reads += [_Read(span, each, whole=False) for span in rollup_spans(first, last, _OF_UNITS)]
    for read, rows in zip(
        reads, await asyncio.gather(*(_rows(database, scope, read) for read in reads)), strict=True
    ):
        for standard, unit, *delay, files in rows:
            count = DelayCount(*delay)
            for place in (None,) if read.whole else scope.places(unit):
                sums[standard, place][count] += int(files)
    if scope.known_on is None:
        return dict(sums)
    for standard, unit, *delay, files in await _changes_since(database, scope, first, last):
        for place in scope.places_of_single(unit):
            sums[standard, place][DelayCount(*delay)] += int(files)
    present = {place: {one: files for one, files in sums[place].items() if files} for place in sums}
    return {place: counts for place, counts in present.items() if counts}


class _Read(NamedTuple):
    """A span of days, of all units together (``whole``) or of some, each apart."""

    span: Span
    units: Sequence[str] | None
    whole: bool


async def _rows(database: Database, scope: TallyScope, read: _Read) -> Iterable[Sequence[Any]]:
    sql = database.keyed_queries
    (grain, first, last), arrays = read.span, [sql.array(scope.standards)]
    within = [sql.among("standard", sql.parameter(1))]
    if read.units is not None:
        within.append(sql.among("unit", sql.parameter(2)))
        arrays.append(sql.array(read.units))
    unit = f"'{EVERY_UNIT}'" if read.whole else "unit"
    if read.whole and grain != "day":
        within.append(f"unit = '{EVERY_UNIT}'")
    if grain == "day":
        within.append(f"decided_on BETWEEN {first.toordinal()} AND {last.toordinal()}")
        text = _OF_CYCLES.format(unit=unit, within=" AND ".join(within))
    else:
        days = _months(first, last) if grain == "month" else _years(first, last)
        within.append(f"grain = '{grain}' AND day IN ({', '.join(map(str, days))})")
        text = _OF_TALLIES.format(unit=unit, within=" AND ".join(within))
    async with database.reading() as connection:
        result = await connection.exec_driver_sql(text, tuple(arrays))
        rows: Sequence[Sequence[Any]] = result.all()
    return _by_kind(rows) if grain == "day" else rows


_OF_TALLIES: Final = (
    "SELECT standard, {unit} AS place, outcome, kind, amount, sum(files) FROM delay_tallies "
    "WHERE {within} GROUP BY standard, place, outcome, kind, amount HAVING sum(files) <> 0"
)
_OF_CYCLES: Final = (
    "SELECT standard, {unit} AS place, outcome, counted, gross, count(*) FROM measured_cycles "
    "WHERE {within} AND decided_on IS NOT NULL AND gross IS NOT NULL "
    "GROUP BY standard, place, outcome, counted, gross"
)


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
SELECT standard, unit, outcome, counted, gross, -count(*) FROM measured_cycles AS cycles
WHERE {within} AND {unknown} GROUP BY standard, unit, outcome, counted, gross
UNION ALL
SELECT standard, unit, outcome, counted, gross, -count(*) FROM measured_cycles AS cycles
WHERE {within} AND NOT {unknown} AND (file_id, of_standard, cycle) IN (
    SELECT file_id, of_standard, cycle FROM known_cycles WHERE known_on > {known_on}
) GROUP BY standard, unit, outcome, counted, gross
UNION ALL
SELECT standard, unit, outcome, counted, gross, count(*) FROM known_cycles AS cycles
WHERE {within} AND known_on > {known_on} AND NOT {unknown} AND NOT EXISTS (
    SELECT 1 FROM known_cycles AS sooner
    WHERE sooner.file_id = cycles.file_id AND sooner.of_standard = cycles.of_standard
    AND sooner.cycle = cycles.cycle AND sooner.known_on > {known_on}
    AND (sooner.known_on, sooner.position) < (cycles.known_on, cycles.position)
) GROUP BY standard, unit, outcome, counted, gross
"""
"""Cycles as they are listed now, of files that were first known later; those that changed later; and
these as they were before the first change."""


def _by_kind(rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Cycles by both counts as the tallies have them."""
    for standard, place, outcome, counted, gross, files in rows:
        if counted == gross:
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
