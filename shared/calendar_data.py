"""A calendar as it is written in a catalogue, and the table it becomes.

Pure. Zone, working weekdays, holidays with their laws, opening hours and coverage are data; ``build`` computes the
:class:`BusinessCalendar` once, and everything after that is a look-up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.calendar import BusinessCalendar, Holiday
from shared.holiday import HolidayRule, Move, PackageSource, holidays_by_law
from shared.open_time import OpeningInterval, WeekOfHours
from shared.texts import Text, french

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is not a time zone, such as America/Toronto") from None
    return name


def _interval(written: str) -> str:
    found = _INTERVAL.fullmatch(written)
    if found is None or written[:5] >= written[6:]:
        raise ValueError('write opening hours as "08:00-16:30", opening before closing')
    return written


def _month_day(written: str) -> str:
    try:
        date.fromisoformat(f"2001-{written}")
    except ValueError:
        raise ValueError('write a day of every year as "12-24" (month-day)') from None
    return written


Zone = Annotated[str, AfterValidator(_known_zone)]
"""A name of the tz database."""


class StrictModel(BaseModel):
    """What people write in YAML: unknown keys are refused, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BilingualText(StrictModel):
    """Words in French and English, both required."""

    fr: Annotated[str, Field(min_length=1), AfterValidator(french)]
    en: Annotated[str, Field(min_length=1)]

    def text(self) -> Text:
        return Text(self.fr, self.en)


class HolidayData(StrictModel):
    """One holiday: exactly one of ``package_name`` (its French name there), ``every_year`` or ``days``."""

    name: BilingualText
    law: BilingualText
    package_name: str | None = None
    every_year: Annotated[str, AfterValidator(_month_day)] | None = None
    days: Sequence[date] = ()
    saturday: Move = "stays"
    sunday: Move = "stays"

    @model_validator(mode="after")
    def _one_way(self) -> HolidayData:
        if [bool(self.package_name), bool(self.every_year), bool(self.days)].count(True) != 1:
            raise ValueError("give exactly one of package_name, every_year and days")
        return self

    def holiday(self) -> Holiday:
        return Holiday(self.name.text(), self.law.text())

    def rule(self) -> HolidayRule:
        month_day = None
        if self.every_year is not None:
            month, day = self.every_year.split("-")
            month_day = int(month), int(day)
        return HolidayRule(self.holiday(), self.package_name, month_day, self.saturday, self.sunday)


class PackageData(StrictModel):
    """What the ``holidays`` package is asked for."""

    country: str
    subdivision: str | None = None
    categories: Sequence[str] = ("public",)


class Coverage(StrictModel):
    """The years a calendar knows, both included."""

    first_year: Annotated[int, Field(ge=1970, le=2100)]
    last_year: Annotated[int, Field(ge=1970, le=2100)]

    @model_validator(mode="after")
    def _in_order(self) -> Coverage:
        if self.last_year < self.first_year:
            raise ValueError("last_year must not be before first_year")
        return self


Intervals = Sequence[Annotated[str, AfterValidator(_interval)]]


class CalendarData(StrictModel):
    """A calendar as a catalogue writes it."""

    version: str
    name: BilingualText
    zone: Zone
    coverage: Coverage
    working_weekdays: Annotated[Sequence[Weekday], Field(min_length=1)]
    holidays_package: PackageData | None = None
    holidays: Sequence[HolidayData] = ()
    opening_hours: Mapping[str, Mapping[Weekday, Intervals]] = {}


def build(identifier: str, data: CalendarData) -> BusinessCalendar:
    """The calendar's table; raises ``HolidayError`` when its rules and the holidays package disagree."""
    years = range(data.coverage.first_year, data.coverage.last_year + 1)
    yearly = [holiday.rule() for holiday in data.holidays if not holiday.days]
    package = data.holidays_package
    source = (
        PackageSource(package.country, package.subdivision, package.categories) if package else None
    )
    days = holidays_by_law(yearly, source, years)
    days.update({day: holiday.holiday() for holiday in data.holidays for day in holiday.days})
    return BusinessCalendar(
        identifier=identifier,
        version=data.version,
        zone=data.zone,
        years=years,
        working_weekdays=[WEEKDAYS.index(name) for name in data.working_weekdays],
        holidays=days,
        opening_hours={name: _week(week) for name, week in data.opening_hours.items()},
    )


def _week(week: Mapping[Weekday, Intervals]) -> WeekOfHours:
    return {
        WEEKDAYS.index(name): [
            OpeningInterval(time.fromisoformat(written[:5]), time.fromisoformat(written[6:]))
            for written in sorted(intervals)
        ]
        for name, intervals in week.items()
    }
