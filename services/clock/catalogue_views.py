"""The catalogue as the clock answers it over HTTP: the commitments, and the days of a calendar, each with its law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import BaseModel

from shared.domain import Catalogue, Standard, Unit
from shared.domain.calendars import BilingualText, Coverage, Intervals, Weekday


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


class CalendarView(BaseModel):
    """A calendar and its holidays, in order."""

    calendar: str
    version: str
    name: BilingualText
    zone: str
    coverage: Coverage
    working_weekdays: Sequence[Weekday]
    opening_hours: Mapping[str, Mapping[Weekday, Intervals]]
    holidays: Sequence[HolidayView]


def calendar_view(catalogue: Catalogue, identifier: str, year: int | None) -> CalendarView:
    """A calendar with the holidays of one year, or of all it covers."""
    data, calendar = catalogue.calendars[identifier], catalogue.calendar(identifier)
    return CalendarView(
        calendar=identifier,
        version=data.version,
        name=data.name,
        zone=data.zone,
        coverage=data.coverage,
        working_weekdays=data.working_weekdays,
        opening_hours=data.opening_hours,
        holidays=[
            HolidayView(
                day=day,
                name=BilingualText(fr=holiday.name.fr, en=holiday.name.en),
                law=BilingualText(fr=holiday.law.fr, en=holiday.law.en),
            )
            for day, holiday in sorted(calendar.holidays.items())
            if year is None or day.year == year
        ],
    )
