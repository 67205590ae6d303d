"""Cumulative opening time: whole minutes of two mornings, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain import microseconds
from shared.domain.calendars.opening_hours import OpenTime

MONDAY = datetime(2025, 4, 28, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
MORNINGS = [(MONDAY, MONDAY + 4 * HOUR), (MONDAY + 24 * HOUR, MONDAY + 28 * HOUR)]
OF_AN_HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("hours", "elapsed"), [(-1, 0), (0, 0), (1, 1), (4, 4), (20, 4), (25, 5), (100, 8)]
)
def test_time_elapses_while_it_is_open(hours: int, elapsed: int) -> None:
    assert OpenTime(MORNINGS).elapsed(microseconds(MONDAY + hours * HOUR)) == elapsed * OF_AN_HOUR


@pytest.mark.parametrize(("elapsed", "hours"), [(1, 1), (4, 4), (5, 25), (8, 28)])
def test_an_amount_is_reached_at_its_first_instant(elapsed: int, hours: int) -> None:
    assert OpenTime(MORNINGS).reached(elapsed * OF_AN_HOUR) == microseconds(MONDAY + hours * HOUR)


def test_intervals_do_not_overlap() -> None:
    with pytest.raises(ValueError, match="without overlap"):
        OpenTime([(MONDAY, MONDAY + 4 * HOUR), (MONDAY + HOUR, MONDAY + 5 * HOUR)])
