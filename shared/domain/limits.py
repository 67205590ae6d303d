"""What a limit counts: business days, civil days towards a date in months, or microseconds of opening time.

Pure. The law in ``delay`` walks a cycle the same way whatever its limit; these three say how far two points are apart, which
point a deadline is, and where the first late point lies. A point is a local date for days and an instant for minutes.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from shared.domain.calendars import ONE_DAY, BusinessCalendar
from shared.domain.commitments import BusinessDays, Minutes, Months, Terms

P = TypeVar("P", bound=date)
_MICROSECONDS = 1_000_000


class Limit(Protocol[P]):
    """The limit of the cycles received on one day, on their calendar."""

    def origin(self, received_at: datetime) -> P:
        """Where counting starts: what lies before it is neither counted nor waited."""

    def point(self, instant: datetime, /) -> P:
        """Where an instant stands."""

    def count(self, after: P, through: P, /) -> int:
        """What counts between two points, the second included."""

    def wait(self, after: P, through: P) -> int:
        """How long a wait between two points is."""

    def instant(self, point: P, /) -> datetime:
        """When a point begins."""

    def day(self, point: P) -> date:
        """The local date of a point."""

    def due(self, start: P, counted: int, waited: int) -> P:
        """The last point on time for a file in hand since ``start`` with something left of its limit."""

    def following(self, point: P) -> P:
        """The first point after this one that counts."""

    def preceding(self, due: P, remaining: int) -> P:
        """The point at which so much remains until a deadline."""

    def allowed(self, waited: int) -> int:
        """How much may be counted on time."""

    per_unit: int
    """How much is counted in one unit shown: a day, or a second."""


class _DayLimit:
    """What business days and months share: points are local dates, and waits are civil days."""

    per_unit = 1

    def __init__(self, calendar: BusinessCalendar, origin: date) -> None:
        self._calendar = calendar
        self._origin = origin
        self.point = calendar.local_day
        self.instant = calendar.midnight

    def origin(self, received_at: datetime) -> date:
        return self._origin

    def wait(self, after: date, through: date) -> int:
        return (through - after).days

    def day(self, point: date) -> date:
        return point


class BusinessDayLimit(_DayLimit):
    """Rules 2, 3 and 11."""

    def __init__(self, limit: BusinessDays, calendar: BusinessCalendar, origin: date) -> None:
        super().__init__(calendar, origin)
        self.count = calendar.count
        self._allowed = limit.business_days

    def due(self, start: date, counted: int, waited: int) -> date:
        return self._calendar.advance(start, self._allowed - counted)

    def following(self, point: date) -> date:
        return self._calendar.advance(point, 1)

    def preceding(self, due: date, remaining: int) -> date:
        return self._calendar.retreat(due, remaining)

    def allowed(self, waited: int) -> int:
        return self._allowed


class MonthLimit(_DayLimit):
    """Rule 4: reception plus months on the same day number, plus the civil days waited before it had passed."""

    def __init__(self, limit: Months, calendar: BusinessCalendar, origin: date) -> None:
        super().__init__(calendar, origin)
        self._base = months_after(origin, limit.months)
        self._roll_forward = limit.roll_forward
        self.count = self.wait

    def due(self, start: date, counted: int, waited: int) -> date:
        due = self._base + timedelta(days=waited)
        return self._calendar.business_day_from(due) if self._roll_forward else due

    def following(self, point: date) -> date:
        return point + ONE_DAY

    def preceding(self, due: date, remaining: int) -> date:
        return due - timedelta(days=remaining)

    def allowed(self, waited: int) -> int:
        return (self.due(self._origin, 0, waited) - self._origin).days - waited


class MinuteLimit:
    """Rule 10: real elapsed time inside the opening hours, counted in microseconds."""

    per_unit = _MICROSECONDS

    def __init__(self, limit: Minutes, calendar: BusinessCalendar) -> None:
        self._allowed = limit.minutes * 60 * _MICROSECONDS
        self._calendar = calendar
        self._hours = limit.opening_hours

    def origin(self, received_at: datetime) -> datetime:
        return received_at

    def point(self, instant: datetime) -> datetime:
        return instant

    def count(self, after: datetime, through: datetime) -> int:
        return self._calendar.open_microseconds(self._hours, after, through)

    def wait(self, after: datetime, through: datetime) -> int:
        return self.count(after, through)

    def instant(self, point: datetime) -> datetime:
        return point

    def day(self, point: datetime) -> date:
        return self._calendar.local_day(point)

    def due(self, start: datetime, counted: int, waited: int) -> datetime:
        return self._calendar.advance_open(self._hours, start, self._allowed - counted)

    def following(self, point: datetime) -> datetime:
        return self._calendar.advance_open(self._hours, point, 1)

    def preceding(self, due: datetime, remaining: int) -> datetime:
        raise AssertionError("a limit in minutes has no thresholds: its catalogue refuses them")

    def allowed(self, waited: int) -> int:
        return self._allowed


def limit_of(terms: Terms, calendar: BusinessCalendar, received_on: date) -> Limit[Any]:
    """The limit that measures a cycle received on a local day."""
    origin = received_on
    if terms.received_on_day_off == "next_business_day":
        origin = calendar.business_day_from(received_on)
    limit = terms.limit
    match limit:
        case BusinessDays():
            return BusinessDayLimit(limit, calendar, origin)
        case Months():
            return MonthLimit(limit, calendar, origin)
        case Minutes():
            return MinuteLimit(limit, calendar)


def months_after(day: date, months: int) -> date:
    """The same day number so many months later, or the last day of that month where it does not exist.

    2023-08-31 + 6 = 2024-02-29;  2022-08-29 + 6 = 2023-02-28
    """
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
