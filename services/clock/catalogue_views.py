"""The catalogue as the clock answers it over HTTP: the commitments, and the days of a calendar, each with its law."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pydantic import BaseModel

from shared.domain import Catalogue, Standard, Unit
from shared.domain.calendars import BilingualText, Coverage, HalfDay, Holiday, Intervals, Weekday


class StandardsView(BaseModel):
    """The commitments of a catalogue, with what each measures and when its clock begins."""

    catalogue: str
    revision: int
    name: BilingualText
    organization: BilingualText
    units: Mapping[str, Unit]
    standards: Mapping[str, Standard]


class HolidayView(BaseModel):
    """A day off, and the law that makes it one."""

    day: date
    name: BilingualText
    law: BilingualText


class HalfDayView(HolidayView):
    """A business day that closes early, and the law that makes it one."""

    closes: str


class ExtraOpeningView(BaseModel):
    """Hours of a day beside those of its weekday."""

    day: date
    opening_hours: str
    hours: Intervals


class CalendarView(BaseModel):
    """A calendar, its holidays and its other particular days, in order."""

    calendar: str
    version: str
    name: BilingualText
    zone: str
    coverage: Coverage
    working_weekdays: Sequence[Weekday]
    opening_hours: Mapping[str, Mapping[Weekday, Intervals]]
    holidays: Sequence[HolidayView]
    half_days: Sequence[HalfDayView]
    extra_working_days: Sequence[HolidayView]
    extra_opening: Sequence[ExtraOpeningView]


def calendar_view(catalogue: Catalogue, identifier: str, year: int | None) -> CalendarView:
    """A calendar with the days of one year, or of all it covers."""
    data, calendar = catalogue.calendars[identifier], catalogue.calendar(identifier)

    def of_year(days: Iterable[date]) -> Sequence[date]:
        return sorted(day for day in days if year is None or day.year == year)

    return CalendarView(
        calendar=identifier,
        version=data.version,
        name=data.name,
        zone=data.zone,
        coverage=data.coverage,
        working_weekdays=data.working_weekdays,
        opening_hours=data.opening_hours,
        holidays=[_day(day, calendar.holidays[day]) for day in of_year(calendar.holidays)],
        half_days=[
            HalfDayView(**_day(day, half).model_dump(), closes=f"{half.closes:%H:%M}")
            for day in of_year(calendar.half_days)
            for half in [calendar.half_days[day]]
        ],
        extra_working_days=[
            _day(day, calendar.extra_working_days[day])
            for day in of_year(calendar.extra_working_days)
        ],
        extra_opening=sorted(
            (
                ExtraOpeningView(day=day, opening_hours=one.opening_hours, hours=one.hours)
                for one in data.extra_opening
                for day in of_year(one.days)
            ),
            key=lambda view: view.day,
        ),
    )


def _day(day: date, one: Holiday | HalfDay) -> HolidayView:
    return HolidayView(
        day=day,
        name=BilingualText(fr=one.name.fr, en=one.name.en),
        law=BilingualText(fr=one.law.fr, en=one.law.en),
    )
