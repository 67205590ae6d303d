"""A comparison: the same point of each period, and what got worse before everything else."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.attainment.attainment import Attainment
from services.compliance.changes import (
    ComparedRow,
    Comparison,
    PeriodSide,
    Shift,
    compared_periods,
    worst_shifts,
)
from services.compliance.changes.comparison import compared_row, in_order
from services.compliance.periods import parse_period
from services.compliance.projection.corrections import MeasuredBasis
from tests.builders import CATALOGUE

CALENDAR = CATALOGUE.calendar()
TARGET = Fraction(4, 5)


def side(late: int, measured: int) -> PeriodSide:
    return PeriodSide(Attainment(measured, measured - late, late), TARGET)


def row(unit: str | None, current: tuple[int, int], before: tuple[int, int]) -> ComparedRow:
    return compared_row("courriel", unit, side(*current), side(*before), None)


@pytest.mark.parametrize(
    ("asked", "basis", "today", "days", "elapsed"),
    [
        ("month", "decided", "2026-11-23", ["11-23", "10-23", "2025-11-24"], 16),
        ("month", "due", "2026-11-23", ["11-22", "10-22", "2025-11-21"], 15),
        ("quarter", "decided", "2026-11-23", ["11-23", "08-21", "2025-11-21"], 37),
        ("fiscal-year", "decided", "2026-11-23", ["11-23", "2025-11-21"], 162),
        ("month", "decided", "2026-08-31", ["08-31", "07-30", "2025-08-29"], 21),
        ("month", "decided", "2026-10-31", ["10-31", "09-30", "2025-10-30"], 21),
        ("month", "decided", "2026-11-01", ["11-01", "09-30", "2025-10-31"], 0),
        ("month", "due", "2026-10-01", ["09-30", "08-31", "2025-09-30"], 0),
        ("2026-10", "decided", "2026-11-23", ["10-31", "09-30", "2025-10-31"], None),
        ("2999-03", "decided", "2026-11-23", ["2999-02-28", "2999-01-31", "2998-02-28"], 0),
        ("rolling-30", "decided", "2026-11-23", ["11-23", "10-24", "2025-11-23"], None),
        ("rolling-30", "due", "2024-02-29", ["2024-02-29", "2024-01-30", "2023-02-28"], None),
    ],
)
def test_each_period_is_compared_to_the_same_point(
    asked: str, basis: MeasuredBasis, today: str, days: list[str], elapsed: int | None
) -> None:
    day = date.fromisoformat(today)
    found = compared_periods(parse_period(asked, day), basis, day, CALENDAR)
    lasts = [date.fromisoformat(one if len(one) > 5 else f"2026-{one}") for one in days]
    assert [one.last for one in found.each] == lasts
    assert (found.elapsed, found.unit) == (elapsed, "business_days")


def test_where_the_calendar_does_not_reach_back_civil_days_are_compared() -> None:
    begins = CALENDAR.first
    today = date(begins.year, 3, 10)
    found = compared_periods(parse_period("month", today), "decided", today, CALENDAR)
    assert (found.elapsed, found.unit) == (10, "civil_days")
    assert found.before.last == date(begins.year, 2, 10)


@given(
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    st.sampled_from(("month", "quarter", "fiscal-year")),
    st.sampled_from(("decided", "due")),
)
def test_no_earlier_period_has_more_business_days(
    today: date, asked: str, basis: MeasuredBasis
) -> None:
    found = compared_periods(parse_period(asked, today), basis, today, CALENDAR)
    counts = [
        sum(
            CALENDAR.is_business_day(date.fromordinal(day))
            for day in range(one.period.first.toordinal(), one.last.toordinal() + 1)
        )
        for one in found.each
    ]
    assert counts[0] == found.elapsed
    for one, count in zip(found.each, counts, strict=True):
        assert count == found.elapsed or (count < counts[0] and one.last == one.period.last)


def test_a_shift_is_in_points_and_in_late_files_beyond_the_allowance() -> None:
    assert row(None, (5, 14), (3, 16)).since_before == Shift(Fraction(-950, 56), 3, "explained")
    assert row(None, (0, 0), (4, 4)).since_before == Shift(None, -4, None)
    assert row(None, (1, 10), (2, 10)).since_before.late_above == 0
    assert row(None, (1, 1), (0, 1)).since_year_ago is None


def test_what_got_worse_comes_first_by_late_files_and_not_by_percentages() -> None:
    rows = [
        row("estrie", (1, 1), (0, 1)),
        row(None, (31, 90), (2, 91)),
        row("laval", (30, 60), (1, 60)),
        row("montreal", (0, 29), (1, 30)),
    ]
    ordered = in_order(rows)
    assert [one.unit for one in ordered] == [None, "laval", "estrie", "montreal"]
    periods = compared_periods(
        parse_period("2026-10", date(2026, 11, 23)), "decided", date(2026, 11, 23), CALENDAR
    )
    comparison = Comparison(periods, "decided", ordered)
    assert [one.unit for one in worst_shifts(comparison, 9)] == ["laval", "estrie"]
    assert [one.unit for one in worst_shifts(comparison, 1)] == ["laval"]
    assert comparison.standards == [rows[1]]
    assert [one.unit for one in comparison.units_of("courriel")] == ["laval", "estrie", "montreal"]


def test_without_units_the_standards_themselves_are_named() -> None:
    periods = compared_periods(
        parse_period("2026-10", date(2026, 11, 23)), "decided", date(2026, 11, 23), CALENDAR
    )
    fell = row(None, (150, 1_000), (50, 1_000))
    assert worst_shifts(Comparison(periods, "decided", [fell]), 9) == [fell]
    noise = row(None, (2, 12), (1, 12))
    assert worst_shifts(Comparison(periods, "decided", [noise]), 9) == []
