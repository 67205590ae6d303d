"""The pace of long computations: every value in its order, and a rest as long as the work, within a bound."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from services.ingest.pacing import at_half_pace


class Clock:
    """A clock that work moves on, and the rests that were taken."""

    def __init__(self) -> None:
        self.at = 0.0
        self.rests: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.rests.append(round(seconds, 9))
        self.at += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(time, "perf_counter", lambda: one.at)
    monkeypatch.setattr(time, "sleep", one.sleep)
    return one


def work(clock: Clock, seconds: float, count: int) -> Iterator[int]:
    for number in range(count):
        clock.at += seconds
        yield number


def test_every_value_comes_in_its_order(clock: Clock) -> None:
    assert list(at_half_pace(work(clock, 1e-5, 1_001), 50)) == list(range(1_001))


def test_it_rests_as_long_as_it_worked(clock: Clock) -> None:
    for _ in at_half_pace(work(clock, 1e-5, 250), 100):
        clock.at += 1e-5  # what is done with the value counts too
    assert clock.rests == [0.002, 0.002]


def test_a_rest_has_a_bound(clock: Clock) -> None:
    list(at_half_pace(work(clock, 1.0, 2), 1))
    assert clock.rests == [0.005, 0.005]
