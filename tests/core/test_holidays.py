"""Rule 12 held to a written table: every holiday from 2015 to 2040, on both calendars, each with its law."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shared.calendar import Holiday
from shared.holiday import HolidayError, HolidayRule, PackageSource, holidays_by_law
from shared.texts import Text
from tests.core import oracle_calendar
from tests.core.oracle_calendar import ONE_DAY
from tests.core.standards import CALENDARS, calendar

YEARS = range(2015, 2041)
LAW = Holiday(Text("Fête", "Feast"), Text("Loi", "Act"))
FISCAL_YEARS = {
    "qc-legal": {2021: 254, 2022: 254, 2023: 252, 2024: 253, 2025: 252, 2026: 250},
    "qc-public-service": {2021: 248, 2022: 248, 2023: 246, 2024: 249, 2025: 248, 2026: 246},
}


def written(identifier: str) -> list[date]:
    text = Path(__file__).with_name(f"holidays_{identifier}.txt").read_text(encoding="utf-8")
    days = []
    for line in text.splitlines():
        if not line.startswith("#"):
            year, _, month_days = line.partition(": ")
            days += [date.fromisoformat(f"{year}-{day}") for day in month_days.split()]
    return days


@pytest.mark.parametrize("identifier", CALENDARS)
def test_the_catalogues_holidays_are_those_written_down(identifier: str) -> None:
    days = sorted(day for day in calendar(identifier).holidays if day.year in YEARS)
    assert days == written(identifier)


@pytest.mark.parametrize("identifier", CALENDARS)
def test_the_written_table_is_what_an_independent_computus_gives(identifier: str) -> None:
    days = sorted(day for year in YEARS for day in oracle_calendar.holidays(identifier, year))
    assert days == written(identifier)


def test_the_law_names_nine_days_a_year_and_the_public_service_thirteen_weekdays() -> None:
    for year in YEARS:
        assert sum(day.year == year for day in written("qc-legal")) == 9
        thirteen = [day for day in written("qc-public-service") if day.year == year]
        assert len(thirteen) == len(set(thirteen)) == 13
        assert all(day.weekday() < 5 for day in thirteen)


@pytest.mark.parametrize("identifier", CALENDARS)
def test_each_day_names_itself_and_its_law_in_both_languages(identifier: str) -> None:
    for holiday in calendar(identifier).holidays.values():
        assert all((*holiday.name, *holiday.law))


def test_each_law_is_the_one_that_makes_the_day() -> None:
    laws = {day: holiday.law.fr for day, holiday in calendar().holidays.items()}
    assert laws[date(2029, 6, 25)] == "Loi sur la fête nationale, art. 2"
    assert laws[date(2029, 7, 2)] == "Loi sur les normes du travail, art. 60"
    assert laws[date(2025, 4, 21)] == "Loi d’interprétation, art. 61(23)"
    assert calendar().holidays[date(2025, 4, 21)].name == Text("Lundi de Pâques", "Easter Monday")


@pytest.mark.parametrize("identifier", CALENDARS)
def test_fiscal_years_have_the_business_days_counted_by_hand(identifier: str) -> None:
    for year, days in FISCAL_YEARS[identifier].items():
        first, last = date(year, 4, 1), date(year + 1, 3, 31)
        assert calendar(identifier).count(first - ONE_DAY, last) == days


@pytest.mark.parametrize(
    "day", ["2021-09-30", "2025-11-11", "2022-09-19", "2021-12-27", "2022-01-03", "2023-01-02"]
)
def test_days_that_others_take_off_are_business_days_in_quebec(day: str) -> None:
    assert calendar().is_business_day(date.fromisoformat(day))


def test_a_day_of_the_package_without_a_rule_is_an_error() -> None:
    only_christmas = HolidayRule(LAW, "Jour de Noël", None, "stays", "stays")
    source = PackageSource("CA", "QC", ["public"])
    with pytest.raises(HolidayError, match="Fête du Travail"):
        holidays_by_law([only_christmas], source, range(2025, 2026))


def test_a_rule_the_package_does_not_know_is_an_error() -> None:
    unknown = HolidayRule(LAW, "Jour de la Marmotte", None, "stays", "stays")
    source = PackageSource("CA", "QC", ["public"])
    with pytest.raises(HolidayError, match="no day named 'Jour de la Marmotte' in 2025"):
        holidays_by_law([unknown], source, range(2025, 2026))


def test_a_fixed_day_moves_off_a_weekend_as_its_rule_says() -> None:
    def kept(saturday: str, sunday: str, year: int) -> list[date]:
        rule = HolidayRule(LAW, None, (12, 24), saturday, sunday)  # type: ignore[arg-type]
        return sorted(holidays_by_law([rule], None, range(year, year + 1)))

    assert kept("before", "after", 2022) == [date(2022, 12, 23)]
    assert kept("after", "before", 2022) == [date(2022, 12, 26)]
    assert kept("before", "after", 2023) == [date(2023, 12, 25)]
    assert kept("after", "before", 2023) == [date(2023, 12, 22)]
    assert kept("stays", "stays", 2022) == [date(2022, 12, 24)]


def test_a_day_moved_over_the_new_year_belongs_to_the_year_it_lands_in() -> None:
    rule = HolidayRule(LAW, None, (12, 31), "after", "after")
    days = holidays_by_law([rule], None, range(2023, 2024))
    # 31 December 2022 is a Saturday, 31 December 2023 a Sunday.
    assert list(days) == [date(2023, 1, 2)]
