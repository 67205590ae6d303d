"""A delivery is accepted once within the tolerance of its time, and the memory of them is bounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.ingest.hooks.replays import ReplayMemory

NOW = datetime(2025, 5, 1, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)


def test_a_delivery_is_taken_once() -> None:
    memory = ReplayMemory()
    assert [memory.begin(one, SOON, NOW) for one in (b"a", b"b", b"a")] == [True, True, False]


def test_one_that_was_not_accepted_is_taken_again() -> None:
    memory = ReplayMemory()
    assert memory.begin(b"a", SOON, NOW)
    memory.forget(b"a")
    assert memory.begin(b"a", SOON, NOW)


def test_the_memory_is_bounded_and_forgets_the_oldest_and_what_is_too_old_anyway() -> None:
    memory = ReplayMemory(most=3)
    for one in (b"a", b"b", b"c", b"d"):
        assert memory.begin(one, SOON, NOW)
    assert not memory.begin(b"b", SOON, NOW)
    assert memory.begin(b"a", SOON, NOW)
    later = SOON + timedelta(seconds=1)
    assert memory.begin(b"d", later + timedelta(minutes=5), later)


def test_one_whose_time_ends_while_it_is_looked_at_is_taken() -> None:
    assert ReplayMemory().begin(b"a", NOW, NOW + timedelta(microseconds=1))
