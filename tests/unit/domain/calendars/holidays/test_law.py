"""Rule 12 held to a written table: every holiday from 2015 to 2040, on both calendars, each with its law."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calendars.calendar import Holiday
from shared.domain.calendars.holidays.faults import HolidayError
from shared.domain.calendars.holidays.law import holidays_by_law
from shared.domain.calendars.holidays.package import PackageSource
from shared.domain.calendars.holidays.recurring_days import (
    EasterDays,
    EveryYear,
    RecurringDays,
    Side,
    WeekdayNear,
    WeekdayOfMonth,
)
from shared.domain.calendars.holidays.rules import HolidayRule, Move
from shared.text.texts import Text
from tests.unit.domain import oracle_calendar
from tests.unit.domain.oracle_calendar import ONE_DAY
from tests.unit.domain.standards import CALENDARS, calendar

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
    only_christmas = HolidayRule(LAW, "Jour de Noël")
    source = PackageSource("CA", "QC", ["public"])
    with pytest.raises(HolidayError, match="Fête du Travail"):
        holidays_by_law([only_christmas], [source], range(2025, 2026))


def test_a_rule_the_package_does_not_know_is_an_error() -> None:
    unknown = HolidayRule(LAW, "Jour de la Marmotte")
    source = PackageSource("CA", "QC", ["public"])
    with pytest.raises(HolidayError, match="no day named 'Jour de la Marmotte' in 2025"):
        holidays_by_law([unknown], [source], range(2025, 2026))


def test_a_fixed_day_moves_off_a_weekend_as_its_rule_says() -> None:
    def kept(saturday: Move, sunday: Move, year: int) -> list[date]:
        rule = fixed(12, 24, saturday, sunday)
        return sorted(holidays_by_law([rule], (), range(year, year + 1)))

    assert kept("before", "after", 2022) == [date(2022, 12, 23)]
    assert kept("after", "before", 2022) == [date(2022, 12, 26)]
    assert kept("before", "after", 2023) == [date(2023, 12, 25)]
    assert kept("after", "before", 2023) == [date(2023, 12, 22)]
    assert kept("stays", "stays", 2022) == [date(2022, 12, 24)]


def test_a_day_moved_over_the_new_year_belongs_to_the_year_it_lands_in() -> None:
    rule = fixed(12, 31, "after", "after")
    days = holidays_by_law([rule], (), range(2023, 2024))
    # 31 December 2022 is a Saturday, 31 December 2023 a Sunday.
    assert list(days) == [date(2023, 1, 2)]


def rules_of(source: PackageSource, years: range) -> tuple[list[HolidayRule], set[date]]:
    """A rule for each name the package has in these years, and all its days."""
    found = holidays.country_holidays(
        source.country,
        subdiv=source.subdivision,
        years=years,
        observed=False,
        language="fr",
        categories=tuple(source.categories),
    )
    names = dict.fromkeys(name for day in sorted(found) for name in found[day].split("; "))
    rules = [HolidayRule(Holiday(Text(name, name), LAW.law), name) for name in names]
    return rules, {day for day in found if day.year in years}


@pytest.mark.parametrize("country", sorted(holidays.list_supported_countries()))
def test_no_day_of_any_country_is_lost(country: str) -> None:
    years = range(2007, 2012)
    default = holidays.country_holidays(country)
    source = PackageSource(country, None, default.supported_categories)
    rules, days = rules_of(source, years)
    assert set(holidays_by_law(rules, [source], years)) == days


def test_both_days_of_carnival_are_kept() -> None:
    source = PackageSource("BR", None, ["public", "optional"])
    rules, _ = rules_of(source, range(2025, 2027))
    kept = holidays_by_law(rules, [source], range(2025, 2027))
    carnival = [day for day, holiday in kept.items() if holiday.name.en == "Carnival"]
    assert carnival == [date(2025, 3, 3), date(2025, 3, 4), date(2026, 2, 16), date(2026, 2, 17)]


def test_a_name_that_exists_in_some_years_only_is_a_rule_like_any_other() -> None:
    source, years = PackageSource("GB", "ENG", ["public"]), range(2010, 2031)
    rules, _ = rules_of(source, years)
    kept = holidays_by_law(rules, [source], years)
    once = {
        date(2011, 4, 29): "Wedding of William and Catherine",
        date(2012, 6, 5): "Diamond Jubilee of Elizabeth II",
        date(2022, 6, 3): "Platinum Jubilee of Elizabeth II",
        date(2022, 9, 19): "State Funeral of Queen Elizabeth II",
        date(2023, 5, 8): "Coronation of Charles III",
    }
    assert {day: kept[day].name.en for day in once} == once
    # Before and after those years nothing of them is asked for.
    later, _ = rules_of(source, range(2024, 2027))
    assert len(holidays_by_law(later, [source], range(2024, 2027))) == 3 * 8


def test_a_name_of_no_year_of_the_coverage_is_an_error() -> None:
    source = PackageSource("GB", "ENG", ["public"])
    rules, _ = rules_of(source, range(2022, 2025))
    with pytest.raises(HolidayError, match="no day named 'Platinum Jubilee of Elizabeth II'"):
        holidays_by_law(rules, [source], range(2023, 2025))


def test_two_names_on_one_day_are_one_day_off_under_both() -> None:
    source, years = PackageSource("FR", None, ["public"]), range(2007, 2010)
    rules, _ = rules_of(source, years)
    kept = holidays_by_law(rules, [source], years)
    assert kept[date(2008, 5, 1)].name.fr in (
        "Ascension\u00a0; Fête du Travail",
        "Fête du Travail\u00a0; Ascension",
    )
    assert kept[date(2008, 5, 1)].law == LAW.law
    assert kept[date(2009, 5, 1)].name.fr == "Fête du Travail"
    assert kept[date(2009, 5, 21)].name.fr == "Ascension"


def fixed(month: int, day: int, saturday: Move = "stays", sunday: Move = "stays") -> HolidayRule:
    once = EveryYear((month, day), (month, day))
    return HolidayRule(LAW, recurring=once, saturday=saturday, sunday=sunday)


def test_a_holiday_that_moves_never_lands_on_another() -> None:
    christmas, day_after = fixed(12, 25, sunday="after"), fixed(12, 26)
    literal = HolidayRule(LAW, days=[date(2022, 12, 26)])
    for rules in ([christmas, day_after], [day_after, christmas], [christmas, literal]):
        kept = holidays_by_law(rules, (), range(2022, 2023))
        assert sorted(kept) == [date(2022, 12, 26), date(2022, 12, 27)]
    before = fixed(12, 24, saturday="before", sunday="before")
    friday = HolidayRule(LAW, days=[date(2022, 12, 23)])
    assert sorted(holidays_by_law([before, friday], (), range(2022, 2023))) == [
        date(2022, 12, 22),
        date(2022, 12, 23),
    ]


moves = st.sampled_from(["stays", "before", "after"])


@given(
    st.lists(st.tuples(st.integers(20, 31), moves, moves), min_size=1, max_size=8),
    st.sets(st.dates(date(2021, 12, 18), date(2022, 1, 6)), max_size=6),
)
def test_as_many_days_are_off_as_the_rules_give(
    yearly: list[tuple[int, Move, Move]], literal: set[date]
) -> None:
    """However holidays crowd and move, none is lost; those that do not fall on a weekend are where they are written."""
    rules = {day: fixed(12, day, saturday, sunday) for day, saturday, sunday in yearly}
    written = sorted(
        day
        for day in literal
        if day.year in (2021, 2022) and (day.month == 1 or day.day not in rules)
    )
    years = range(2021, 2023)
    listed = [HolidayRule(LAW, days=written)] if written else []
    kept = holidays_by_law([*rules.values(), *listed], (), years)
    assert set(written) <= set(kept)
    for day in rules:
        for year in years:
            if date(year, 12, day).weekday() < 5:
                assert date(year, 12, day) in kept
    moved_in = [day for day in kept if day < date(2021, 12, 1)]
    moved_out = [
        day
        for day, rule in rules.items()
        if (date(2022, 12, day).weekday(), rule.saturday) == (5, "after")
        or (date(2022, 12, day).weekday(), rule.sunday) == (6, "after")
    ]
    given_days = 2 * len(rules) + len(written)
    assert given_days - len(moved_out) <= len(kept) - len(moved_in) <= given_days


class Naive(NamedTuple):
    """A rule, and whether it says that a day is off, asked of one day alone."""

    rule: HolidayRule
    off: Callable[[date], bool]


def anchors(day: date, month: int, number: int) -> list[date]:
    return [date(year, month, number) for year in (day.year - 1, day.year, day.year + 1)]


@st.composite
def naive_rules(draw: st.DrawFn) -> Naive:
    """Any recurring rule, in some years or all, that stays where it falls."""
    first, last = sorted(draw(st.tuples(st.integers(2018, 2026), st.integers(2018, 2026))))
    month, number, weekday = draw(st.tuples(*map(st.integers, (1, 1, 0), (12, 28, 6))))
    recurring: RecurringDays
    begins: Callable[[date], list[int]]
    match draw(st.sampled_from(["period", "nth", "last", "near", "easter"])):
        case "period":
            until = draw(st.tuples(st.integers(1, 12), st.integers(1, 28)))
            recurring = EveryYear((month, number), until)

            def begins(day: date) -> list[int]:
                starts = anchors(day, month, number)
                ends = [
                    min(one for one in anchors(start, *until) if one >= start) for start in starts
                ]
                pairs = zip(starts, ends, strict=True)
                return [start.year for start, end in pairs if start <= day <= end]

        case "nth":
            nth: Literal[1, 2, 3, 4] = draw(st.sampled_from([1, 2, 3, 4]))
            recurring = WeekdayOfMonth(weekday, nth, month)

            def begins(day: date) -> list[int]:
                same = (day.weekday(), day.month, (day.day + 6) // 7) == (weekday, month, nth)
                return [day.year] * same

        case "last":
            recurring = WeekdayOfMonth(weekday, "last", month)

            def begins(day: date) -> list[int]:
                ends = (day + 7 * ONE_DAY).month != month
                return [day.year] * ((day.weekday(), day.month) == (weekday, month) and ends)

        case "near":
            side: Side = draw(st.sampled_from(["before", "on_or_before", "after", "on_or_after"]))
            recurring = WeekdayNear(weekday, side, (month, number))
            spans = {
                "before": (1, 7),
                "on_or_before": (0, 6),
                "after": (-7, -1),
                "on_or_after": (-6, 0),
            }
            least, most = spans[side]

            def begins(day: date) -> list[int]:
                near = [
                    one for one in anchors(day, month, number) if least <= (one - day).days <= most
                ]
                return [one.year for one in near if day.weekday() == weekday]

        case _:
            days = draw(st.integers(-80, 80))
            recurring = EasterDays(days)

            def begins(day: date) -> list[int]:
                return [day.year] * (day - days * ONE_DAY == oracle_calendar.easter(day.year))

    rule = HolidayRule(LAW, recurring=recurring, years=range(first, last + 1), also=True)
    return Naive(rule, lambda day: any(first <= year <= last for year in begins(day)))


@given(st.lists(naive_rules(), min_size=1, max_size=4))
def test_a_day_is_off_where_a_rule_says_so_of_that_day(rules: list[Naive]) -> None:
    years = range(2019, 2024)
    days = [date(2019, 1, 1) + index * ONE_DAY for index in range(5 * 365 + 1)]
    by_hand = [day for day in days if any(one.off(day) for one in rules)]
    # Rules of which the last day lies outside the years are a fault of the catalogue, and none here.
    if all(one.rule.dates((), years) for one in rules):
        assert list(holidays_by_law([one.rule for one in rules], (), years)) == by_hand
