"""Twelve months of attainment, as they are known now: the line beside each commitment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from services.compliance.attainment import Attainment, attainment
from services.compliance.grains import EVERY_UNIT
from services.compliance.tables import tallies
from shared.database import Database

MONTHS = 12


class Month(NamedTuple):
    """What was decided in a month; ``first`` is its first day."""

    first: date
    decided: Attainment


async def trend(
    database: Database, today: date, units: Collection[str] | None
) -> Mapping[str, Sequence[Month]]:
    """The months of each standard, oldest first, this one last; of some units, or of all (None)."""
    table, months = tallies.c, last_months(today)
    found = (
        select(table.standard, table.day, table.outcome, func.sum(table.files))
        .where(table.basis == "decided", table.grain == "month")
        .where(table.unit.in_([EVERY_UNIT] if units is None else sorted(units)))
        .where(table.day.between(months[0].toordinal(), months[-1].toordinal()))
        .group_by(table.standard, table.day, table.outcome)
    )
    outcomes: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    async with database.reading() as connection:
        for standard, day, outcome, files in await connection.execute(found):
            outcomes[standard, day][outcome] += int(files)
    return {
        standard: [
            Month(first, attainment(outcomes[standard, first.toordinal()])) for first in months
        ]
        for standard in {standard for standard, _ in outcomes}
    }


def last_months(today: date) -> Sequence[date]:
    """The first days of this month and of the eleven before it."""
    number = today.year * MONTHS + today.month - 1
    return [
        date(one // MONTHS, one % MONTHS + 1, 1) for one in range(number - MONTHS + 1, number + 1)
    ]
