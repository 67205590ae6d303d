"""The business-day calendar: which civil days count, and the instant at which each begins.

Pure. Tables computed once answer every count and every advance in constant time. A day outside the
coverage is an error, never a silent count. Instants become civil days here and nowhere else (rule
1), by a table of local midnights: a day of 23 or 25 hours is a day like any other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.domain.calendars.opening_hours import OpeningInterval, OpenTime, WeekOfHours, union
from shared.text import Text

ONE_DAY = timedelta(days=1)
ALWAYS = "always"
"""The opening hours of every calendar that never close, holidays included."""
_SECOND = timedelta(seconds=1)
_MICROSECONDS = 1_000_000


class CoverageError(ValueError):
    """A day outside the years that a calendar covers."""


class Holiday(NamedTuple):
    """A day off, with the law that makes it one."""

    name: Text
    law: Text


class HalfDay(NamedTuple):
    """A day on which everything closes early, at a local time, with the law that makes it one."""

    name: Text
    law: Text
    closes: time


class _Span(NamedTuple):
    """A civil day: the instant it begins, the instant the next one does, and its date."""

    begins: datetime
    ends: datetime
    day: date


class _Table(dict[date, int]):
    """A value for each covered day."""

    def __missing__(self, day: date) -> int:
        raise CoverageError(
            f"{day.isoformat()} is outside the calendar's coverage, "
            f"{next(iter(self)).isoformat()} to {next(reversed(self)).isoformat()}"
        )


class BusinessCalendar:
    """Counts business days in O(1) over ``first_year`` to ``last_year``, both included."""

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
        extra_working_days: Mapping[date, Holiday] = MappingProxyType({}),
        half_days: Mapping[date, HalfDay] = MappingProxyType({}),
        extra_opening: Mapping[str, Mapping[date, Sequence[OpeningInterval]]] = MappingProxyType(
            {}
        ),
        others: Mapping[str, BusinessCalendar] = MappingProxyType({}),
    ) -> None:
        self.identifier = identifier
        self._others = others
        self.version = version
        self.zone = ZoneInfo(zone)
        self.working_weekdays = frozenset(working_weekdays)
        self.holidays = holidays
        self.extra_working_days = extra_working_days
        self.half_days = half_days
        self.extra_opening = extra_opening
        self.first = date(years.start, 1, 1)
        self.last = date(years.stop - 1, 12, 31)
        length = (self.last - self.first).days + 1
        self._days = [self.first + timedelta(days=index) for index in range(length)]
        self._midnights = [self._utc(day, time()) for day in [*self._days, self.last + ONE_DAY]]
        self._midnight_of = dict(zip(self._days, self._midnights, strict=False))
        self._spans = {
            day.toordinal(): _Span(begins, ends, day)
            for day, (begins, ends) in zip(self._days, pairwise(self._midnights), strict=True)
        }
        self._business_days = [
            day
            for day in self._days
            if (day.weekday() in self.working_weekdays and day not in holidays)
            or day in extra_working_days
        ]
        business_days = set(self._business_days)
        counts = accumulate(day in business_days for day in self._days)
        self._through = _Table(zip(self._days, counts, strict=True))
        self._hours = {
            name: self._open_time(week, extra_opening.get(name, {}))
            for name, week in opening_hours.items()
        }
        self._hours[ALWAYS] = OpenTime([(self._midnights[0], self._midnights[-1])])

    def named(self, identifier: str) -> BusinessCalendar:
        """Another calendar of the same catalogue; raises KeyError."""
        return self._others[identifier]

    def _utc(self, day: date, wall: time) -> datetime:
        return datetime.combine(day, wall, self.zone).astimezone(UTC)

    def _open_time(
        self, week: WeekOfHours, extra: Mapping[date, Sequence[OpeningInterval]]
    ) -> OpenTime:
        open_span = self._span_with_half_days if self.half_days else self._open_span
        spans = (
            open_span(day, interval, self.holidays)
            for day in self._days
            if day not in self.holidays
            for interval in week.get(day.weekday(), ())
        )
        usual = [(opens, closes) for opens, closes in spans if opens < closes]
        more = [self._open_span(day, one, ()) for day, hours in extra.items() for one in hours]
        return OpenTime(union([*usual, *more]) if more else usual)

    def _open_span(
        self, day: date, hours: OpeningInterval, off: Container[date]
    ) -> tuple[datetime, datetime]:
        """The opening of a day's hours: into the next day at most, and never into one that is off."""
        opens = self._wall_instant(day, hours.opens)
        if hours.closes > hours.opens:
            return opens, self._wall_instant(day, hours.closes)
        next_day = day + ONE_DAY
        if next_day in off or next_day > self.last:
            return opens, self._utc(next_day, time())
        return opens, self._wall_instant(next_day, hours.closes)

    def _span_with_half_days(
        self, day: date, hours: OpeningInterval, off: Container[date]
    ) -> tuple[datetime, datetime]:
        """The same, no longer than a half day is; it closes before it opens where none of it is left."""
        opens, closes = self._open_span(day, hours, off)
        for one in (day, day + ONE_DAY):
            if one in self.half_days:
                closes = min(closes, self._wall_instant(one, self.half_days[one].closes))
        return opens, closes

    def _wall_instant(self, day: date, wall: time) -> datetime:
        """The instant at which local clocks first show a time of a day, or skip it."""
        instant, span = self._utc(day, wall), self._spans[day.toordinal()]
        if span.ends - span.begins < ONE_DAY:
            return self._outside_gap(day, wall, instant)
        return instant

    def _outside_gap(self, day: date, wall: time, instant: datetime) -> datetime:
        """The instant of the change of clocks where it skips this time of the day."""
        shown = instant.astimezone(self.zone)
        if shown.replace(tzinfo=None) == datetime.combine(day, wall):
            return instant
        before = datetime.combine(day, wall, self.zone).replace(fold=1).astimezone(UTC)
        offset = before.astimezone(self.zone).utcoffset()
        while instant - before > _SECOND:
            middle = before + (instant - before) // 2
            if middle.astimezone(self.zone).utcoffset() == offset:
                before = middle
            else:
                instant = middle
        return instant.replace(microsecond=0)

    def is_business_day(self, day: date) -> bool:
        index = self._through[day]
        return index > 0 and self._business_days[index - 1] == day

    def local_day(self, instant: datetime) -> date:
        """The civil date of an instant; at exactly 00:00:00, the day that begins.

        Most instants have the same date in UTC: a look-up by that date first halves the cost.
        """
        span = self._spans.get(instant.toordinal())
        if span is not None and span[0] <= instant < span[1]:
            return span[2]
        index = bisect_right(self._midnights, instant)
        if index == 0 or index > len(self._days):
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

    def next_day(self, day: date) -> date:
        """The day after a covered day; raises ``CoverageError``."""
        self._through[day]  # raises the error
        return day + ONE_DAY

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
        """The last business day with ``days`` business days after it, through ``day``.

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
        """Real microseconds between two instants inside the named opening hours (rule 10)."""
        return self._elapsed(hours, end) - self._elapsed(hours, start)

    def open_seconds_of_any(self, start: datetime, end: datetime) -> float | None:
        """Real seconds inside any of its opening hours but ``always``; None where it has none."""
        hours = self._any_hours
        if hours is None:
            return None
        return (hours.elapsed(end) - hours.elapsed(start)) / _MICROSECONDS

    @cached_property
    def _any_hours(self) -> OpenTime | None:
        """All opening hours together."""
        named = [hours for name, hours in self._hours.items() if name != ALWAYS]
        return (
            OpenTime(union([one for hours in named for one in hours.intervals()]))
            if named
            else None
        )

    def advance_open(self, hours: str, start: datetime, microseconds: int) -> datetime:
        """The first instant by which that much opening time (≥ 1) has elapsed after ``start``."""
        elapsed = self._elapsed(hours, start) + microseconds
        try:
            return self._hours[hours].reached(elapsed)
        except IndexError:
            raise CoverageError(
                f"the opening hours of the calendar {self.identifier} end with its coverage, "
                f"on {self.last.isoformat()}"
            ) from None

    def retreat_open(self, hours: str, end: datetime, microseconds: int) -> datetime:
        """The first instant from which that much opening time is left until ``end``."""
        elapsed = self._elapsed(hours, end) - microseconds
        return self._hours[hours].reached(elapsed) if elapsed > 0 else self._midnights[0]

    def opening_day(self, hours: str, instant: datetime) -> date:
        """The day whose opening an instant falls in, or comes before: after closing, the next one."""
        opens = self._hours[hours].next_open(instant)
        if opens is None:
            raise CoverageError(
                f"after {instant.isoformat()} the opening hours {hours} of the calendar "
                f"{self.identifier} never open within its coverage"
            )
        return self.local_day(max(opens, instant))

    def _elapsed(self, hours: str, instant: datetime) -> int:
        self.local_day(instant)  # outside the coverage there is no opening time to count
        return self._hours[hours].elapsed(instant)

    def days(self) -> Sequence[date]:
        """Every covered day, in order."""
        return self._days
