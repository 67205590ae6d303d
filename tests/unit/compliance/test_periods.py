"""Periods by name, each from its first to its last day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.periods import (
    PERIODS,
    PeriodError,
    YearStart,
    fiscal_year,
    is_over,
    parse_period,
    period_before,
    period_like,
    year_earlier,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("written", "name", "first", "last"),
    [
        ("2026-11", "2026-11", "2026-11-01", "2026-11-30"),
        ("2024-02", "2024-02", "2024-02-01", "2024-02-29"),
        ("2025-02", "2025-02", "2025-02-01", "2025-02-28"),
        ("2026-Q1", "2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-Q2", "2026-Q2", "2026-04-01", "2026-06-30"),
        ("2026-Q4", "2026-Q4", "2026-10-01", "2026-12-31"),
        ("2025-2026", "2025-2026", "2025-04-01", "2026-03-31"),
        ("month", "2026-11", "2026-11-01", "2026-11-30"),
        ("quarter", "2026-Q4", "2026-10-01", "2026-12-31"),
        ("fiscal-year", "2026-2027", "2026-04-01", "2027-03-31"),
        ("rolling-30", "rolling-30", "2026-10-25", "2026-11-23"),
        ("rolling-90", "rolling-90", "2026-08-26", "2026-11-23"),
        ("rolling-30-to-2026-03-01", "rolling-30-to-2026-03-01", "2026-01-31", "2026-03-01"),
        ("rolling-90-to-2025-12-31", "rolling-90-to-2025-12-31", "2025-10-03", "2025-12-31"),
    ],
)
def test_a_period_is_found_by_its_name(written: str, name: str, first: str, last: str) -> None:
    found = parse_period(written, TODAY)
    assert found == (name, date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("today", "quarter", "year"),
    [
        ("2026-01-01", "2026-Q1", "2025-2026"),
        ("2026-03-31", "2026-Q1", "2025-2026"),
        ("2026-04-01", "2026-Q2", "2026-2027"),
        ("2026-09-30", "2026-Q3", "2026-2027"),
        ("2026-12-31", "2026-Q4", "2026-2027"),
    ],
)
def test_the_fiscal_year_begins_on_1_april(today: str, quarter: str, year: str) -> None:
    day = date.fromisoformat(today)
    assert parse_period("quarter", day).name == quarter
    assert parse_period("fiscal-year", day) == fiscal_year(int(year[:4]))
    assert fiscal_year(int(year[:4])).name == year


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026",
        "2026-13",
        "2026-0",
        "2026-Q5",
        "2026-2028",
        "2026-2026",
        "26-11",
        "Month",
        "rolling-31",
        "rolling-30-to-",
        "rolling-30-to-2026-02-29",
        "rolling-30-to-0001-01-05",
        "2026-11-01",
        "0999-01",
    ],
)
def test_what_names_no_period_is_an_error_that_lists_the_forms(written: str) -> None:
    with pytest.raises(
        PeriodError, match="write 2026-11, 2026-Q4, 2026-2027, rolling-30-to-2026-10-31, or one of"
    ):
        parse_period(written, TODAY)


@given(st.dates(date(1000, 4, 1), date(2998, 1, 1)), st.sampled_from(PERIODS))
def test_the_current_period_contains_today_and_is_found_again(today: date, kind: str) -> None:
    current = parse_period(kind, today)
    assert current.first <= today <= current.last
    assert parse_period(current.name, today) == current


@given(st.integers(1000, 2998))
def test_a_fiscal_year_is_its_four_quarters(year: int) -> None:
    names = [f"{year}-Q2", f"{year}-Q3", f"{year}-Q4", f"{year + 1}-Q1"]
    quarters = [parse_period(name, TODAY) for name in names]
    for before, after in pairwise(quarters):
        assert before.last + timedelta(days=1) == after.first
    whole = fiscal_year(year)
    assert (whole.first, whole.last) == (quarters[0].first, quarters[-1].last)


def test_a_period_is_over_the_day_after_its_last() -> None:
    november = parse_period("2026-11", TODAY)
    assert not is_over(november, date(2026, 11, 30))
    assert is_over(november, date(2026, 12, 1))


@pytest.mark.parametrize(
    ("year_start", "today", "name", "first", "last"),
    [
        ((7, 1), "2026-06-30", "2025-2026", "2025-07-01", "2026-06-30"),
        ((7, 1), "2026-07-01", "2026-2027", "2026-07-01", "2027-06-30"),
        ((4, 6), "2026-04-05", "2025-2026", "2025-04-06", "2026-04-05"),
        ((1, 1), "2026-01-01", "2026", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_fiscal_year_begins_where_the_catalogue_says(
    year_start: YearStart, today: str, name: str, first: str, last: str
) -> None:
    current = parse_period("fiscal-year", date.fromisoformat(today), year_start)
    assert current == (name, date.fromisoformat(first), date.fromisoformat(last))
    assert parse_period(name, TODAY, year_start) == current


def test_a_year_of_another_form_is_no_period() -> None:
    for written, year_start in (("2026-2027", (1, 1)), ("2026", (7, 1))):
        with pytest.raises(PeriodError, match="write 2026-11, 2026-Q4, 2026"):
            parse_period(written, TODAY, year_start)


@pytest.mark.parametrize(
    ("asked", "before", "year_ago"),
    [
        ("2026-03", "2026-02", "2025-03"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026-2027", "2025-2026", "2025-2026"),
        ("rolling-30", "rolling-30-to-2026-10-24", "rolling-30-to-2025-11-23"),
        ("rolling-90-to-2024-02-29", "rolling-90-to-2023-12-01", "rolling-90-to-2023-02-28"),
    ],
)
def test_the_period_before_and_the_same_a_year_earlier(
    asked: str, before: str, year_ago: str
) -> None:
    period = parse_period(asked, TODAY)
    assert period_before(period) == parse_period(before, TODAY)
    assert year_earlier(period) == parse_period(year_ago, TODAY)


@given(st.dates(date(1004, 1, 1), date(2998, 1, 1)), st.sampled_from(PERIODS))
def test_a_period_like_another_has_the_day_and_can_be_asked_for(day: date, kind: str) -> None:
    found = period_like(parse_period(kind, TODAY), day)
    assert found.first <= day <= found.last
    assert parse_period(found.name, TODAY) == found
