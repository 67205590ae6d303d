"""Cumulative opening time: how much has elapsed by an instant, and the inverse (rule 10).

Pure. Cumulative sums over the opening intervals of a calendar's years, in real elapsed
microseconds: a change of clocks distorts nothing. ``BusinessCalendar`` checks the coverage.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from itertools import accumulate, pairwise
from typing import NamedTuple

from shared.domain.instants import from_microseconds, microseconds


class OpeningInterval(NamedTuple):
    """Local hours, half-open; those that do not close after they open close on the next day."""

    opens: time
    closes: time


WeekOfHours = Mapping[int, Sequence[OpeningInterval]]
"""Opening intervals by weekday, Monday = 0."""


def union(intervals: Sequence[tuple[datetime, datetime]]) -> Sequence[tuple[datetime, datetime]]:
    """The time that is inside one of the intervals or more, in order."""
    apart: list[tuple[datetime, datetime]] = []
    for opens, closes in sorted(intervals):
        if apart and opens <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], closes)
        else:
            apart.append((opens, closes))
    return apart


class OpenTime:
    """Cumulative opening time over intervals (opening instant, closing instant), in order.

    Instants are in microseconds since 1970, as :func:`shared.domain.instants.microseconds` gives them.
    """

    def __init__(self, intervals: Sequence[tuple[datetime, datetime]]) -> None:
        bounds = [(microseconds(opens), microseconds(closes)) for opens, closes in intervals]
        self._opens = [opens for opens, _ in bounds]
        self._lengths = [closes - opens for opens, closes in bounds]
        self._before = [0, *accumulate(self._lengths)]
        if any(later[0] < earlier[1] for earlier, later in pairwise(bounds)):
            raise ValueError("opening intervals of a day must follow one another without overlap")

    def intervals(self) -> Sequence[tuple[datetime, datetime]]:
        """When it opens and closes, in order."""
        return [
            (from_microseconds(opens), from_microseconds(opens + length))
            for opens, length in zip(self._opens, self._lengths, strict=True)
        ]

    def elapsed(self, instant: int) -> int:
        """Microseconds of opening time before an instant."""
        index = bisect_right(self._opens, instant) - 1
        if index < 0:
            return 0
        return self._before[index] + min(instant - self._opens[index], self._lengths[index])

    def next_open(self, instant: int) -> int | None:
        """When the interval opens that an instant falls in, or else the next one; None after the last."""
        index = bisect_right(self._opens, instant) - 1
        if index >= 0 and instant - self._opens[index] < self._lengths[index]:
            return self._opens[index]
        return self._opens[index + 1] if index + 1 < len(self._opens) else None

    def reached(self, amount: int) -> int:
        """The first instant by which so much has elapsed; raises ``IndexError`` if it never has."""
        index = bisect_right(self._before, amount - 1) - 1
        return self._opens[index] + amount - self._before[index]
