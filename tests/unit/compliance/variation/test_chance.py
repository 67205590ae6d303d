"""Chance: the intervals that were published, and how often two periods of one process are told apart."""

from __future__ import annotations

from itertools import product
from math import comb
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.attainment.attainment import Attainment
from services.compliance.variation import chance
from services.compliance.variation.chance import chance_of


def files(on_time: int, measured: int) -> Attainment:
    return Attainment(measured, on_time, measured - on_time)


pairs = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(
    lambda pair: files(min(pair), max(pair))
)


@pytest.mark.parametrize(
    ("on_time", "measured", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_one_is_wilsons(
    on_time: int, measured: int, low: float, high: float
) -> None:
    """The examples of Newcombe, Statistics in Medicine 17 (1998), 857-872, table I."""
    begins, _, ends = chance._wilson(files(on_time, measured), 1.959964)
    assert (round(begins, 4) + 0.0, round(ends, 4)) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (files(3, 5), files(2, 3), "explained"),
        (files(0, 2), files(3, 3), "doubtful"),
        (files(62, 100), files(80, 100), "doubtful"),
        (files(600, 1_000), files(800, 1_000), "unexplained"),
        (files(56, 70), files(48, 80), "doubtful"),
        (files(9, 10), files(3, 10), "doubtful"),
        (files(5, 56), files(0, 29), "explained"),
        (files(0, 0), files(3, 3), None),
        (files(3, 3), files(0, 0), None),
    ],
)
def test_what_chance_makes_of_a_difference(
    one: Attainment, other: Attainment, verdict: str | None
) -> None:
    """56 of 70 beside 48 of 80, 9 of 10 beside 3 of 10 and 5 of 56 beside 0 of 29 are Newcombe's (873-890, table II):
    0.0524 to 0.3339; 0.1705 to 0.8090; −0.0381 to 0.1926."""
    assert chance_of(one, other) == verdict


@given(pairs, pairs)
def test_neither_order_nor_the_side_that_is_counted_matters(
    one: Attainment, other: Attainment
) -> None:
    turned = [Attainment(side.measured, side.late, side.on_time) for side in (one, other)]
    assert chance_of(one, other) == chance_of(other, one) == chance_of(*turned)


@given(pairs)
def test_what_is_the_same_is_explained(one: Attainment) -> None:
    assert chance_of(one, one) == ("explained" if one.measured else None)


def false_alarms(size: int, other: int, rate: float) -> tuple[float, float]:
    """How often two periods of one process leave a doubt, and are told apart: every outcome by its probability."""
    doubted = unexplained = 0.0
    for kept, other_kept in product(range(size + 1), range(other + 1)):
        verdict = chance_of(files(kept, size), files(other_kept, other))
        if verdict != "explained":
            probability = _binomial(kept, size, rate) * _binomial(other_kept, other, rate)
            doubted += probability
            unexplained += probability * (verdict == "unexplained")
    return doubted, unexplained


def _binomial(kept: int, size: int, rate: float) -> float:
    return comb(size, kept) * rate**kept * (1 - rate) ** (size - kept)


def test_periods_of_one_process_are_rarely_told_apart() -> None:
    """The figures of docs/measures.md: ``pytest -s -k rarely`` prints them."""
    found = [
        false_alarms(*one)
        for one in product((1, 2, 4, 8, 16, 32), (1, 2, 4, 8, 16, 32), (0.5, 0.7, 0.8, 0.9, 0.95))
    ]
    doubted, unexplained = ([one[part] for one in found] for part in (0, 1))
    for name, rates in (("doubtful or unexplained", doubted), ("unexplained", unexplained)):
        print(f"{name}: {mean(rates):.2%} on average, {max(rates):.2%} at most")
    assert mean(doubted) < 0.05 and max(doubted) < 0.13
    assert mean(unexplained) < 0.003 and max(unexplained) < 0.03
