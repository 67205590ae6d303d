"""The business-day calendar: which civil days count, when each begins, and its opening hours.

Pure. The days are those of a :class:`DayTable`, whose integers are dates here; a day outside the
coverage is an error, never a silent count.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.domain.calendars.coverage import CoverageError
from shared.domain.calendars.day_table import DayTable
from shared.domain.calendars.opening_hours import OpeningInterval, OpenTime, WeekOfHours, union
from shared.domain.instants import from_microseconds, microseconds
from shared.text import Text

ONE_DAY = timedelta(days=1)
ALWAYS = "always"
"""The opening hours of every calendar that never close, holidays included."""
_SECOND = timedelta(seconds=1)
_MICROSECONDS = 1_000_000


class Holiday(NamedTuple):
    """A day off, with the law that makes it one."""

    name: Text
    law: Text


class HalfDay(NamedTuple):
    """A day on which everything closes early, at a local time, with the law that makes it one."""

    name: Text
    law: Text
    closes: time


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
        midnights = [self._utc(day, time()) for day in [*self._days, self.last + ONE_DAY]]
        self._midnights = midnights
        business_days = [
            day.toordinal()
            for day in self._days
            if (day.weekday() in self.working_weekdays and day not in holidays)
            or day in extra_working_days
        ]
        self.table = DayTable(identifier, self.first.toordinal(), midnights, business_days)
        self._begins, self._ends = microseconds(midnights[0]), microseconds(midnights[-1])
        self._hours = {
            name: self._open_time(week, extra_opening.get(name, {}))
            for name, week in opening_hours.items()
        }
        self._hours[ALWAYS] = OpenTime([(midnights[0], midnights[-1])])
        self._all_hours: OpenTime | None = None

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
        instant, index = self._utc(day, wall), (day - self.first).days
        if self._midnights[index + 1] - self._midnights[index] < ONE_DAY:
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
        return self.table.is_business_day(day.toordinal())

    def local_day(self, instant: datetime) -> date:
        """The civil date of an instant; at exactly 00:00:00, the day that begins."""
        return date.fromordinal(self.table.day_of(instant))

    def midnight(self, day: date) -> datetime:
        """The instant, in UTC, at which a civil day begins."""
        return self.table.midnight(day.toordinal())

    def next_day(self, day: date) -> date:
        """The day after a covered day; raises ``CoverageError``."""
        self.midnight(day)  # raises the error
        return day + ONE_DAY

    def count(self, after: date, through: date) -> int:
        """Business days d with ``after < d <= through``.

        friday → monday = 1;  friday → sunday = 0;  saturday → monday = 1
        """
        return self.table.count(after.toordinal(), through.toordinal())

    def advance(self, after: date, days: int) -> date:
        """The ``days``-th business day after a date, ``days`` ≥ 1.

        friday + 1 = monday;  saturday + 1 = monday
        """
        return date.fromordinal(self.table.advance(after.toordinal(), days))

    def retreat(self, day: date, days: int) -> date:
        """The last business day with ``days`` business days after it, through ``day``.

        monday - 1 = friday;  monday - 0 = monday;  sunday - 0 = friday
        """
        return date.fromordinal(self.table.retreat(day.toordinal(), days))

    def business_day_from(self, day: date) -> date:
        """The day itself when it is a business day, otherwise the next one."""
        return date.fromordinal(self.table.business_day_from(day.toordinal()))

    def open_microseconds(self, hours: str, start: datetime, end: datetime) -> int:
        """Real microseconds between two instants inside the named opening hours (rule 10)."""
        return self.open_between(hours, microseconds(start), microseconds(end))

    def open_between(self, hours: str, start: int, end: int) -> int:
        """The same between two instants in microseconds since 1970."""
        return self._elapsed(hours, end) - self._elapsed(hours, start)

    def open_seconds_of_any(self, start: datetime, end: datetime) -> float | None:
        """Real seconds inside any of its opening hours but ``always``; None where it has none."""
        hours = self._any_hours()
        if hours is None:
            return None
        passed = hours.elapsed(microseconds(end)) - hours.elapsed(microseconds(start))
        return passed / _MICROSECONDS

    def _any_hours(self) -> OpenTime | None:
        """All opening hours together, but ``always``."""
        if self._all_hours is None:
            named = [hours for name, hours in self._hours.items() if name != ALWAYS]
            if named:
                together = union([one for hours in named for one in hours.intervals()])
                self._all_hours = OpenTime(together)
        return self._all_hours

    def advance_open(self, hours: str, start: datetime, amount: int) -> datetime:
        """The first instant by which that many microseconds (≥ 1) of opening time have elapsed after ``start``."""
        return from_microseconds(self.open_after(hours, microseconds(start), amount))

    def open_after(self, hours: str, start: int, amount: int) -> int:
        """The same of an instant in microseconds since 1970."""
        elapsed = self._elapsed(hours, start) + amount
        try:
            return self._hours[hours].reached(elapsed)
        except IndexError:
            raise CoverageError(
                f"the opening hours of the calendar {self.identifier} end with its coverage, "
                f"on {self.last.isoformat()}"
            ) from None

    def open_before(self, hours: str, end: int, amount: int) -> int:
        """The first instant from which so much opening time is left until ``end``; all in microseconds."""
        elapsed = self._elapsed(hours, end) - amount
        return self._hours[hours].reached(elapsed) if elapsed > 0 else self._begins

    def opening_day(self, hours: str, instant: datetime) -> date:
        """The day whose opening an instant falls in, or comes before: after closing, the next one."""
        opens = self._hours[hours].next_open(microseconds(instant))
        if opens is None:
            raise CoverageError(
                f"after {instant.isoformat()} the opening hours {hours} of the calendar "
                f"{self.identifier} never open within its coverage"
            )
        return self.local_day(max(from_microseconds(opens), instant))

    def _elapsed(self, hours: str, instant: int) -> int:
        """Outside the coverage there is no opening time to count: raises ``CoverageError``."""
        if not self._begins <= instant < self._ends:
            self.table.day_of(from_microseconds(instant))  # raises the error
        return self._hours[hours].elapsed(instant)

    def days(self) -> Sequence[date]:
        """Every covered day, in order."""
        return self._days
