"""What clients are told of delays: of a quarter that is over, and of enough files."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.compliance.delays.clients import FEWEST_FILES, last_quarter, usual_delay
from services.compliance.delays.distribution import DelayDistribution, Delays


def of(amounts: list[int]) -> Delays:
    some = DelayDistribution.of(Counter((amount, True) for amount in amounts))
    return Delays(some, DelayDistribution(), "business_days", 20)


@pytest.mark.parametrize(
    ("today", "name"),
    [("2026-11-23", "2026-Q3"), ("2026-10-01", "2026-Q3"), ("2026-09-30", "2026-Q2"),
     ("2026-01-01", "2025-Q4")],
)  # fmt: skip
def test_the_quarter_is_the_last_that_is_over(today: str, name: str) -> None:
    assert last_quarter(date.fromisoformat(today)).name == name


def test_most_files_are_between_the_20th_and_the_80th_percentile() -> None:
    quarter = last_quarter(date(2026, 11, 23))
    found = usual_delay(of(list(range(1, 51))), quarter)
    assert found is not None
    assert (found.low, found.high, found.unit, found.period) == (10, 40, "business_days", quarter)


def test_nothing_is_said_of_too_few_files() -> None:
    quarter = last_quarter(date(2026, 11, 23))
    assert usual_delay(of([7] * FEWEST_FILES), quarter) is not None
    assert usual_delay(of([7] * (FEWEST_FILES - 1)), quarter) is None
    assert usual_delay(of([]), quarter) is None
