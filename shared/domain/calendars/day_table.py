"""The days of a calendar as integers: which count, and the instant at which each begins.

Pure. A day is its ordinal (``date.toordinal``); ``BusinessCalendar`` answers the same of dates.
Tables computed once answer every count and every advance in constant time. A day outside the
coverage is an error, never a silent count. Instants become civil days here and nowhere else (rule
1), by a table of local midnights: a day of 23 or 25 hours is a day like any other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime
from itertools import accumulate

from shared.domain.calendars.coverage import CoverageError


class DayTable:
    """The days of a calendar from ``first`` on.

    ``midnights`` has the instant, in UTC, at which each begins, and the one at which the last ends.
    """

    def __init__(
        self, calendar: str, first: int, midnights: Iterable[datetime], business_days: Iterable[int]
    ) -> None:
        self._calendar = calendar
        self._midnights = list(midnights)
        self._business_days = list(business_days)
        self._first = first
        self._length = len(self._midnights) - 1
        self._last = first + self._length - 1
        self._dates = [date.fromordinal(day) for day in range(first, self._last + 1)]
        counting = set(self._business_days)
        counts = [int(day in counting) for day in range(first, self._last + 1)]
        self._through = list(accumulate(counts))

    def day_of(self, instant: datetime) -> int:
        """The civil day of an instant; at exactly 00:00:00, the day that begins.

        It is the instant's date in UTC or, west of Greenwich, the day before: a look at both first
        halves the cost.
        """
        midnights = self._midnights
        index = instant.toordinal() - self._first
        if 0 < index < self._length:
            if instant < midnights[index]:
                index -= 1
            if midnights[index] <= instant < midnights[index + 1]:
                return self._first + index
        index = bisect_right(midnights, instant)
        if index == 0 or index == len(midnights):
            raise CoverageError(
                f"{instant.isoformat()} is outside the coverage of the calendar {self._calendar}, "
                f"{_written(self._first)} to {_written(self._last)}"
            )
        return self._first + index - 1

    def midnight(self, day: int) -> datetime:
        """The instant, in UTC, at which a day begins."""
        if not self._first <= day <= self._last:
            raise self._outside(day)
        return self._midnights[day - self._first]

    def date_of(self, day: int) -> date:
        """A day, covered or not, as a date."""
        index = day - self._first
        return self._dates[index] if 0 <= index < self._length else date.fromordinal(day)

    def count(self, after: int, through: int) -> int:
        """Business days d with ``after < d <= through``."""
        first, last = self._first, self._last
        if not (first <= after <= last and first <= through <= last):
            raise self._outside(after if not first <= after <= last else through)
        return self._through[through - first] - self._through[after - first]

    def is_business_day(self, day: int) -> bool:
        index = self._count_through(day)
        return index > 0 and self._business_days[index - 1] == day

    def advance(self, after: int, days: int) -> int:
        """The ``days``-th business day after a day, ``days`` ≥ 1."""
        if days < 1:
            raise ValueError(f"days must be at least 1, not {days}")
        index = self._count_through(after) + days - 1
        if index >= len(self._business_days):
            raise CoverageError(
                f"{days} business days after {_written(after)} is outside the coverage of the "
                f"calendar {self._calendar}, which ends on {_written(self._last)}"
            )
        return self._business_days[index]

    def retreat(self, day: int, days: int) -> int:
        """The last business day with ``days`` business days after it, through ``day``."""
        index = self._count_through(day) - days - 1
        if index < 0:
            raise CoverageError(
                f"{days} business days before {_written(day)} is outside the coverage of the "
                f"calendar {self._calendar}, which begins on {_written(self._first)}"
            )
        return self._business_days[index]

    def business_day_from(self, day: int) -> int:
        """The day itself when it is a business day, otherwise the next one."""
        return day if self.is_business_day(day) else self.advance(day, 1)

    def _count_through(self, day: int) -> int:
        """How many business days there are from the first day through this one."""
        if not self._first <= day <= self._last:
            raise self._outside(day)
        return self._through[day - self._first]

    def _outside(self, day: int) -> CoverageError:
        return CoverageError(
            f"{_written(day)} is outside the calendar's coverage, "
            f"{_written(self._first)} to {_written(self._last)}"
        )


def _written(day: int) -> str:
    """A day in an error; one that no date can be is given as its number."""
    in_dates = date.min.toordinal() <= day <= date.max.toordinal()
    return date.fromordinal(day).isoformat() if in_dates else f"day {day}"
