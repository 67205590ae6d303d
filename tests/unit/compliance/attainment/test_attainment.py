"""Periods and percentages by hand: which days a period has, and how many files may be late."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from services.compliance.attainment.attainment import Attainment, attainment_of, measured_days
from services.compliance.periods import PeriodError, fiscal_year, parse_period

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
def test_a_period_has_its_days(written: str, name: str, first: str, last: str) -> None:
    found = parse_period(written, TODAY)
    assert found == (name, date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("days", [30, 90])
def test_a_rolling_period_has_so_many_days_and_ends_today(days: int) -> None:
    found = parse_period(f"rolling-{days}", TODAY)
    assert (found.last - found.first).days + 1 == days and found.last == TODAY


@pytest.mark.parametrize(
    ("today", "name"),
    [
        (date(2026, 3, 31), "2025-2026"),
        (date(2026, 4, 1), "2026-2027"),
        (date(2026, 12, 31), "2026-2027"),
        (date(2027, 1, 1), "2026-2027"),
    ],
)
def test_the_fiscal_year_begins_on_1_april(today: date, name: str) -> None:
    assert parse_period("fiscal-year", today).name == name == fiscal_year(int(name[:4])).name


@pytest.mark.parametrize(
    ("today", "name"),
    [
        (date(2026, 1, 1), "2026-Q1"),
        (date(2026, 3, 31), "2026-Q1"),
        (date(2026, 4, 1), "2026-Q2"),
        (date(2026, 9, 30), "2026-Q3"),
        (date(2026, 12, 31), "2026-Q4"),
    ],
)
def test_the_quarter_of_a_day(today: date, name: str) -> None:
    assert parse_period("quarter", today).name == name


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
        "year",
        "rolling-7",
        "rolling-30-to-",
        "rolling-30-to-2026-02-29",
        "rolling-30-to-0001-01-05",
        "2026-11-01",
        "0999-01",
    ],
)
def test_what_is_no_period_is_refused_with_what_to_write(written: str) -> None:
    with pytest.raises(
        PeriodError, match="write 2026-11, 2026-Q4, 2026-2027, rolling-30-to-2026-10-31, or one of"
    ):
        parse_period(written, TODAY)


def test_on_the_due_basis_only_the_days_before_today_count() -> None:
    asked = parse_period("month", TODAY)
    assert measured_days(asked, "decided", TODAY) == asked
    assert measured_days(asked, "due", TODAY).last == date(2026, 11, 22)
    past = parse_period("2026-10", TODAY)
    assert measured_days(past, "due", TODAY) == past


def test_attainment_is_what_is_on_time_among_what_is_measured() -> None:
    outcomes = {"on_time": 7, "late": 2, "abandoned": 1, "overdue": 2, "followed": 40}
    found = attainment_of(outcomes)
    assert found == Attainment(measured=12, on_time=7, late=5)
    assert found.ratio == Fraction(7, 12)


def test_a_period_with_nothing_measured_has_no_attainment() -> None:
    assert attainment_of({}).ratio is None
    assert attainment_of({"followed": 3}).ratio is None
    assert attainment_of({"late": 1}).ratio == 0
    assert attainment_of({"on_time": 1}).ratio == 1


@pytest.mark.parametrize(
    ("target", "measured", "allowed"),
    [
        ("80", 0, 0),
        ("80", 4, 0),
        ("80", 5, 1),
        ("80", 9, 1),
        ("80", 10, 2),
        ("90", 9, 0),
        ("90", 10, 1),
        ("90", 1_000, 100),
        ("85", 20, 3),
        ("85", 19, 2),
        ("100", 1_000_000, 0),
        ("99.9", 999, 0),
        ("99.9", 1_000, 1),
    ],
)
def test_the_late_files_allowed_are_whole_and_never_one_too_many(
    target: str, measured: int, allowed: int
) -> None:
    """0.1 × 10 is not quite 1 in binary: the target is an exact fraction."""
    found = Attainment(measured, on_time=measured - allowed, late=allowed)
    exact = Fraction(target) / 100
    assert found.late_allowed(exact) == allowed
    assert measured == 0 or (found.ratio is not None and found.ratio >= exact)
    assert measured == 0 or Fraction(measured - allowed - 1, measured) < exact
