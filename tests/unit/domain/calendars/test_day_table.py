"""Days as integers: two weeks of which one has a day off, and what lies outside of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.calendars import CoverageError
from shared.domain.calendars.day_table import DayTable

MONDAY = date(2025, 6, 2).toordinal()
FRIDAY, SATURDAY, LAST = MONDAY + 4, MONDAY + 5, MONDAY + 13
BEGINS = datetime(2025, 6, 2, 4, tzinfo=UTC)
MIDNIGHTS = [BEGINS + timedelta(days=day) for day in range(15)]
TABLE = DayTable(
    "two-weeks", MONDAY, MIDNIGHTS, [MONDAY + day for day in (0, 1, 2, 3, 4, 7, 9, 10, 11)]
)


def test_a_day_begins_at_its_midnight_and_ends_before_the_next() -> None:
    for day in range(14):
        begins = TABLE.midnight(MONDAY + day)
        assert TABLE.day_of(begins) == MONDAY + day
        assert TABLE.day_of(begins + timedelta(hours=23, minutes=59)) == MONDAY + day


def test_a_day_is_a_date_within_the_calendar_and_outside_of_it() -> None:
    for day in (MONDAY - 1, MONDAY, FRIDAY, LAST, LAST + 1):
        assert TABLE.date_of(day) == date.fromordinal(day)


def test_business_days_are_counted_after_one_day_and_through_another() -> None:
    assert TABLE.count(FRIDAY, FRIDAY) == 0
    assert TABLE.count(MONDAY, FRIDAY) == 4
    assert TABLE.count(FRIDAY, LAST) == 4
    assert TABLE.count(LAST, FRIDAY) == -4


def test_a_deadline_advances_and_a_threshold_retreats_over_days_off() -> None:
    assert TABLE.advance(FRIDAY, 1) == TABLE.business_day_from(SATURDAY) == MONDAY + 7
    assert TABLE.advance(FRIDAY, 2) == MONDAY + 9
    assert TABLE.retreat(MONDAY + 9, 1) == MONDAY + 7
    assert TABLE.retreat(SATURDAY, 0) == TABLE.business_day_from(FRIDAY) == FRIDAY


def test_nothing_outside_the_days_is_counted() -> None:
    for day in (MONDAY - 1, LAST + 1, -5, 10**9):
        for ask in (TABLE.midnight, TABLE.is_business_day, TABLE.business_day_from):
            with pytest.raises(CoverageError, match="2025-06-02 to 2025-06-15"):
                ask(day)
        for span in ((day, FRIDAY), (FRIDAY, day)):
            with pytest.raises(CoverageError, match="outside the calendar's coverage"):
                TABLE.count(*span)
    for instant in (BEGINS - timedelta(microseconds=1), MIDNIGHTS[-1]):
        with pytest.raises(CoverageError, match="outside the coverage of the calendar two-weeks"):
            TABLE.day_of(instant)


def test_there_is_no_business_day_before_the_first_or_after_the_last() -> None:
    with pytest.raises(CoverageError, match="2 business days after 2025-06-12"):
        TABLE.advance(MONDAY + 10, 2)
    with pytest.raises(CoverageError, match="1 business days before 2025-06-02"):
        TABLE.retreat(MONDAY, 1)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        TABLE.advance(MONDAY, 0)
