"""Sums over the tallies: what happened in a period, and what is open now, in some standards and units.

Each is one statement, composed of spans and bases, never of a value of a request; values are bound as
parameters, standards and units as one array each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from services.compliance.projection.rollups import Grain, rollup_spans
from services.compliance.projection.snapshot_tallies import Basis
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
    parameter = database.keyed_queries.parameter
    branches, ordinals = [], list[int]()
    for basis, first, last in days:
        for span in rollup_spans(first, last):
            ordinals += (span.first.toordinal(), span.last.toordinal())
            branches.append(
                f"SELECT '{basis}', standard, unit, outcome, sum(files) FROM tallies "
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
    return dict(sums)


async def monthly_sums(
    database: Database, scope: TallyScope, days: Days
) -> Mapping[str, Mapping[date, Outcomes]]:
    """Files by outcome of each standard and month (its first day), all units of the scope together."""
    return await grain_sums(database, scope, days, "month")


async def grain_sums(
    database: Database, scope: TallyScope, days: Days, grain: Grain
) -> Mapping[str, Mapping[date, Outcomes]]:
    """Files by outcome of each standard, by the first day of each span of a grain, all units together."""
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
    return [
        OpenDay(standard, place, basis, day, outcome, int(files))
        for standard, unit, basis, day, outcome, files in await _rows(database, text, scope, [])
        for place in scope.places(unit)
    ]


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
