"""Twelve months of attainment, as they are known now: the line beside each commitment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from services.compliance.attainment import Attainment, attainment_of
from services.compliance.projection import MeasuredBasis, TallyScope, tallies
from shared.database import Database

MONTHS = 12


class TrendMonth(NamedTuple):
    """What was measured in a month, on the basis asked for; ``first`` is its first day."""

    first: date
    decided: Attainment


async def trend(
    database: Database,
    months: Sequence[date],
    scope: TallyScope,
    basis: MeasuredBasis = "decided",
) -> Mapping[str, Sequence[TrendMonth]]:
    """What each standard of a scope came to in some months, given by their first days."""
    table = tallies.c
    query = (
        select(table.standard, table.day, table.outcome, func.sum(table.files))
        .where(table.basis == basis, table.grain == "month")
        .where(table.standard.in_(scope.standards))
        .where(table.unit.in_(scope.whole()))
        .where(table.day.between(months[0].toordinal(), months[-1].toordinal()))
        .group_by(table.standard, table.day, table.outcome)
    )
    outcomes: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    async with database.reading() as connection:
        for standard, day, outcome, files in await connection.execute(query):
            outcomes[standard, day][outcome] += int(files)
    return {
        standard: [
            TrendMonth(first, attainment_of(outcomes[standard, first.toordinal()]))
            for first in months
        ]
        for standard in {standard for standard, _ in outcomes}
    }


def together(
    months: Sequence[date], of_standards: Mapping[str, Sequence[TrendMonth]]
) -> Sequence[TrendMonth]:
    """The months of several standards added up."""
    return [
        TrendMonth(
            first, Attainment.total([series[place].decided for series in of_standards.values()])
        )
        for place, first in enumerate(months)
    ]


def last_months(last: date) -> Sequence[date]:
    """The first days of a day's month and of the eleven before it."""
    number = last.year * MONTHS + last.month - 1
    return [
        date(one // MONTHS, one % MONTHS + 1, 1) for one in range(number - MONTHS + 1, number + 1)
    ]
