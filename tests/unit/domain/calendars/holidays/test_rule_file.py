"""A rule as a catalogue writes it is the rule that is computed with."""

from __future__ import annotations

from datetime import date, time

import pytest
from pydantic import ValidationError

from shared.domain.calendars.holidays.recurring_days import (
    EasterDays,
    EveryYear,
    RecurringDays,
    WeekdayNear,
    WeekdayOfMonth,
)
from shared.domain.calendars.holidays.rule_file import HalfDayData, HolidayData, PackageData
from shared.domain.calendars.holidays.rules import EVERY
from shared.text import Text

NAME = {"name": {"fr": "Fête", "en": "Feast"}, "law": {"fr": "Loi", "en": "Act"}}


@pytest.mark.parametrize(
    ("key", "written", "recurring"),
    [
        ("every_year", "12-24", EveryYear((12, 24), (12, 24))),
        ("every_year", "12-25/01-15", EveryYear((12, 25), (1, 15))),
        ("weekday", {"day": "monday", "nth": 1, "month": 9}, WeekdayOfMonth(0, 1, 9)),
        ("weekday", {"day": "friday", "nth": "last", "month": 5}, WeekdayOfMonth(4, "last", 5)),
        ("weekday", {"day": "monday", "before": "05-25"}, WeekdayNear(0, "before", (5, 25))),
        ("weekday", {"day": "sunday", "on_or_after": "06-20"}, WeekdayNear(6, "on_or_after", (6, 20))),
        ("easter", 0, EasterDays(0)),
        ("easter", -2, EasterDays(-2)),
        ("orthodox_easter", 0, EasterDays(0, orthodox=True)),
    ],
)  # fmt: skip
def test_days_that_come_back(key: str, written: object, recurring: RecurringDays) -> None:
    rule = HolidayData.model_validate({**NAME, key: written}).rule()
    assert (rule.recurring, rule.days, rule.years) == (recurring, (), EVERY)


def test_years_and_moves() -> None:
    written = {**NAME, "package_name": "Noël", "from": 2020, "to": 2025, "sunday": "after"}
    rule = HolidayData.model_validate(written).rule()
    assert (rule.package_name, rule.years, rule.sunday) == ("Noël", range(2020, 2026), "after")
    assert HolidayData.model_validate({**NAME, "easter": 1, "from": 2020}).rule().years == range(
        2020, EVERY.stop
    )


def test_a_half_day_closes_at_its_time() -> None:
    half = HalfDayData.model_validate({**NAME, "days": [date(2025, 12, 24)], "closes": "12:30"})
    rule, closes, before_holidays = half.half_day_rule()
    assert (list(rule.days), closes, before_holidays) == ([date(2025, 12, 24)], time(12, 30), False)


@pytest.mark.parametrize(
    "written", ["W01-1", "02-29", "13-01", "1-1", "12-25/", "/01-01", "12-25/W01"]
)
def test_what_is_no_day_of_every_year_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        HolidayData.model_validate({**NAME, "every_year": written})


def test_a_package_reads_public_holidays_and_has_the_law_of_the_rest() -> None:
    law = {"law": {"fr": "Loi", "en": "Act"}}
    source = PackageData.model_validate({"country": "NL", "unnamed": law}).source(["here"])
    assert (source.categories, source.ignore, source.at) == (("public",), (), ("here",))
    assert source.unnamed == Text("Loi", "Act")
