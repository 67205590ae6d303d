"""Two rules for one holiday are a fault, and two feasts that meet are none."""

from __future__ import annotations

from datetime import date

import pytest

from shared.domain.calendars.calendar import Holiday
from shared.domain.calendars.holidays.faults import HolidayError, date_faults
from shared.domain.calendars.holidays.law import holidays_by_law
from shared.domain.calendars.holidays.package import PackageSource
from shared.domain.calendars.holidays.recurring_days import EasterDays, EveryYear, WeekdayOfMonth
from shared.domain.calendars.holidays.rules import HolidayRule
from shared.text import Text

FEAST = Holiday(Text("Fête", "Feast"), Text("Loi", "Act"))
YEARS = range(2024, 2028)
CHRISTMAS = HolidayRule(FEAST, recurring=EveryYear((12, 25), (12, 25)))
EASTER_MONDAY = HolidayRule(FEAST, recurring=EasterDays(1))
CLOSURE = HolidayRule(FEAST, recurring=EveryYear((12, 20), (1, 5)))
ONCE = HolidayRule(FEAST, days=[date(2025, 12, 25)])


def twice(*rules: HolidayRule) -> list[tuple[str | int, ...]]:
    """Where the rules are at fault."""
    return [fault.at for fault in date_faults(rules, (), YEARS, written=len(rules))]


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ((CHRISTMAS, CHRISTMAS), "every_year"),
        ((CLOSURE, CHRISTMAS), "every_year"),
        ((CHRISTMAS, CLOSURE), "every_year"),
        ((EASTER_MONDAY, EASTER_MONDAY), "easter"),
        ((CHRISTMAS, ONCE), "days"),
        ((CHRISTMAS, CHRISTMAS._replace(years=range(2027, 2100))), "every_year"),
    ],
)
def test_the_second_rule_of_a_day_is_at_fault_unless_one_of_them_says_also(
    rules: tuple[HolidayRule, HolidayRule], key: str
) -> None:
    one, other = rules
    assert [at[:3] for at in twice(one, other)] == [("holidays", 1, key)]
    assert twice(one._replace(also=True), other) == twice(one, other._replace(also=True)) == []


def test_a_date_is_at_fault_wherever_the_rule_for_it_stands() -> None:
    assert twice(ONCE, CHRISTMAS) == [("holidays", 0, "days", 0)]


def test_feasts_that_meet_and_rules_of_other_years_are_no_fault() -> None:
    first_monday = HolidayRule(FEAST, recurring=WeekdayOfMonth(0, 1, 4))
    sixth = HolidayRule(FEAST, recurring=EveryYear((4, 6), (4, 6)))
    assert twice(EASTER_MONDAY, first_monday, sixth) == []
    until = CHRISTMAS._replace(years=range(1900, 2025))
    assert twice(until, CHRISTMAS._replace(years=range(2025, 2100))) == []


def test_every_fault_of_several_packages_is_given_at_once_and_in_its_place() -> None:
    sources = [
        PackageSource("NL", ignore=["Marmotte"], at=("holidays_package", 0)),
        PackageSource("BE", ignore=["Noël"], at=("holidays_package", 1)),
    ]
    rules = [HolidayRule(FEAST, "Noël"), HolidayRule(FEAST, "Groundhog Day")]
    with pytest.raises(HolidayError) as caught:
        holidays_by_law(rules, sources, YEARS)
    assert [fault.at for fault in caught.value.faults] == [
        ("holidays_package", 0),
        ("holidays_package", 0, "ignore", 0),
        ("holidays_package", 1),
        ("holidays", 0, "package_name"),
        ("holidays", 1, "package_name"),
    ]
