"""Limits on a calendar: points are integers, and amounts are whole where they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain import microseconds
from shared.domain.calendars import CoverageError
from shared.domain.calendars.counted_limits import (
    BusinessDayLimit,
    CivilDayLimit,
    CivilSpan,
    Limit,
    OpeningTimeLimit,
    in_seconds,
    months_after,
)
from tests.unit.domain.standards import calendar

LEGAL = calendar("qc-legal")
FRIDAY = date(2026, 6, 5).toordinal()
RECEIVED_AT = datetime(2026, 6, 5, 18, tzinfo=UTC)
IN_DAYS: list[Limit] = [
    BusinessDayLimit(20, LEGAL, FRIDAY),
    CivilDayLimit(CivilSpan(1, 3), LEGAL, LEGAL, FRIDAY),
]
IN_TIME = OpeningTimeLimit(90_000_000, "always", LEGAL)


def test_months_end_on_the_same_day_number_or_the_last_of_a_shorter_month() -> None:
    assert months_after(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert months_after(date(2022, 8, 29), 6) == date(2023, 2, 28)
    assert months_after(date(2025, 4, 28), 12) == date(2026, 4, 28)


@pytest.mark.parametrize("limit", IN_DAYS, ids=lambda limit: type(limit).__name__)
def test_a_point_of_days_is_the_ordinal_of_a_local_day(limit: Limit) -> None:
    assert limit.origin(RECEIVED_AT) == limit.point(RECEIVED_AT) == FRIDAY
    assert limit.day(FRIDAY) == date(2026, 6, 5)
    assert limit.instant(FRIDAY) == datetime(2026, 6, 5, 4, tzinfo=UTC)
    assert limit.shifted(FRIDAY, -2) == FRIDAY - 2
    assert limit.wait(FRIDAY, FRIDAY + 9) == 9


def test_a_point_of_opening_time_is_an_instant_in_microseconds() -> None:
    point = IN_TIME.origin(RECEIVED_AT)
    assert point == microseconds(RECEIVED_AT) and IN_TIME.instant(point) == RECEIVED_AT
    assert IN_TIME.day(point) == date(2026, 6, 5)
    due = IN_TIME.due(point, 30_000_000, 0)
    assert IN_TIME.instant(due) == RECEIVED_AT + timedelta(minutes=1)
    assert IN_TIME.following(due) == due + 1 and IN_TIME.shifted(due, 3) == due
    assert IN_TIME.count(IN_TIME.preceding(due, 15_000_000), due) == 15_000_000


def test_whole_amounts_stay_integers() -> None:
    """A snapshot has 6, not 6.0: a digest is of its bytes."""
    amounts = [*(limit.in_units(6) for limit in IN_DAYS), in_seconds(6_000_000)]
    assert [repr(amount) for amount in amounts] == ["6", "6", "6"]
    assert repr(IN_TIME.in_units(6_500_000)) == "6.5"


def test_months_and_days_roll_to_a_business_day_after_what_was_waited() -> None:
    civil = IN_DAYS[1]
    assert civil.day(civil.due(FRIDAY, 0, 0)) == date(2026, 7, 8)
    assert civil.day(civil.due(FRIDAY, 0, 3)) == date(2026, 7, 13)  # the 11th is a Saturday
    assert civil.allowed(3) == 35


def test_a_span_that_leads_past_every_calendar_is_refused() -> None:
    with pytest.raises(CoverageError, match="every calendar"):
        CivilSpan(12 * 100, 0).after(date(2026, 6, 5))
