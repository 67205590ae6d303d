"""A calendar as a catalogue writes it, and the table built from it.

Pure. Zone, working weekdays, holidays with their laws, opening hours and coverage are data;
``build_calendar`` computes the :class:`BusinessCalendar` once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import Annotated

from pydantic import Field, model_validator

from shared.domain.calendars.calendar import BusinessCalendar, Holiday
from shared.domain.calendars.holidays import (
    ExtraWorkingDays,
    HalfDayData,
    HolidayData,
    HolidayError,
    HolidayFault,
    PackageData,
    Packages,
    PackageSource,
    half_days,
    holidays_by_law,
    outside,
    without_a_day,
)
from shared.domain.calendars.opening_hours import OpeningInterval, WeekOfHours
from shared.domain.calendars.values import (
    WEEKDAYS,
    BilingualText,
    Day,
    Intervals,
    StrictModel,
    Weekday,
    Zone,
)
from shared.domain.strict_yaml import UnusableValueError, cited
from shared.text import Text

_MIDNIGHT = "24:00"
LAST_COVERED_YEAR = 2100
"""No calendar covers later years."""


class Coverage(StrictModel):
    """The years a calendar knows, both included."""

    first_year: Annotated[int, Field(ge=1970, le=LAST_COVERED_YEAR)]
    last_year: Annotated[int, Field(ge=1970, le=LAST_COVERED_YEAR)]

    @model_validator(mode="after")
    def _in_order(self) -> Coverage:
        if self.last_year < self.first_year:
            raise UnusableValueError(
                "last_year ne peut pas précéder first_year",
                "last_year must not be before first_year",
                at=("last_year",),
            )
        return self


class ExtraOpening(StrictModel):
    """Hours on some days beside those of their weekday, on a holiday too."""

    opening_hours: str
    days: Annotated[Sequence[Day], Field(min_length=1)]
    hours: Annotated[Intervals, Field(min_length=1)]


class CalendarData(StrictModel):
    """A calendar as a catalogue writes it."""

    version: str
    name: BilingualText
    zone: Zone
    coverage: Coverage
    working_weekdays: Annotated[Sequence[Weekday], Field(min_length=1)]
    holidays_package: Packages | None = None
    holidays: Sequence[HolidayData] = ()
    half_days: Sequence[HalfDayData] = ()
    extra_working_days: Sequence[ExtraWorkingDays] = ()
    opening_hours: Mapping[str, Mapping[Weekday, Intervals]] = {}
    extra_opening: Sequence[ExtraOpening] = ()

    @property
    def years(self) -> range:
        """Those covered."""
        return range(self.coverage.first_year, self.coverage.last_year + 1)

    def sources(self) -> Sequence[PackageSource]:
        """What is read from the package."""
        at = "holidays_package"
        match self.holidays_package:
            case None:
                return ()
            case PackageData() as one:
                return (one.source((at,)),)
            case several:
                return [one.source((at, index)) for index, one in enumerate(several)]


def build_calendar(
    identifier: str, data: CalendarData, others: Mapping[str, BusinessCalendar]
) -> BusinessCalendar:
    """Build the table; raises ``HolidayError`` for rules without a day, or two with the same."""
    working = {day: one.holiday() for one in data.extra_working_days for day in one.days}
    rules = [holiday.rule() for holiday in data.holidays]
    named = holidays_by_law(rules, data.sources(), data.years)
    if faults := [*_exception_faults(data), *_working_day_faults(data, named)]:
        raise HolidayError(faults)
    off = {day: holiday for day, holiday in named.items() if day not in working}
    return BusinessCalendar(
        identifier=identifier,
        version=data.version,
        zone=data.zone,
        years=data.years,
        working_weekdays=[WEEKDAYS.index(name) for name in data.working_weekdays],
        holidays=off,
        opening_hours={name: _week(week) for name, week in data.opening_hours.items()},
        extra_working_days=working,
        half_days=half_days([one.half_day_rule() for one in data.half_days], off, data.years),
        extra_opening=_extra_opening(data.extra_opening),
        others=others,
    )


def _exception_faults(data: CalendarData) -> Iterator[HolidayFault]:
    """Days outside the years, and hours that the calendar has not."""
    listed: Mapping[str, Sequence[HalfDayData | ExtraWorkingDays | ExtraOpening]] = {
        "half_days": data.half_days,
        "extra_working_days": data.extra_working_days,
        "extra_opening": data.extra_opening,
    }
    for key, parts in listed.items():
        for number, part in enumerate(parts):
            for index, day in enumerate(part.days):
                if day.year not in data.years:
                    yield HolidayFault((key, number, "days", index), outside(day, data.years))
    for number, half in enumerate(data.half_days):
        rule = half.rule()
        if not half.before_holidays and not rule.dates((), data.years):
            yield HolidayFault(("half_days", number, rule.key), without_a_day(data.years))
    for number, one in enumerate(data.extra_opening):
        if one.opening_hours not in data.opening_hours:
            names = ", ".join(data.opening_hours)
            yield HolidayFault(
                ("extra_opening", number, "opening_hours"),
                Text(
                    f"ce calendrier n’a pas d’heures nommées {cited(one.opening_hours)} sous opening_hours\u00a0; il a\u00a0: {names or 'aucune'}",
                    f"this calendar has no hours named {one.opening_hours!r} under opening_hours; it has: {names or 'none'}",
                ),
            )


def _working_day_faults(
    data: CalendarData, named: Mapping[date, Holiday]
) -> Iterator[HolidayFault]:
    """Extra working days that work without it, or that a holiday gives off by their dates."""
    literal = {day: number for number, one in enumerate(data.holidays) for day in one.days}
    seen: set[date] = set()
    for number, one in enumerate(data.extra_working_days):
        for index, day in enumerate(one.days):
            at = ("extra_working_days", number, "days", index)
            if day in literal:
                yield HolidayFault(
                    at,
                    Text(
                        f"holidays.{literal[day]} chôme déjà le {day} par sa date\u00a0: gardez l’un des deux",
                        f"holidays.{literal[day]} gives {day} off by its date: keep one of the two",
                    ),
                )
            elif day in seen or (
                WEEKDAYS[day.weekday()] in data.working_weekdays and day not in named
            ):
                yield HolidayFault(
                    at,
                    Text(
                        f"le {day} est déjà ouvrable\u00a0: retirez-le",
                        f"{day} is a business day already: remove it",
                    ),
                )
            seen.add(day)


def _extra_opening(
    parts: Sequence[ExtraOpening],
) -> Mapping[str, Mapping[date, Sequence[OpeningInterval]]]:
    hours: dict[str, dict[date, list[OpeningInterval]]] = defaultdict(lambda: defaultdict(list))
    for one in parts:
        for day in one.days:
            hours[one.opening_hours][day] += _intervals(one.hours)
    return hours


def _week(week: Mapping[Weekday, Intervals]) -> WeekOfHours:
    return {WEEKDAYS.index(name): _intervals(intervals) for name, intervals in week.items()}


def _intervals(hours: Intervals) -> Sequence[OpeningInterval]:
    return [
        OpeningInterval(
            time.fromisoformat(written[:5]),
            time() if written[6:] == _MIDNIGHT else time.fromisoformat(written[6:]),
        )
        for written in sorted(hours)
    ]


def overlapping_hours(week: Mapping[Weekday, Intervals]) -> Iterator[tuple[Weekday, int]]:
    """Opening hours that begin before others have closed, by weekday and index."""
    spans = sorted(
        (opens, opens + length, name, index)
        for name, intervals in week.items()
        for index, written in enumerate(intervals)
        for opens, length in [_minutes_of_week(name, written)]
    )
    closed = spans[-1][1] - _WEEK_MINUTES if spans else 0
    for opens, closes, name, index in spans:
        if opens < closed:
            yield name, index
        closed = max(closed, closes)


_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES


def _minutes_of_week(name: Weekday, written: str) -> tuple[int, int]:
    """When an interval opens, in minutes from Monday 00:00, and how many minutes later it closes."""
    opens, closes = (int(wall[:2]) * 60 + int(wall[3:]) for wall in written.split("-"))
    length = closes - opens if closes > opens else closes - opens + _DAY_MINUTES
    return WEEKDAYS.index(name) * _DAY_MINUTES + opens, length
