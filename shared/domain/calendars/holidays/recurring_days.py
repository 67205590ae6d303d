"""Days that come back every year: month and day, the nth weekday of a month, a weekday near a date, Easter.

Pure. A rule is asked for one year and gives the days that begin with it: a range that crosses the
year belongs to the year it begins in. Nothing moves here; see ``rules``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from shared.domain.calendars.calendar import ONE_DAY

MonthDay = tuple[int, int]
Side = Literal["before", "on_or_before", "after", "on_or_after"]
_ONE_WEEK: Final = timedelta(weeks=1)
_LONGEST_MONTH: Final = 31


class EveryYear(NamedTuple):
    """From a month and day through another, the same for a single day, or through that of the next year.

    >>> EveryYear((12, 31), (1, 1)).of_year(2025)
    [date(2025, 12, 31), date(2026, 1, 1)]
    """

    first: MonthDay
    last: MonthDay

    def of_year(self, year: int) -> Sequence[date]:
        """The days that begin with a year, in order."""
        day, last = date(year, *self.first), date(year + (self.last < self.first), *self.last)
        return [day + index * ONE_DAY for index in range((last - day).days + 1)]


class WeekdayOfMonth(NamedTuple):
    """The nth weekday of a month, Monday = 0, or the last."""

    weekday: int
    nth: Literal[1, 2, 3, 4, "last"]
    month: int

    def of_year(self, year: int) -> Sequence[date]:
        if self.nth != "last":
            first = _near(date(year, self.month, 1), self.weekday, "on_or_after")
            return [first + (self.nth - 1) * _ONE_WEEK]
        next_month = date(year, self.month, 1) + timedelta(days=_LONGEST_MONTH)
        return [_near(next_month.replace(day=1), self.weekday, "before")]


class WeekdayNear(NamedTuple):
    """The weekday before or after a month and day, which may itself be that day (``on_or_…``) or not."""

    weekday: int
    side: Side
    month_day: MonthDay

    def of_year(self, year: int) -> Sequence[date]:
        return [_near(date(year, *self.month_day), self.weekday, self.side)]


class EasterDays(NamedTuple):
    """Days from Easter Sunday, negative before it: Good Friday is -2, Pentecost Monday 50."""

    days: int
    orthodox: bool = False

    def of_year(self, year: int) -> Sequence[date]:
        sunday = orthodox_easter(year) if self.orthodox else easter(year)
        return [sunday + timedelta(days=self.days)]


RecurringDays = EveryYear | WeekdayOfMonth | WeekdayNear | EasterDays
"""A rule without a year."""


def _near(day: date, weekday: int, side: Side) -> date:
    """The nearest such weekday on one side of a day."""
    if side in ("before", "on_or_before"):
        day -= timedelta(days=side == "before")
        return day - timedelta(days=(day.weekday() - weekday) % 7)
    day += timedelta(days=side == "after")
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, *Astronomical Algorithms*, ch. 8)."""
    golden = year % 19
    century, year_of_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leap_centuries - moon_shift + 15) % 30
    leaps, year_rest = divmod(year_of_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leaps - moon - year_rest) % 7
    late = (golden + 11 * moon + 22 * to_sunday) // 451
    month, day = divmod(moon + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


_JULIAN_LAG: Final = timedelta(days=13)
"""Of the Julian calendar behind the Gregorian, from 1900 to February 2100; a day more from then on."""


def orthodox_easter(year: int) -> date:
    """Easter Sunday of the Julian calendar, as a Gregorian date, 1900 to 2199 (Meeus, ch. 8)."""
    moon = (19 * (year % 19) + 15) % 30
    to_sunday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
    month, day = divmod(moon + to_sunday + 114, 31)
    lag = _JULIAN_LAG if year < 2100 else _JULIAN_LAG + ONE_DAY
    return date(year, month, day + 1) + lag
