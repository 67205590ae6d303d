"""The business-day calendar: which civil days count, and where each of them begins.

Pure: a table computed once from a calendar's data answers every count and every advance in constant time. Only days inside the
calendar's coverage exist; asking outside it is an error, never a silent count. Instants become civil days here and nowhere else
(rule 1), by looking up the instant in the table of local midnights, so a day of 23 or 25 hours is a day like any other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.texts import Text

ONE_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


class CoverageError(ValueError):
    """A day outside the years a calendar covers was asked for."""


class Holiday(NamedTuple):
    """A day off, with the law that makes it one."""

    name: Text
    law: Text


class OpeningInterval(NamedTuple):
    """Local wall-clock hours, half-open."""

    opens: time
    closes: time


WeekOfHours = Mapping[int, Sequence[OpeningInterval]]
"""Opening intervals by weekday, Monday = 0."""


class _Table(dict[date, int]):
    """A value for each covered day."""

    def __missing__(self, day: date) -> int:
        raise CoverageError(
            f"{day.isoformat()} is outside the calendar's coverage, "
            f"{min(self).isoformat()} to {max(self).isoformat()}"
        )


class BusinessCalendar:
    """Counts business days in O(1) over ``first_year`` to ``last_year``, both included.

    >>> calendar.count(friday, monday), calendar.count(friday, sunday), calendar.count(saturday, monday)
    (1, 0, 1)
    """

    def __init__(
        self,
        *,
        identifier: str,
        version: str,
        zone: str,
        years: range,
        working_weekdays: Iterable[int],
        holidays: Mapping[date, Holiday],
        opening_hours: Mapping[str, WeekOfHours],
    ) -> None:
        self.identifier = identifier
        self.version = version
        self.zone = ZoneInfo(zone)
        self.working_weekdays = frozenset(working_weekdays)
        self.holidays = holidays
        self.first = date(years.start, 1, 1)
        self.last = date(years.stop - 1, 12, 31)
        length = (self.last - self.first).days + 1
        self._days = [self.first + timedelta(days=index) for index in range(length)]
        self._midnights = [self._utc(day, time()) for day in self._days]
        self._end = self._utc(self.last + ONE_DAY, time())
        self._midnight_of = dict(zip(self._days, self._midnights, strict=True))
        self._business_days = [
            day
            for day in self._days
            if day.weekday() in self.working_weekdays and day not in holidays
        ]
        business_days = set(self._business_days)
        counts = accumulate(day in business_days for day in self._days)
        self._through = _Table(zip(self._days, counts, strict=True))
        self._hours = {name: _OpenTime(self, week) for name, week in opening_hours.items()}

    def _utc(self, day: date, wall: time) -> datetime:
        return datetime.combine(day, wall, self.zone).astimezone(UTC)

    def is_business_day(self, day: date) -> bool:
        index = self._through[day]
        return index > 0 and self._business_days[index - 1] == day

    def local_day(self, instant: datetime) -> date:
        """The civil date of an instant in the calendar's zone; at exactly 00:00:00, the day that begins."""
        index = bisect_right(self._midnights, instant)
        if index == 0 or instant >= self._end:
            raise CoverageError(
                f"{instant.isoformat()} is outside the coverage of the calendar "
                f"{self.identifier}, {self.first.isoformat()} to {self.last.isoformat()}"
            )
        return self._days[index - 1]

    def midnight(self, day: date) -> datetime:
        """The instant, in UTC, at which a civil day begins."""
        try:
            return self._midnight_of[day]
        except KeyError:
            self._through[day]  # raises the precise error
            raise

    def count(self, after: date, through: date) -> int:
        """Business days d with ``after < d <= through``.

        friday → monday = 1;  friday → sunday = 0;  saturday → monday = 1
        """
        return self._through[through] - self._through[after]

    def advance(self, after: date, days: int) -> date:
        """The ``days``-th business day after a date, ``days`` ≥ 1.

        friday + 1 = monday;  saturday + 1 = monday
        """
        if days < 1:
            raise ValueError(f"days must be at least 1, not {days}")
        try:
            return self._business_days[self._through[after] + days - 1]
        except IndexError:
            raise CoverageError(
                f"{days} business days after {after.isoformat()} is outside the coverage of the "
                f"calendar {self.identifier}, which ends on {self.last.isoformat()}"
            ) from None

    def retreat(self, day: date, days: int) -> date:
        """The last business day on or before ``day`` with ``days`` business days after it through ``day``.

        monday - 1 = friday;  monday - 0 = monday;  sunday - 0 = friday
        """
        index = self._through[day] - days - 1
        if index < 0:
            raise CoverageError(
                f"{days} business days before {day.isoformat()} is outside the coverage of the "
                f"calendar {self.identifier}, which begins on {self.first.isoformat()}"
            )
        return self._business_days[index]

    def business_day_from(self, day: date) -> date:
        """The day itself when it is a business day, otherwise the next one."""
        return day if self.is_business_day(day) else self.advance(day, 1)

    def open_microseconds(self, hours: str, start: datetime, end: datetime) -> int:
        """Real elapsed microseconds between two instants inside the named opening hours (rule 10)."""
        table = self._hours[hours]
        return table.elapsed(end) - table.elapsed(start)

    def advance_open(self, hours: str, start: datetime, microseconds: int) -> datetime:
        """The first instant after ``start`` by which that much opening time has elapsed, ``microseconds`` ≥ 1."""
        table = self._hours[hours]
        return table.reached(table.elapsed(start) + microseconds)

    def days(self) -> Sequence[date]:
        """Every covered day, in order."""
        return self._days


class _OpenTime:
    """Cumulative opening time: a staircase with one step for each opening interval of the coverage."""

    def __init__(self, calendar: BusinessCalendar, week: WeekOfHours) -> None:
        self._calendar = calendar
        spans = [
            (calendar._utc(day, interval.opens), calendar._utc(day, interval.closes))
            for day in calendar.days()
            if day not in calendar.holidays
            for interval in week.get(day.weekday(), ())
        ]
        self._opens = [opens for opens, _ in spans]
        self._lengths = [(closes - opens) // _MICROSECOND for opens, closes in spans]
        self._before = [0]
        for length in self._lengths:
            self._before.append(self._before[-1] + length)
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            raise ValueError("opening intervals of a day must follow one another without overlap")

    def elapsed(self, instant: datetime) -> int:
        self._calendar.local_day(instant)  # outside the coverage there is no opening time to count
        index = bisect_right(self._opens, instant) - 1
        if index < 0:
            return 0
        inside = (instant - self._opens[index]) // _MICROSECOND
        return self._before[index] + min(inside, self._lengths[index])

    def reached(self, microseconds: int) -> datetime:
        if microseconds > self._before[-1]:
            raise CoverageError(
                f"the opening hours of the calendar {self._calendar.identifier} end with its "
                f"coverage, on {self._calendar.last.isoformat()}"
            )
        index = bisect_right(self._before, microseconds - 1) - 1
        return self._opens[index] + (microseconds - self._before[index]) * _MICROSECOND
