"""One error for all that lies outside of the calendars, whoever finds it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shared.domain import DeadlineError
from shared.domain.calendars import CoverageError
from tests.unit.domain.standards import calendar


def test_whoever_catches_what_is_not_covered_catches_a_deadline_that_is_not() -> None:
    assert issubclass(DeadlineError, CoverageError)


def test_days_and_instants_that_are_not_covered_raise_it() -> None:
    legal = calendar("qc-legal")
    with pytest.raises(CoverageError):
        legal.local_day(datetime(2009, 12, 31, tzinfo=UTC))
    with pytest.raises(CoverageError):
        legal.midnight(date(2051, 1, 1))
