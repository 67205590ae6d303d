"""A bucket lets through its burst and its rate, no more and no less, and many take bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.http.token_bucket import Rate, TokenBuckets

RATE = Rate(per_second=2.0, burst=5.0)


def test_a_burst_passes_at_once_and_then_the_rate() -> None:
    buckets = TokenBuckets(RATE)
    assert [buckets.take("a", 0.0) for _ in range(5)] == [0.0] * 5
    assert buckets.seconds_until("a", 0.0) == buckets.take("a", 0.0) == 0.5
    assert buckets.take("a", 0.25) == 0.25
    assert buckets.take("a", 0.5) == 0.0
    assert buckets.take("a", 1_000.0) == 0.0  # never more than the burst is saved up
    assert [buckets.take("a", 1_000.0) == 0.0 for _ in range(5)] == [True] * 4 + [False]


def test_one_caller_takes_nothing_of_another() -> None:
    buckets = TokenBuckets(RATE)
    for _ in range(50):
        buckets.take("flood", 0.0)
    assert buckets.take("other", 0.0) == 0.0


def test_a_charge_may_be_more_than_there_is_and_is_paid_off() -> None:
    buckets = TokenBuckets(RATE)
    buckets.charge("a", 0.0, 15.0)
    assert buckets.debt_seconds("a", 0.0) == 5.0
    assert buckets.debt_seconds("a", 4.0) == 1.0
    assert buckets.debt_seconds("a", 5.0) == 0.0
    assert buckets.take("a", 5.0) == 0.5


def test_a_rate_of_0_limits_nothing_and_keeps_nothing() -> None:
    buckets = TokenBuckets(Rate(0, 1))
    assert not any(buckets.take("a", 0.0) for _ in range(100))
    buckets.charge("a", 0.0, 1e9)
    assert buckets.debt_seconds("a", 0.0) == 0.0
    assert len(buckets) == 0


def test_beyond_so_many_the_one_used_longest_ago_is_forgotten() -> None:
    buckets = TokenBuckets(RATE, most=3)
    for key in "abcd":
        buckets.take(key, 0.0, 5.0)
    assert len(buckets) == 3
    assert buckets.take("d", 0.0) > 0
    assert buckets.take("a", 0.0, 5.0) == 0.0


@given(
    st.floats(0.1, 50),
    st.floats(1, 50),
    st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 1)), max_size=60),
)
def test_what_passes_is_what_a_count_of_the_past_allows(
    per_second: float, burst: float, requests: list[tuple[float, float]]
) -> None:
    """Beside a count that keeps every request: none passes too much, and none waits for nothing."""
    buckets = TokenBuckets(Rate(per_second, burst))
    now, level = 0.0, burst
    for pause, amount in requests:
        now += pause
        level = min(burst, level + pause * per_second)
        wait = buckets.take("a", now, amount)
        if abs(level - amount) < 1e-6:
            return  # rounding decides
        assert (wait == 0) == (level >= amount)
        if wait:
            assert abs(level + wait * per_second - amount) < 1e-6
        else:
            level -= amount
