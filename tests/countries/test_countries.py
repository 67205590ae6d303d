"""Every country that the ``holidays`` package knows gives a calendar by one file, with all days of the package."""

from __future__ import annotations

import holidays
import pytest

from shared.domain.calendars.calendar_file import CalendarData, build_calendar
from shared.domain.strict_yaml import reader
from tests import countries

FILES = {path.stem: path for path in sorted(countries.FOLDER.glob("*.yaml"))}
WITHOUT = {"BV", "HM", "IO"}
"""Islands without inhabitants: the package knows no holiday of theirs."""

NEW_WEEKEND = 2022
"""The year in which the weekend of the United Arab Emirates changed; a calendar has one for all its years."""


def test_there_is_a_file_for_each_country_with_a_holiday() -> None:
    assert FILES.keys() == set(countries.codes())
    known = set(holidays.list_supported_countries(include_aliases=False))
    assert known - FILES.keys() == WITHOUT
    assert len(FILES) >= 200


@pytest.mark.parametrize("code", FILES)
def test_a_file_is_what_the_script_writes(code: str) -> None:
    text = FILES[code].read_text(encoding="utf-8")
    assert text == countries.text_of(code), "run `python -m tests.countries`"


@pytest.mark.parametrize("code", FILES)
def test_a_country_has_the_days_off_of_the_package_each_with_a_name_and_a_law(code: str) -> None:
    text = FILES[code].read_text(encoding="utf-8")
    data, _ = reader.read(CalendarData, text, FILES[code].name)
    assert data.years == countries.YEARS
    calendar = build_calendar(code, data, {})
    given = holidays.country_holidays(code, years=countries.YEARS, observed=False)
    assert set(calendar.holidays) == {day for day in given if day.year in countries.YEARS}
    assert all(all((*one.name, *one.law)) for one in calendar.holidays.values())
    business = {day for day in calendar.days() if calendar.is_business_day(day)}
    differs = {day for day in calendar.days() if (day in business) != given.is_working_day(day)}
    assert all(code == "AE" and day.year < NEW_WEEKEND for day in differs)
    assert {day.year for day in business} == set(countries.YEARS)
    assert calendar.count(calendar.first, calendar.last) == len(business - {calendar.first})
