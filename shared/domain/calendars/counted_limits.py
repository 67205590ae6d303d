"""Limits on a calendar: how much of each kind counts between two points, and where it runs out.

Pure. A point is an integer: the ordinal of a local day where days are counted, an instant in
microseconds since 1970 where opening time is; instants and dates are made of points only at the
edge (``point``, ``instant``, ``day``). ``limits`` has the same kinds as a catalogue writes them.
Rules 2, 3, 4, 10, 11 of docs/counting-rules.md.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, Protocol

from typing_extensions import override

from shared.domain.calendars.calendar import BusinessCalendar
from shared.domain.calendars.calendar_file import LAST_COVERED_YEAR
from shared.domain.calendars.coverage import CoverageError
from shared.domain.instants import from_microseconds, microseconds

LimitAmount = int | float
"""So much in the unit of a limit. Whole amounts stay integers: a snapshot has 6 and not 6.0."""

MICROSECONDS: Final = 1_000_000
LONGEST_MONTH_DAYS: Final = 31


class CivilSpan(NamedTuple):
    """Months and days from a day; the months first."""

    months: int
    days: int

    def after(self, day: date) -> date:
        """The day so much later; raises ``CoverageError`` where no calendar can have it."""
        years = day.year + (self.months + self.days // LONGEST_MONTH_DAYS) // 12
        if years > LAST_COVERED_YEAR + 1:
            raise CoverageError(
                f"{self.months} months and {self.days} days after {day.isoformat()} is outside "
                "the coverage of every calendar"
            )
        return months_after(day, self.months) + timedelta(days=self.days)


def months_after(day: date, months: int) -> date:
    """The same day number so many months later, or the last day of that month if it has none.

    2023-08-31 + 6 = 2024-02-29;  2022-08-29 + 6 = 2023-02-28
    """
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


class Longer(Protocol):
    """What extends a limit: so much more, of the limit's own kind."""

    @property
    def business_days(self) -> int | None: ...
    @property
    def span(self) -> CivilSpan: ...
    @property
    def whole_seconds(self) -> int: ...


class Limit(ABC):
    """A limit on a calendar, for the cycles received on one day."""

    @abstractmethod
    def origin(self, received_at: datetime) -> int:
        """Where counting starts: what lies before it is neither counted nor waited."""

    @abstractmethod
    def point(self, instant: datetime) -> int:
        """The point of an instant."""

    @abstractmethod
    def instant(self, point: int) -> datetime:
        """When a point begins."""

    @abstractmethod
    def day(self, point: int) -> date:
        """The local date of a point."""

    @abstractmethod
    def in_units(self, counted: int) -> LimitAmount:
        """A count in the unit of the limit; whole where it is whole."""

    @abstractmethod
    def count(self, after: int, through: int) -> int:
        """What counts between two points, the second included."""

    @abstractmethod
    def wait(self, after: int, through: int) -> int:
        """How long a wait between two points is."""

    @abstractmethod
    def due(self, start: int, counted: int, waited: int) -> int:
        """The last point on time of a file in hand since ``start`` with some of its limit left."""

    @abstractmethod
    def following(self, point: int) -> int:
        """The first point after this one that counts."""

    @abstractmethod
    def preceding(self, due: int, remaining: int) -> int:
        """The point at which so much remains until a deadline."""

    @abstractmethod
    def allowed(self, waited: int) -> int:
        """How much may be counted on time."""

    @abstractmethod
    def shifted(self, point: int, days: int) -> int:
        """A point some days from another; the same one where no days are counted."""

    @abstractmethod
    def extended(self, by: Longer) -> Limit:
        """This limit and so much more of its kind, computed from the origin."""

    @abstractmethod
    def allowed_until(self, day: date, here: int, counted: int, waited: int) -> int:
        """How much may be counted where a file, with these counts by ``here``, is due that day."""

    @abstractmethod
    def with_allowed(self, amount: int) -> Limit:
        """The limit with so much allowed where nothing was waited."""


class _DayLimit(Limit):
    """What business and civil days share: points are local days, and waits are civil days."""

    def __init__(self, calendar: BusinessCalendar, origin: int) -> None:
        self._calendar = calendar
        self._days = calendar.table
        self._origin = origin

    @override
    def origin(self, received_at: datetime) -> int:
        return self._origin

    @override
    def point(self, instant: datetime) -> int:
        return self._days.day_of(instant)

    @override
    def instant(self, point: int) -> datetime:
        return self._days.midnight(point)

    @override
    def day(self, point: int) -> date:
        return self._days.date_of(point)

    @override
    def in_units(self, counted: int) -> LimitAmount:
        return counted

    @override
    def wait(self, after: int, through: int) -> int:
        return through - after

    @override
    def shifted(self, point: int, days: int) -> int:
        return point + days


