"""Twelve months of attainment, as they are known now: the line beside each commitment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.compliance.attainment import Attainment, attainment_of
from services.compliance.periods import last_months
from services.compliance.projection import Days, MeasuredBasis, TallyScope, monthly_sums
from shared.database import Database

MONTHS = 12


class TrendMonth(NamedTuple):
    """What was measured in a month, on the basis asked for; ``first`` is its first day."""

    first: date
    decided: Attainment


async def trend(
    database: Database, months: Sequence[date], scope: TallyScope, basis: MeasuredBasis = "decided"
) -> Mapping[str, Sequence[TrendMonth]]:
    """What each standard of a scope came to in some months, given by their first days."""
    outcomes = await monthly_sums(database, scope, Days(basis, months[0], months[-1]))
    return {
        standard: [TrendMonth(first, attainment_of(of_months.get(first, {}))) for first in months]
        for standard, of_months in outcomes.items()
    }


def together(
    months: Sequence[date], of_standards: Mapping[str, Sequence[TrendMonth]]
) -> Sequence[TrendMonth]:
    """The months of several standards added up."""
    return [
        TrendMonth(first, Attainment.total([month.decided for month in of_month]))
        for first, *of_month in zip(months, *of_standards.values(), strict=True)
    ]


def trend_months(last: date) -> Sequence[date]:
    """The first days of a day's month and of the eleven before it."""
    return [month.first for month in last_months(last, MONTHS)]
