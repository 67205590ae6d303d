"""What the forecast knows of a file's life, and how much of its limit was left on any morning. Pure.

Days are ordinals. ``CountedDays`` numbers those that a limit counts: business days, or all of them.
What is left of a limit on a past morning is worked back from the last day on time as it came to be:
the days that later stops took off were not known then, and are not seen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from shared.domain import CatalogueLimit
from shared.domain.calendars import BusinessCalendar


class CountedDays(NamedTuple):
    """How many counted days there are from ``first`` through each of the days from then on."""

    first: int
    through: Sequence[int]

    def number(self, day: int) -> int:
        """The number of the last counted day through a day; of the nearest one known outside."""
        return self.through[min(max(day - self.first, 0), len(self.through) - 1)]

    def day(self, number: int) -> int:
        """The counted day of a number."""
        return self.first + bisect_left(self.through, number)


def counted_days(
    limit: CatalogueLimit, calendar: BusinessCalendar, first: date, last: date
) -> CountedDays:
    """The days that a limit counts, as people count towards its deadline; within the coverage."""
    first, last = max(first, calendar.first), min(last, calendar.last)
    days = range(first.toordinal(), last.toordinal() + 1)
    numbers = [limit.days_between(calendar, first, date.fromordinal(day)) for day in days]
    return CountedDays(first.toordinal(), numbers)


class Pause(NamedTuple):
    """A stop: the days on which it began and ended (None while it lasts), and the days it took off."""

    began: int
    ended: int | None
    removed: int


class Life(NamedTuple):
    """A measured cycle, or several alike (``files``).

    ``due`` is its last day on time as it came to be. ``ended`` is the day of its decision, or
    withdrawal after the limit; None while it is open: then it is overdue, or (``is_running``) in
    time still and not settled.
    """

    received: int
    ended: int | None
    due: int
    on_time: bool
    pauses: tuple[Pause, ...] = ()
    files: int = 1
    is_running: bool = False

    def is_open(self, morning: int) -> bool:
        """Whether it is received and not ended when a day begins."""
        return self.received < morning and (self.ended is None or self.ended >= morning)

    def waits(self, morning: int) -> bool:
        """Whether it waits for an answer when a day begins."""
        return any(
            pause.began < morning and (pause.ended is None or pause.ended >= morning)
            for pause in self.pauses
        )

    def left(self, morning: int, days: CountedDays) -> int:
        """The counted days left when a day begins, that day included; 0 or less once it is late.

        Stops from that day on are not seen yet; one that began after the deadline moved nothing.
        """
        left = days.number(self.due) - days.number(morning - 1)
        if self.pauses:
            for began, _, removed in self.pauses:
                if morning <= began <= self.due:
                    left -= removed
        return left


def group(lives: Iterable[Life]) -> Sequence[Life]:
    """Lives by the day received, those alike as one."""
    files: dict[Life, int] = {}
    for life in lives:
        alike = life._replace(files=1)
        files[alike] = files.get(alike, 0) + life.files
    grouped = [one._replace(files=number) for one, number in files.items()]
    return sorted(grouped, key=attrgetter("received"))