class BusinessDayLimit(_DayLimit):
    """Rules 2, 3 and 11."""

    def __init__(self, allowed: int, calendar: BusinessCalendar, origin: int) -> None:
        super().__init__(calendar, origin)
        self._allowed = allowed

    @override
    def count(self, after: int, through: int) -> int:
        return self._days.count(after, through)

    @override
    def due(self, start: int, counted: int, waited: int) -> int:
        return self._days.advance(start, self._allowed - counted)

    @override
    def following(self, point: int) -> int:
        return self._days.advance(point, 1)

    @override
    def preceding(self, due: int, remaining: int) -> int:
        return self._days.retreat(due, remaining)

    @override
    def allowed(self, waited: int) -> int:
        return self._allowed

    @override
    def extended(self, by: Longer) -> BusinessDayLimit:
        return self.with_allowed(self._allowed + (by.business_days or 0))

    @override
    def allowed_until(self, day: date, here: int, counted: int, waited: int) -> int:
        last = day.toordinal()
        return counted + (self.count(here, last) if last > here else 0)

    @override
    def with_allowed(self, amount: int) -> BusinessDayLimit:
        return BusinessDayLimit(amount, self._calendar, self._origin)


class CivilDayLimit(_DayLimit):
    """Rule 4: some months and days after day 0, plus the civil days waited until then, rolled last."""

    def __init__(
        self,
        span: CivilSpan,
        rolling: BusinessCalendar | None,
        calendar: BusinessCalendar,
        origin: int,
    ) -> None:
        super().__init__(calendar, origin)
        self._span = span
        self._base = span.after(date.fromordinal(origin)).toordinal()
        self._rolling = rolling

    @override
    def count(self, after: int, through: int) -> int:
        return through - after

    @override
    def due(self, start: int, counted: int, waited: int) -> int:
        due = self._base + waited
        return due if self._rolling is None else self._rolling.table.business_day_from(due)

    @override
    def following(self, point: int) -> int:
        return point + 1

    @override
    def preceding(self, due: int, remaining: int) -> int:
        return due - remaining

    @override
    def allowed(self, waited: int) -> int:
        return self.due(self._origin, 0, waited) - self._origin - waited

    @override
    def extended(self, by: Longer) -> CivilDayLimit:
        months, days = by.span
        span = CivilSpan(self._span.months + months, self._span.days + days)
        return CivilDayLimit(span, self._rolling, self._calendar, self._origin)

    @override
    def allowed_until(self, day: date, here: int, counted: int, waited: int) -> int:
        last = day.toordinal()
        if last > here:
            self._days.midnight(last)  # raises where it is outside the coverage
        return last - self._origin - waited

    @override
    def with_allowed(self, amount: int) -> CivilDayLimit:
        span = CivilSpan(0, amount)
        return CivilDayLimit(span, self._rolling, self._calendar, self._origin)


class OpeningTimeLimit(Limit):
    """Rule 10: real elapsed time inside the opening hours, counted in microseconds."""

    def __init__(self, allowed: int, hours: str, calendar: BusinessCalendar) -> None:
        self._allowed = allowed
        self._calendar = calendar
        self._hours = hours

    @override
    def origin(self, received_at: datetime) -> int:
        return microseconds(received_at)

    @override
    def point(self, instant: datetime) -> int:
        return microseconds(instant)

    @override
    def instant(self, point: int) -> datetime:
        return from_microseconds(point)

    @override
    def day(self, point: int) -> date:
        return self._calendar.local_day(from_microseconds(point))

    @override
    def in_units(self, counted: int) -> LimitAmount:
        return in_seconds(counted)

    @override
    def count(self, after: int, through: int) -> int:
        return self._calendar.open_between(self._hours, after, through)

    @override
    def wait(self, after: int, through: int) -> int:
        return self.count(after, through)

    @override
    def due(self, start: int, counted: int, waited: int) -> int:
        return self._calendar.open_after(self._hours, start, self._allowed - counted)

    @override
    def following(self, point: int) -> int:
        return self._calendar.open_after(self._hours, point, 1)

    @override
    def preceding(self, due: int, remaining: int) -> int:
        return self._calendar.open_before(self._hours, due, remaining)

    @override
    def allowed(self, waited: int) -> int:
        return self._allowed

    @override
    def shifted(self, point: int, days: int) -> int:
        return point

    @override
    def extended(self, by: Longer) -> OpeningTimeLimit:
        return self.with_allowed(self._allowed + by.whole_seconds * MICROSECONDS)

    @override
    def allowed_until(self, day: date, here: int, counted: int, waited: int) -> int:
        if day < self.day(here):
            return counted
        last = microseconds(self._calendar.midnight(self._calendar.next_day(day))) - 1
        return counted + (self.count(here, last) if last > here else 0)

    @override
    def with_allowed(self, amount: int) -> OpeningTimeLimit:
        return OpeningTimeLimit(amount, self._hours, self._calendar)


def in_seconds(counted: int) -> LimitAmount:
    """Microseconds as seconds; whole where they are whole."""
    seconds, rest = divmod(counted, MICROSECONDS)
    return counted / MICROSECONDS if rest else seconds
