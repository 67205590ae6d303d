"""Mean, percentiles and histogram of delays, against lists of files."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.delays.distribution import (
    DelayDistribution,
    delay_in_words,
    histogram,
    percentile,
)

files = st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=60)


def of(*amounts: int, limit: int = 20) -> DelayDistribution:
    return DelayDistribution.of(Counter((amount, amount <= limit) for amount in amounts))


@given(files)
def test_mean_and_percentiles_are_those_of_the_files_one_by_one(
    some: list[tuple[int, bool]],
) -> None:
    found = DelayDistribution.of(Counter(some))
    amounts = sorted(amount for amount, _ in some)
    assert found.files == len(amounts)
    assert found.mean == (Fraction(sum(amounts), len(amounts)) if amounts else None)
    for percent in (1, 20, 50, 80, 90, 100):
        rank = math.ceil(len(amounts) * percent / 100)
        assert found.percentile(percent) == (amounts[rank - 1] if amounts else None)


def test_a_percentile_is_the_delay_of_a_file() -> None:
    assert of(1, 2, 3, 4).percentile(50) == 2
    assert of(*range(1, 11)).percentile(80) == 8
    assert of(7).percentile(20) == 7
    assert of().percentile(50) is None and of().mean is None


@given(files, st.integers(1, 60))
def test_every_file_is_in_one_bin(some: list[tuple[int, bool]], limit: int) -> None:
    found = histogram(DelayDistribution.of(Counter(some)), limit)
    for one in found.bins:
        within = [
            on_time
            for amount, on_time in some
            if one.first <= amount and (one.last is None or amount <= one.last)
        ]
        assert (one.on_time, one.late) == (sum(within), len(within) - sum(within))
    assert sum(one.files for one in found.bins) == len(some)
    assert len(found.bins) <= 26
    firsts, lasts = [one.first for one in found.bins], [one.last for one in found.bins]
    assert firsts[1:] == [last + 1 for last in lasts[:-1] if last is not None]


@pytest.mark.parametrize(
    ("limit", "width"), [(20, 2), (5, 1), (2, 1), (50, 5), (180, 15), (14_400, 1_200)]
)
def test_the_limit_ends_a_bin_where_a_usual_width_divides_it(limit: int, width: int) -> None:
    found = histogram(of(0, limit, 3 * limit), limit)
    assert (found.width, found.limit) == (width, limit)
    assert limit in [one.last for one in found.bins]
    assert found.bins[-1].last is None and found.bins[-1].files == 1


def test_a_limit_in_months_is_marked_by_its_mean() -> None:
    assert histogram(of(100), 182.625).limit == 183


def test_zero_has_a_bin_of_its_own_where_bins_are_one_wide() -> None:
    found = histogram(of(0, 1, 1, 5, limit=5), 5)
    assert [(one.first, one.last, one.files) for one in found.bins][:2] == [(0, 0, 1), (1, 1, 2)]


def test_delays_in_words_leave_the_unit_to_the_heading() -> None:
    assert delay_in_words(Fraction(37, 3), "business_days", "fr") == "12,3"
    assert delay_in_words(12, "civil_days", "en") == "12"
    assert delay_in_words(150, "seconds", "en") == "2\u00a0min\u00a030\u00a0s"
    assert delay_in_words(None, "seconds", "fr") == "—"


@pytest.mark.parametrize(
    ("counts", "percent", "value"),
    [({5: 1}, 80, 5), ({1: 4, 9: 1}, 80, 1), ({1: 3, 9: 1}, 80, 9), ({1: 1, 2: 1}, 50, 1)],
)
def test_a_percentile_is_the_nearest_rank(counts: dict[int, int], percent: int, value: int) -> None:
    assert percentile(counts, percent) == value
