"""One rule of a holiday: which days it names, and where they move when they fall on a weekend.

Pure. ``law`` puts the rules of a calendar together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from shared.domain.calendars.calendar import ONE_DAY, Holiday
from shared.domain.calendars.holidays.package import PackageDays
from shared.domain.calendars.holidays.recurring_days import (
    EasterDays,
    EveryYear,
    RecurringDays,
    WeekdayNear,
    WeekdayOfMonth,
)

Move = Literal["stays", "before", "after"]

_SATURDAY, _SUNDAY = 5, 6
_STEPS: Final[Mapping[Move, timedelta]] = {"before": -ONE_DAY, "after": ONE_DAY}
EVERY: Final = range(1, 10_000)
"""The years of a rule without a first or last one."""


class HolidayRule(NamedTuple):
    """One holiday: by its name in the package, by a recurring day, or day by day; in some years, or all.

    ``also`` says that it may name a day of another rule, which then has both names.
    """

    holiday: Holiday
    package_name: str | None = None
    recurring: RecurringDays | None = None
    days: Sequence[date] = ()
    saturday: Move = "stays"
    sunday: Move = "stays"
    years: range = EVERY
    also: bool = False

    @property
    def key(self) -> str:
        """Where a catalogue writes its days."""
        match self.recurring:
            case None:
                return "package_name" if self.package_name else "days"
            case EveryYear():
                return "every_year"
            case WeekdayOfMonth() | WeekdayNear():
                return "weekday"
            case EasterDays(orthodox=orthodox):
                return "orthodox_easter" if orthodox else "easter"

    def dates(self, packages: Sequence[PackageDays], years: range) -> Sequence[date]:
        """The days of its years, and of these, before any moves."""
        if self.recurring is not None:
            both = range(max(years.start, self.years.start), min(years.stop, self.years.stop))
            return [day for year in both for day in self.recurring.of_year(year)]
        if self.package_name is None:
            return self.days
        days = {
            day
            for package in packages
            for name in package.names(self.package_name)
            for day in package.days[name]
        }
        return sorted(day for day in days if day.year in years and day.year in self.years)

    def move(self, day: date) -> Move:
        """Where it moves from a day that it names."""
        moves: Mapping[int, Move] = {_SATURDAY: self.saturday, _SUNDAY: self.sunday}
        return moves.get(day.weekday(), "stays")


def free_weekday(day: date, move: Move, taken: Collection[date] = ()) -> date:
    """The nearest weekday on one side of a day, itself included, that nothing else takes."""
    while day.weekday() in (_SATURDAY, _SUNDAY) or day in taken:
        day += _STEPS[move]
    return day
