"""Percentages by hand: what is measured on each basis, and how many files may be late."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from services.compliance.attainment.attainment import Attainment, attainment_of, measured_days
from services.compliance.periods import parse_period

TODAY = date(2026, 11, 23)


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
