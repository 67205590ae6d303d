"""How old the files in hand are, in the days of their limit, and which are overdue.

Pure. An age is the days from the reception to today: business days of the calendar for a limit in
business days or opening time, civil days for any other. Days that the client was waited for count in
it; files that wait now are not in hand, and have no place here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.compliance.attainment.measures import AGES


class AgeBand(NamedTuple):
    """Files in hand that are from ``first`` to ``last`` days old (None for no end)."""

    first: int
    last: int | None
    on_time: int
    overdue: int

    @property
    def files(self) -> int:
        return self.on_time + self.overdue


def age_bands(
    in_hand: Mapping[date, int], overdue: Mapping[date, int], age: Callable[[date], int]
) -> Sequence[AgeBand]:
    """From the files in hand, and those overdue among them, by day of reception."""
    ends = list(AGES.values())
    firsts = [0, *(end + 1 for end in ends if end is not None)]
    counts = [[0, 0] for _ in ends]
    for day in in_hand.keys() | overdue.keys():
        days, late = age(day), overdue.get(day, 0)
        place = next(place for place, end in enumerate(ends) if end is None or days <= end)
        counts[place][0] += in_hand.get(day, 0) - late
        counts[place][1] += late
    return [
        AgeBand(first, end, *count) for first, end, count in zip(firsts, ends, counts, strict=True)
    ]
