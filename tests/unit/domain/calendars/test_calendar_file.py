"""What a calendar says of its days, as a catalogue writes it: the days off it has, and each fault in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest

from shared.domain.calendars.calendar import BusinessCalendar
from shared.domain.calendars.calendar_file import CalendarData, build_calendar
from shared.domain.calendars.holidays.faults import HolidayError
from shared.domain.strict_yaml import FaultsError, reader
from tests.paths import ROOT
from tests.unit.domain.sentences import moment

GOLDEN = ROOT / "tests" / "golden" / "calendar"
HEAD = """\
version: "1"
name: {fr: Jours, en: Days}
zone: America/Toronto
coverage: {first_year: 2024, last_year: 2027}
working_weekdays: [monday, tuesday, wednesday, thursday, friday]
"""
NAME = "name: {fr: Fête, en: Feast}, law: {fr: Loi, en: Act}"
HOURS = 'opening_hours:\n  counter: {monday: ["08:00-12:00", "13:00-17:00"], tuesday: ["08:00-17:00"]}\n'


def holidays(*rules: str) -> str:
    return "holidays:\n" + "".join(f"  - {{{NAME}, {rule}}}\n" for rule in rules)


def named(key: str, rest: str) -> str:
    """One part of a list under a key."""
    return f"{key}:\n  - {{{NAME}, {rest}}}\n"


def built(*parts: str) -> BusinessCalendar:
    """The calendar of the parts, or every fault of it by line and column."""
    data, document = reader.read(CalendarData, HEAD + "".join(parts), "calendar.yaml")
    try:
        return build_calendar("days", data, {})
    except HolidayError as error:
        faults = [document.fault(one.at, one.text) for one in error.faults]
        raise FaultsError("calendar.yaml", faults) from None


def days_off(*rules: str) -> list[str]:
    return [day.isoformat() for day in sorted(built(holidays(*rules)).holidays)]


def hours(calendar: BusinessCalendar, day: str) -> float:
    """How long the counter is open on a day."""
    start = moment(f"{day} 00:00")
    opened = calendar.open_microseconds("counter", start, start + timedelta(days=1))
    return opened / 3_600_000_000


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("every_year: 12-24, from: 2026", ["2026-12-24", "2027-12-24"]),
        ("every_year: 12-24, to: 2024", ["2024-12-24"]),
        ("every_year: 12-24, from: 2025, to: 2025", ["2025-12-24"]),
        ("every_year: 07-01/07-03, from: 2027", ["2027-07-01", "2027-07-02", "2027-07-03"]),
        (
            "weekday: {day: monday, nth: 1, month: 9}",
            ["2024-09-02", "2025-09-01", "2026-09-07", "2027-09-06"],
        ),
        (
            "weekday: {day: monday, nth: last, month: 5}",
            ["2024-05-27", "2025-05-26", "2026-05-25", "2027-05-31"],
        ),
        (
            "weekday: {day: monday, before: 05-25}",
            ["2024-05-20", "2025-05-19", "2026-05-18", "2027-05-24"],
        ),
        ("weekday: {day: monday, on_or_before: 05-25}, from: 2026, to: 2026", ["2026-05-25"]),
        ("weekday: {day: monday, after: 05-25}, from: 2026, to: 2026", ["2026-06-01"]),
        ("weekday: {day: monday, on_or_after: 05-25}, from: 2026, to: 2026", ["2026-05-25"]),
        ("easter: -2", ["2024-03-29", "2025-04-18", "2026-04-03", "2027-03-26"]),
        ("easter: 0, to: 2024", ["2024-03-31"]),
        ("orthodox_easter: 1", ["2024-05-06", "2025-04-21", "2026-04-13", "2027-05-03"]),
        ("every_year: 12-25, from: 2027, saturday: after", ["2027-12-27"]),
        ("days: [2025-05-02, 2026-05-01], from: 2025", ["2025-05-02", "2026-05-01"]),
    ],
)
def test_a_rule_gives_the_days_that_people_mean_by_it(rule: str, days: list[str]) -> None:
    assert days_off(rule) == days


def test_a_period_may_cross_the_year_and_has_the_years_it_begins_in() -> None:
    assert days_off("every_year: 12-31/01-02, from: 2025, to: 2025") == [
        "2025-12-31", "2026-01-01", "2026-01-02",
    ]  # fmt: skip
    # The first days of the coverage belong to the period that began before it.
    assert days_off("every_year: 12-31/01-02")[:2] == ["2024-01-01", "2024-01-02"]
    assert days_off("every_year: 12-31/01-02")[-1] == "2027-12-31"


def test_two_rules_that_say_so_may_have_one_day_under_both_names() -> None:
    other = "name: {fr: Autre, en: Other}, law: {fr: Loi, en: Act}"
    text = holidays("every_year: 12-25") + f"  - {{{other}, days: [2025-12-25], also: true}}\n"
    holiday = built(text).holidays[date(2025, 12, 25)]
    assert holiday.name == ("Fête\u00a0; Autre", "Feast; Other")
    assert holiday.law == ("Loi", "Act")
    assert built(text).holidays[date(2026, 12, 25)].name.en == "Feast"


def test_rules_of_different_years_may_have_the_same_days() -> None:
    text = "every_year: 07-01, to: 2025", "every_year: 07-01, from: 2026, sunday: after"
    assert days_off(*text) == ["2024-07-01", "2025-07-01", "2026-07-01", "2027-07-01"]


def test_feasts_that_meet_on_a_day_are_no_fault() -> None:
    # In 2024 and 2026 Easter Monday is the first Monday of April.
    assert len(days_off("easter: 1", "weekday: {day: monday, nth: 1, month: 4}")) == 6


BELGIUM = "holidays_package: {country: BE, unnamed: {law: {fr: Loi, en: Act}}}\n"


def test_the_days_that_no_rule_names_have_the_law_given_to_all() -> None:
    text = "package_name: Noël, sunday: after"
    calendar = built(BELGIUM + holidays(text))
    days = {day: one for day, one in calendar.holidays.items() if day.year == 2025}
    assert len(days) == 12
    assert days[date(2025, 12, 25)].name.en == "Feast"
    assert days[date(2025, 7, 21)] == (("Fête nationale", "National Day"), ("Loi", "Act"))


def test_a_name_may_be_written_in_any_language_of_the_package() -> None:
    for name in ("Noël", "Christmas Day", "Kerstmis"):
        calendar = built(BELGIUM + holidays(f"package_name: {name}"))
        assert calendar.holidays[date(2025, 12, 25)].name.en == "Feast"


def test_packages_are_united_and_names_are_ignored_in_one_of_them() -> None:
    law = "unnamed: {law: {fr: Loi, en: Act}}"
    text = (
        "holidays_package:\n"
        f"  - {{country: GB, subdivision: ENG, {law}}}\n"
        f"  - {{country: GB, subdivision: SCT, ignore: [Saint Andrew's Day], {law}}}\n"
    )
    days = {day.isoformat() for day in built(text).holidays if day.year == 2025}
    assert {"2025-04-21", "2025-01-02", "2025-08-04", "2025-08-25"} <= days
    assert "2025-11-30" not in days and "2025-12-01" not in days
    assert built(text).holidays[date(2025, 12, 25)] == (
        ("Christmas Day", "Christmas Day"),
        ("Loi", "Act"),
    )


def test_a_working_saturday_counts_and_a_working_holiday_is_none() -> None:
    extra = named("extra_working_days", "days: [2025-12-20, 2025-12-25]")
    calendar = built(holidays("every_year: 12-25/12-26"), extra)
    assert calendar.count(date(2025, 12, 19), date(2025, 12, 26)) == 5
    assert date(2025, 12, 25) not in calendar.holidays
    assert calendar.advance(date(2025, 12, 19), 1) == date(2025, 12, 20)
    assert calendar.retreat(date(2025, 12, 22), 1) == date(2025, 12, 20)


def test_the_day_that_a_holiday_moves_to_may_work_all_the_same() -> None:
    # 26 December 2027 is a Sunday.
    rule = holidays("every_year: 12-26, from: 2027, sunday: after")
    assert list(built(rule).holidays) == [date(2027, 12, 27)]
    extra = named("extra_working_days", "days: [2027-12-27]")
    assert list(built(rule, extra).holidays) == []


def test_a_half_day_is_a_business_day_whose_hours_end_early() -> None:
    calendar = built(HOURS, named("half_days", 'every_year: 12-23, closes: "14:30"'))
    # 23 December is a Monday in 2024 and a Tuesday in 2025.
    assert calendar.is_business_day(date(2024, 12, 23))
    assert [hours(calendar, day) for day in ("2024-12-16", "2024-12-23")] == [8, 5.5]
    assert [hours(calendar, day) for day in ("2025-12-16", "2025-12-23")] == [9, 6.5]
    noon = built(HOURS, named("half_days", 'every_year: 12-23, closes: "07:00"'))
    assert hours(noon, "2024-12-23") == 0


def test_a_night_ends_when_the_half_day_it_goes_on_into_closes() -> None:
    night = 'opening_hours: {counter: {monday: ["22:00-06:00"]}}\n'
    half = named("half_days", 'days: [2025-12-16], closes: "05:00"')
    assert [hours(built(night), f"2025-12-{day}") for day in (15, 16)] == [2, 6]
    assert [hours(built(night, half), f"2025-12-{day}") for day in (15, 16)] == [2, 5]


def test_the_eve_of_every_holiday_may_be_a_half_day() -> None:
    eve = named("half_days", 'before_holidays: true, closes: "12:00"')
    rules = holidays("every_year: 12-24/12-25, from: 2024, to: 2025", "days: [2026-07-01]")
    calendar = built(rules, HOURS, eve)
    later = eve.replace("true", "true, from: 2026")
    assert list(built(rules, later).half_days) == [date(2026, 6, 30)]
    assert list(calendar.half_days) == [
        date(2024, 12, 23), date(2025, 12, 23), date(2026, 6, 30),
    ]  # fmt: skip
    assert hours(calendar, "2024-12-23") == 4


def test_half_days_move_beside_holidays_and_the_earliest_closing_holds() -> None:
    half = (
        named("half_days", 'every_year: 12-27, closes: "15:00", from: 2025, saturday: before')
        + f'  - {{{NAME}, days: [2027-12-27], closes: "16:00"}}\n'
        + f'  - {{{NAME}, days: [2027-12-27], closes: "11:00"}}\n'
    )
    calendar = built(holidays("every_year: 12-26"), half)
    # 27 December is a Saturday in 2025; 26 is a holiday.
    assert {day.isoformat(): f"{one.closes:%H:%M}" for day, one in calendar.half_days.items()} == {
        "2025-12-25": "15:00",
        "2026-12-27": "15:00",
        "2027-12-27": "11:00",
    }
    assert calendar.half_days[date(2027, 12, 27)].name.en == "Feast"


def test_extra_hours_are_beside_those_of_the_weekday_and_open_on_a_holiday_too() -> None:
    extra = (
        "extra_opening:\n"
        '  - {opening_hours: counter, days: [2025-12-20, 2025-12-25], hours: ["10:00-12:00"]}\n'
        '  - {opening_hours: counter, days: [2025-12-16], hours: ["16:00-20:00", "06:00-07:00"]}\n'
    )
    calendar = built(holidays("every_year: 12-25"), HOURS, extra)
    found = [hours(calendar, f"2025-12-{day}") for day in (15, 16, 20, 25, 27)]
    assert found == [8, 13, 2, 2, 0]
    assert not calendar.is_business_day(date(2025, 12, 25))


ONE_PACKAGE = "holidays_package: {country: NL, unnamed: {law: {fr: Loi, en: Act}}}\n"
FAULTS: Mapping[str, Callable[[], object]] = {
    "weekday-alone": lambda: days_off("weekday: {day: monday}"),
    "weekday-two-ways": lambda: days_off("weekday: {day: monday, nth: 1, month: 9, before: 05-25}"),
    "weekday-two-sides": lambda: days_off("weekday: {day: monday, after: 05-25, before: 05-25}"),
    "weekday-fifth": lambda: days_off("weekday: {day: monday, nth: 5, month: 9}"),
    "weekday-of-no-month": lambda: days_off("weekday: {day: monday, nth: 1, month: 13}"),
    "weekday-no-such-day": lambda: days_off("weekday: {day: lundi, nth: 1, month: 9}"),
    "weekday-no-date": lambda: days_off("weekday: {day: monday, before: 25-05}"),
    "weekday-alone-as-text": lambda: days_off("weekday: monday"),
    "easter-far-away": lambda: days_off("easter: 200"),
    "easter-as-text": lambda: days_off("easter: monday"),
    "two-ways": lambda: days_off("easter: 0, days: [2025-04-20]"),
    "period-without-end": lambda: days_off("every_year: 12-25/"),
    "period-of-three": lambda: days_off("every_year: 12-25/12-26/12-27"),
    "period-that-moves": lambda: days_off("every_year: 12-25/01-15, sunday: after"),
    "period-and-a-day-of-it": lambda: days_off("every_year: 12-25/01-15", "every_year: 01-01"),
    "years-backwards": lambda: days_off("every_year: 12-25, from: 2026, to: 2025"),
    "years-out-of-range": lambda: days_off("every_year: 12-25, from: 25"),
    "years-beyond-the-coverage": lambda: days_off("every_year: 12-25, from: 2030"),
    "years-of-a-name": lambda: built(
        ONE_PACKAGE, holidays("package_name: Christmas Day, to: 1999")
    ),
    "days-outside-their-years": lambda: days_off("days: [2024-05-01], from: 2025"),
    "unknown-key": lambda: days_off("every_year: 12-25, since: 2026"),
    "weekday-twice": lambda: days_off(
        "weekday: {day: monday, before: 05-25}", "weekday: {day: monday, on_or_after: 05-18}"
    ),
    "easter-twice": lambda: days_off("easter: 1", "easter: 1, from: 2026"),
    "day-of-an-unnamed": lambda: built(ONE_PACKAGE, holidays("days: [2025-12-26]")),
    "every-year-of-an-unnamed": lambda: built(ONE_PACKAGE, holidays("every_year: 12-26")),
    "ignore-nothing": lambda: built(
        "holidays_package: {country: NL, ignore: [Marmotte], unnamed: {law: {fr: L, en: A}}}\n"
    ),
    "ignore-what-a-rule-names": lambda: built(
        ONE_PACKAGE.replace("unnamed", "ignore: [Pentecost], unnamed"),
        holidays("package_name: Pentecost"),
    ),
    "unnamed-without-law": lambda: built("holidays_package: {country: NL, unnamed: true}\n"),
    "package-key": lambda: built("holidays_package: {country: NL, region: north}\n"),
    "package-key-in-a-list": lambda: built(
        "holidays_package: [{country: FR, unnamed: {law: {fr: L, en: A}}}, {country: NL, year: 1}]\n"
    ),
    "package-list-country": lambda: built(
        "holidays_package: [{country: Atlantis}, {country: FR, subdivision: Nord}]\n"
    ),
    "package-list-without-a-rule": lambda: built(
        "holidays_package:\n  - {country: NL, unnamed: {law: {fr: L, en: A}}}\n"
        "  - {country: \"NO\", ignore: [Christmas Day]}\n"
    ),
    "package-country-read-as-no": lambda: built("holidays_package: {country: NO}\n"),
    "package-list-empty": lambda: built("holidays_package: []\n"),
    "half-day-two-ways": lambda: built(
        named("half_days", 'every_year: 12-24, before_holidays: true, closes: "12:00"')
    ),
    "half-day-without-closing": lambda: built(named("half_days", "every_year: 12-24")),
    "half-day-of-a-whole-day": lambda: built(
        named("half_days", 'every_year: 12-24, closes: "00:00"')
    ),
    "half-day-closing-as-number": lambda: built(
        named("half_days", "every_year: 12-24, closes: 12:00")
    ),
    "half-day-outside-the-coverage": lambda: built(
        named("half_days", 'days: [2028-12-22], closes: "12:00"')
    ),
    "half-day-beyond-the-coverage": lambda: built(
        named("half_days", 'every_year: 12-24, from: 2040, closes: "12:00"')
    ),
    "eve-that-moves": lambda: built(
        named("half_days", 'before_holidays: true, sunday: before, closes: "12:00"')
    ),
    "working-day-that-works": lambda: built(
        named("extra_working_days", "days: [2025-12-19, 2025-12-20, 2025-12-20]")
    ),
    "working-day-off-by-date": lambda: built(
        holidays("days: [2025-12-26]"), named("extra_working_days", "days: [2025-12-26]")
    ),
    "working-day-outside-the-coverage": lambda: built(
        named("extra_working_days", "days: [2030-12-21]")
    ),
    "working-day-alone": lambda: built("extra_working_days: [2025-12-20]\n"),
    "extra-hours-of-no-name": lambda: built(
        HOURS, 'extra_opening: [{opening_hours: phone, days: [2025-12-20], hours: ["10:00-12:00"]}]\n'
    ),
    "extra-hours-outside-the-coverage": lambda: built(
        HOURS, 'extra_opening: [{opening_hours: counter, days: [2030-01-05], hours: ["10:00-12:00"]}]\n'
    ),
    "extra-hours-unreadable": lambda: built(
        HOURS, "extra_opening: [{opening_hours: counter, days: [2025-12-20], hours: [10h-12h]}]\n"
    ),
}  # fmt: skip


def in_both_languages(fault: Callable[[], object]) -> str:
    with pytest.raises(FaultsError) as caught:
        fault()
    return f"{caught.value.within('fr')}\n{caught.value.within('en')}\n"


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_by_line_and_column(name: str) -> None:
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert in_both_languages(FAULTS[name]) == golden


def test_every_golden_message_belongs_to_a_fault() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(FAULTS)
