"""Days that come back: Easter by other computations, weekdays by counting on one's fingers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import pytest
from dateutil import easter as dateutil  # type: ignore[import-untyped]  # comes with holidays
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calendars.holidays.recurring_days import (
    EasterDays,
    EveryYear,
    Side,
    WeekdayNear,
    WeekdayOfMonth,
    easter,
    orthodox_easter,
)
from tests.unit.domain import oracle_calendar
from tests.unit.domain.oracle_calendar import ONE_DAY

years = st.integers(1970, 2101)
weekdays = st.integers(0, 6)
months = st.integers(1, 12)


@pytest.mark.parametrize("year", range(1900, 2200))
def test_easter_is_the_sunday_that_others_compute(year: int) -> None:
    assert easter(year) == dateutil.easter(year)
    assert orthodox_easter(year) == dateutil.easter(year, dateutil.EASTER_ORTHODOX)
    if year < 2100:
        assert easter(year) == oracle_calendar.easter(year)


@given(years, st.integers(-80, 80), st.booleans())
def test_a_day_near_easter_is_so_many_days_from_it(year: int, days: int, orthodox: bool) -> None:
    sunday = orthodox_easter(year) if orthodox else easter(year)
    assert EasterDays(days, orthodox).of_year(year) == [sunday + timedelta(days=days)]


@given(years, weekdays, st.sampled_from([1, 2, 3, 4, "last"]), months)
def test_the_nth_weekday_of_a_month_has_so_many_before_it(
    year: int, weekday: int, nth: Literal[1, 2, 3, 4, "last"], month: int
) -> None:
    days = [date(year, month, 1) + index * ONE_DAY for index in range(31)]
    such = [day for day in days if day.month == month and day.weekday() == weekday]
    expected = such[-1] if nth == "last" else such[nth - 1]
    assert WeekdayOfMonth(weekday, nth, month).of_year(year) == [expected]


@given(
    years,
    weekdays,
    st.sampled_from(["before", "on_or_before", "after", "on_or_after"]),
    months,
    st.integers(1, 28),
)
def test_a_weekday_near_a_day_is_the_nearest_on_its_side(
    year: int, weekday: int, side: Side, month: int, number: int
) -> None:
    day = anchor = date(year, month, number)
    step = -ONE_DAY if side.endswith("before") else ONE_DAY
    if not side.startswith("on"):
        day += step
    while day.weekday() != weekday:
        day += step
    assert WeekdayNear(weekday, side, (month, number)).of_year(year) == [day]
    assert abs(day - anchor) <= timedelta(weeks=1)


@given(years, st.dates(date(2001, 1, 1), date(2001, 12, 31)), st.integers(0, 364))
def test_a_period_has_every_day_from_its_first_to_its_last(
    year: int, first: date, length: int
) -> None:
    begins = first.replace(year=year)
    ends = begins + length * ONE_DAY
    if (ends.month, ends.day) == (2, 29) or ends >= begins.replace(year=year + 1):
        return
    period = EveryYear((begins.month, begins.day), (ends.month, ends.day))
    assert period.of_year(year) == [begins + index * ONE_DAY for index in range(length + 1)]
