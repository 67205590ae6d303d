"""Files that came and went, and how many were open at the end: by month, or by week from Monday.

Pure. What was open at the end of a day is what is open now, less what came since, and with what went
since: every file was received, and is either open or has ended. So it is exact for any day of the
past, as it is known now, and no day has to be counted while it passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from services.compliance.periods import last_months

Grouping = Literal["month", "week"]


class Movement(NamedTuple):
    """The days from ``first`` to ``last``; ``stock`` was open at their end, waiting or not."""

    first: date
    last: date
    received: int
    decided: int
    withdrawn: int
    stock: int


class DayCounts(NamedTuple):
    """Files by the day that each counts on, or by the first day of its month."""

    received: Mapping[date, int]
    decided: Mapping[date, int]
    withdrawn: Mapping[date, int]


def months_until(today: date, number: int) -> Sequence[tuple[date, date]]:
    """The first and last day of so many months, the last one that of a day."""
    return [(month.first, month.last) for month in last_months(today, number)]


def weeks_until(today: date, number: int) -> Sequence[tuple[date, date]]:
    """The Monday and Sunday of so many weeks, the last one that of a day."""
    monday = today - timedelta(days=today.weekday())
    firsts = [monday - timedelta(weeks=ago) for ago in reversed(range(number))]
    return [(one, one + timedelta(days=6)) for one in firsts]


def movements(
    spans: Sequence[tuple[date, date]], counts: DayCounts, open_now: int
) -> Sequence[Movement]:
    """Consecutive spans, the last of which goes on."""
    found, stock = list[Movement](), open_now
    for first, last in reversed(spans):
        received, decided, withdrawn = (
            sum(files for day, files in of_days.items() if first <= day <= last)
            for of_days in counts
        )
        found.append(Movement(first, last, received, decided, withdrawn, stock))
        stock += decided + withdrawn - received
    return found[::-1]
