"""The binomial distribution against exact sums."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.variation.binomial import binomial_cdf, binomial_tail


def exact(first: int, last: int, trials: int, probability: float) -> float:
    share = Fraction(probability)
    terms = (
        comb(trials, number) * share**number * (1 - share) ** (trials - number)
        for number in range(first, last + 1)
    )
    return float(sum(terms, Fraction(0)))


@settings(max_examples=60)
@given(st.integers(1, 60), st.data(), st.sampled_from([0.0625, 0.25, 0.5, 0.75, 0.875]))
def test_both_tails_are_the_exact_sums(trials: int, data: st.DataObject, share: float) -> None:
    successes = data.draw(st.integers(0, trials))
    below = exact(0, successes, trials, share)
    above = exact(successes, trials, trials, share)
    assert binomial_cdf(successes, trials, share) == pytest.approx(below, rel=1e-9, abs=1e-13)
    assert binomial_tail(successes, trials, share) == pytest.approx(above, rel=1e-9)


def test_a_small_tail_is_precise() -> None:
    assert binomial_tail(40, 40, 0.125) == pytest.approx(0.125**40, rel=1e-9)
    assert binomial_tail(90, 200, 0.375) == pytest.approx(exact(90, 200, 200, 0.375), rel=1e-9)


def test_the_tail_of_many_files_takes_no_time() -> None:
    assert 0 < binomial_tail(101_000, 1_000_000, 0.1) < 0.001


def test_what_is_sure_is_sure() -> None:
    assert binomial_tail(1, 1, 1.0) == binomial_tail(0, 5, 0.0) == binomial_cdf(5, 5, 1.0) == 1.0
    assert binomial_tail(1, 5, 0.0) == binomial_cdf(4, 5, 1.0) == binomial_cdf(-1, 5, 0.5) == 0.0
