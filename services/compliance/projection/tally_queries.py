"""Sums over the tallies: what happened in a period, and what is open now, in some standards and units.

Each is one statement, composed of spans and bases, never of a value of a request; values are bound as
parameters, standards and units as one array each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from services.compliance.projection.known_changes import KNOWN_BASES
from services.compliance.projection.rollups import EVERY_UNIT, Grain, rollup_spans
from services.compliance.projection.snapshot_tallies import NO_DAY, Basis
from services.compliance.projection.tables import tallies
from services.compliance.projection.tally_scope import (
    Days,
    OpenDay,
    Outcomes,
    TallyScope,
    TallySums,
)
from shared.database import Database


async def sum_events(database: Database, scope: TallyScope, days: Sequence[Days]) -> TallySums:
    """Files by outcome in some days, each on its basis."""
    days = [_until_known(one, scope) for one in days]
    parameter = database.keyed_queries.parameter
    branches, ordinals = [], list[int]()
    for basis, first, last, today in days:
        for span in rollup_spans(first, last, empty_after=today):
            ordinals += (span.first.toordinal(), span.last.toordinal())
            branches.append(
                f"SELECT '{basis}', standard, unit, outcome, {span.times} * sum(files) FROM tallies "
                f"WHERE basis = '{basis}' AND grain = '{span.grain}' AND {_within(database)} "
                f"AND day BETWEEN {parameter(len(ordinals) + 1)} AND {parameter(len(ordinals) + 2)} "
                "GROUP BY standard, unit, outcome"
            )
    sums: defaultdict[tuple[str, str | None], dict[Basis, dict[str, int]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    if branches:
        for basis, standard, unit, outcome, files in await _rows(
            database, " UNION ALL ".join(branches), scope, ordinals
        ):
            for place in scope.places(unit):
                of_basis = sums[standard, place][basis]
                of_basis[outcome] = of_basis.get(outcome, 0) + int(files)
    for one in await _known_later(database, scope, days):
        of_basis = sums[one.standard, one.unit][one.basis]
        of_basis[one.outcome] = of_basis.get(one.outcome, 0) - one.files
    return _present(sums)


async def monthly_sums(
    database: Database, scope: TallyScope, days: Days
) -> Mapping[str, Mapping[date, Outcomes]]:
    """Files by outcome of each standard and month (its first day), all units of the scope together."""
    return await grain_sums(database, scope, days, "month")


async def grain_sums(
    database: Database, scope: TallyScope, days: Days, grain: Grain
) -> Mapping[str, Mapping[date, Outcomes]]:
    """Files by outcome of each standard, by the first day of each span of a grain, all units together."""
    assert scope.known_on is None  # months have the days after it as well
    table = tallies.c
    summed = (
        select(table.standard, table.day, table.outcome, func.sum(table.files))
        .where(table.basis == days.basis, table.grain == grain)
        .where(table.standard.in_(scope.standards))
        .where(table.unit.in_(scope.whole()))
        .where(table.day.between(days.first.toordinal(), days.last.toordinal()))
        .group_by(table.standard, table.day, table.outcome)
    )
    sums: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    async with database.reading() as connection:
        for standard, day, outcome, files in await connection.execute(summed):
            sums[standard][date.fromordinal(day)][outcome] = int(files)
    return sums


async def daily_sums(
    database: Database, scope: TallyScope, days: Days
) -> Mapping[tuple[str, str | None], Mapping[int, Outcomes]]:
    """Files by outcome of each standard, unit (None for all of the scope) and day, an ordinal."""
    parameter = database.keyed_queries.parameter
    text = (
        "SELECT standard, unit, day, outcome, sum(files) FROM tallies "
        f"WHERE basis = '{days.basis}' AND grain = 'day' AND {_within(database)} "
        f"AND day BETWEEN {parameter(3)} AND {parameter(4)} "
        "GROUP BY standard, unit, day, outcome HAVING sum(files) <> 0"
    )
    sums: dict[tuple[str, str | None], dict[int, dict[str, int]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    ordinals = days.first.toordinal(), days.last.toordinal()
    for standard, unit, day, outcome, files in await _rows(database, text, scope, ordinals):
        for place in scope.places(unit):
            of_day = sums[standard, place][day]
            of_day[outcome] = of_day.get(outcome, 0) + int(files)
    return sums


_NO_DATE: Final = date.min
"""In place of a day, on a basis that has none."""

# SQLite finds its index of rows that hold files by the one, PostgreSQL by the other.
HAS_FILES: Final = "files <> 0 AND has_files"


async def open_now(
    database: Database, scope: TallyScope, bases: Sequence[Basis]
) -> Sequence[OpenDay]:
    """Files open now on some bases, by day and outcome; a day without any is left out."""
    names = ", ".join(f"'{basis}'" for basis in bases)
    text = (
        "SELECT standard, unit, basis, day, outcome, sum(files) FROM open_tallies "
        f"WHERE basis IN ({names}) AND {_within(database)} AND {HAS_FILES} "
        "GROUP BY standard, unit, basis, day, outcome"
    )
    present = [
        OpenDay(standard, place, basis, day, outcome, int(files))
        for standard, unit, basis, day, outcome, files in await _rows(database, text, scope, [])
        for place in scope.places(unit)
    ]
    if scope.known_on is None:
        return present
    assert list(bases) == ["open"]
    files: Counter[tuple[str, str | None, str]] = Counter()
    for one in present:
        files[one.standard, one.unit, one.outcome] += one.files
    for one in await _known_later(database, scope, [Days("open", _NO_DATE, _NO_DATE)]):
        files[one.standard, one.unit, one.outcome] -= one.files
    return [
        OpenDay(standard, unit, "open", NO_DAY, outcome, number)
        for (standard, unit, outcome), number in files.items()
        if number
    ]


def _present(sums: Mapping[tuple[str, str | None], Mapping[Basis, Outcomes]]) -> TallySums:
    """Without the places, bases and outcomes that have no file."""
    kept: TallySums = {}
    for place, of_bases in sums.items():
        with_files = {
            basis: {outcome: files for outcome, files in outcomes.items() if files}
            for basis, outcomes in of_bases.items()
        }
        if any(with_files.values()):
            kept[place] = with_files
    return kept


def _until_known(days: Days, scope: TallyScope) -> Days:
    """The days of a period that lie before what a scope does not know yet."""
    if scope.known_on is None:
        return days
    return days._replace(last=min(days.last, scope.known_on), today=date.max)


async def _known_later(
    database: Database, scope: TallyScope, days: Sequence[Days]
) -> Sequence[OpenDay]:
    """What became known of these days after the day of the scope, all days together."""
    if scope.known_on is None or not days:
        return ()
    sql = database.keyed_queries
    within, values = single_units(database, scope)
    branches = []
    for basis, first, last, _ in days:
        assert basis in KNOWN_BASES  # of the others, what was known is not stored
        between = NO_DAY, NO_DAY
        if (first, last) != (_NO_DATE, _NO_DATE):
            between = first.toordinal(), last.toordinal()
        values += (*between, scope.known_on.toordinal())
        begins, ends, known_on = map(sql.parameter, range(len(values) - 2, len(values) + 1))
        branches.append(
            f"SELECT standard, unit, '{basis}', outcome, sum(files) FROM known_tallies "
            f"WHERE basis = '{basis}' AND {within} AND day BETWEEN {begins} AND {ends} "
            f"AND known_on > {known_on} GROUP BY standard, unit, outcome"
        )
    async with database.reading() as connection:
        result = await connection.exec_driver_sql(" UNION ALL ".join(branches), tuple(values))
        rows: Sequence[Sequence[Any]] = result.all()
    return [
        OpenDay(standard, place, basis, NO_DAY, outcome, int(files))
        for standard, unit, basis, outcome, files in rows
        for place in scope.places_of_single(unit)
    ]


def single_units(database: Database, scope: TallyScope) -> tuple[str, list[Any]]:
    """The condition on rows of single units, of a scope, and the values of its parameters."""
    sql = database.keyed_queries
    values = [sql.array(scope.standards)]
    within = f"{sql.among('standard', sql.parameter(1))} AND unit <> '{EVERY_UNIT}'"
    if scope.units is not None:
        values.append(sql.array(scope.units))
        within += f" AND {sql.among('unit', sql.parameter(2))}"
    return within, list(values)


def first_known_later(database: Database, file_id: str, known_on: str) -> str:
    """The condition that nothing was known on a day (a parameter) of the file that a column names."""
    later = f"known_files.known_on > {known_on}"
    return database.keyed_queries.in_arrays(file_id, "known_files.files", "known_files", later)


def _within(database: Database) -> str:
    sql = database.keyed_queries
    conditions = (sql.among("standard", sql.parameter(1)), sql.among("unit", sql.parameter(2)))
    return " AND ".join(conditions)


async def _rows(
    database: Database, text: str, scope: TallyScope, ordinals: Sequence[int]
) -> Sequence[Sequence[Any]]:
    lists = map(database.keyed_queries.array, (scope.standards, scope.read()))
    async with database.reading() as connection:
        result = await connection.exec_driver_sql(text, (*lists, *ordinals))
        return result.all()
