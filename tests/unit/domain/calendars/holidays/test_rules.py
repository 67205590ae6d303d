"""One rule: the days it names in some years, and where it moves."""

from __future__ import annotations

from datetime import date

import pytest

from shared.domain.calendars.calendar import Holiday
from shared.domain.calendars.holidays.package import PackageDays, PackageSource
from shared.domain.calendars.holidays.recurring_days import (
    EasterDays,
    EveryYear,
    WeekdayNear,
    WeekdayOfMonth,
)
from shared.domain.calendars.holidays.rules import HolidayRule, free_weekday
from shared.text import Text

FEAST = Holiday(Text("Fête", "Feast"), Text("Loi", "Act"))
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2025, 9, day) for day in (5, 6, 7, 8))


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (HolidayRule(FEAST, "Noël"), "package_name"),
        (HolidayRule(FEAST, days=[FRIDAY]), "days"),
        (HolidayRule(FEAST, recurring=EveryYear((1, 1), (1, 1))), "every_year"),
        (HolidayRule(FEAST, recurring=WeekdayNear(0, "before", (5, 25))), "weekday"),
        (HolidayRule(FEAST, recurring=WeekdayOfMonth(0, 1, 9)), "weekday"),
        (HolidayRule(FEAST, recurring=EasterDays(1)), "easter"),
        (HolidayRule(FEAST, recurring=EasterDays(1, orthodox=True)), "orthodox_easter"),
    ],
)
def test_a_rule_knows_where_its_days_are_written(rule: HolidayRule, key: str) -> None:
    assert rule.key == key


def test_a_rule_holds_in_its_years_only() -> None:
    canada = PackageDays(PackageSource("CA"), range(2020, 2030))
    once = EveryYear((12, 25), (12, 25))
    for rule in (HolidayRule(FEAST, "Jour de Noël"), HolidayRule(FEAST, recurring=once)):
        some = rule._replace(years=range(2024, 2027))
        assert [day.year for day in some.dates([canada], range(2025, 2030))] == [2025, 2026]
        assert not some.dates([canada], range(2028, 2030))


def test_a_holiday_moves_from_the_weekend_and_stays_in_the_week() -> None:
    rule = HolidayRule(FEAST, days=[FRIDAY], saturday="before", sunday="after")
    assert [rule.move(day) for day in (FRIDAY, SATURDAY, SUNDAY, MONDAY)] == [
        "stays", "before", "after", "stays",
    ]  # fmt: skip


def test_it_moves_to_the_nearest_weekday_that_nothing_takes() -> None:
    assert free_weekday(SATURDAY, "after") == MONDAY
    assert free_weekday(SUNDAY, "before") == FRIDAY
    assert free_weekday(SATURDAY, "before", [FRIDAY, date(2025, 9, 4)]) == date(2025, 9, 3)
