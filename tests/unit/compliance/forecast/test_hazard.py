"""The hazard: of the files in hand with so much left, those decided that day; and what is to be expected of it."""

from __future__ import annotations

from fractions import Fraction
from math import isclose

import pytest

from services.compliance.attainment.attainment import Attainment
from services.compliance.forecast.hazard import (
    ArrivalRate,
    Hazards,
    arrival_rate,
    hazards,
    normal_chance,
    outlook,
)
from services.compliance.forecast.lives import CountedDays, Life

EVERY_DAY = CountedDays(0, range(2_000))
TODAY = 500
TARGET = Fraction(4, 5)


def decided(age: int, files: int, received: int = 450) -> Life:
    return Life(received, received + age, received + 3, age <= 3, files=files)


def test_the_chance_is_one_less_the_product_of_what_stays() -> None:
    """Of 4,000 files of three days 1,000 end on each: a quarter of all, a third of the rest, half of it, and the last late."""
    lives = [decided(age, 1_000) for age in (1, 2, 3, 4)]
    known = hazards(lives, EVERY_DAY, TODAY)
    assert known is not None
    assert [round(known.of(left)[0], 2) for left in (0, 1, 2, 3)] == [0, 0.5, 0.67, 0.75]
    assert all(isclose(sum(known.of(left)), 1) for left in range(5))


def test_an_open_file_is_counted_for_the_days_that_it_was_there() -> None:
    open_one = Life(TODAY - 2, None, TODAY + 1, on_time=False, files=1_000)
    lives = [decided(3, 1_000), open_one]
    known = hazards(lives, EVERY_DAY, TODAY)
    assert known is not None
    assert known.exposed == 4 * 1_000 + 2 * 1_000
    assert known.of(1)[0] > 0.99


def test_what_was_decided_before_the_window_is_not_seen() -> None:
    assert hazards([decided(3, 10, received=300)], EVERY_DAY, TODAY) is None
    assert hazards([], EVERY_DAY, TODAY) is None


def test_what_happens_from_the_morning_on_is_not_seen() -> None:
    """A file decided today or later is an open one; one received today is none."""
    past = [decided(2, 50), decided(4, 10)]
    later = [
        Life(TODAY - 1, TODAY, TODAY + 2, on_time=True, files=500),
        Life(TODAY, TODAY, TODAY + 3, on_time=True, files=500),
    ]
    still_open = [Life(TODAY - 1, None, TODAY + 2, on_time=False, files=500)]
    assert hazards([*past, *later], EVERY_DAY, TODAY) == hazards(
        [*past, *still_open], EVERY_DAY, TODAY
    )


def test_withdrawals_compete() -> None:
    lives = [decided(age, 100) for age in (1, 2, 3, 4)]
    alone, beside = hazards(lives, EVERY_DAY, TODAY), hazards(lives, EVERY_DAY, TODAY, 300)
    assert alone is not None and beside is not None
    assert sum(beside.of(3)) < 1
    assert all(less < more for less, more in zip(beside.of(3), alone.of(3), strict=True))


def test_nothing_uncertain_has_no_spread() -> None:
    known = Hazards([0, 1], [1, 0], 1)
    said = outlook(Attainment(8, 6, 2), {1: 2}, known, TARGET, {})
    assert said is not None
    assert said == pytest.approx((0.8, 0))
    assert said.interval(4) == pytest.approx((0.8, 0.8))


def test_the_spread_of_open_files_is_that_of_independent_ones() -> None:
    said = outlook(Attainment(0, 0, 0), {1: 100}, Hazards([0, 0.8], [1, 0.2], 1), TARGET, {})
    assert said is not None
    assert said.mean == pytest.approx(0.8)
    assert said.deviation == pytest.approx((0.8 * 0.2 / 100) ** 0.5)
    assert said.chance(TARGET, 1) == pytest.approx(0.5, abs=0.01)


def test_nothing_known_and_nothing_to_come_is_no_outlook() -> None:
    assert outlook(Attainment(0, 0, 0), {}, Hazards([0], [1], 1), TARGET, {}) is None


def test_arrivals_count_only_where_they_will_be_due() -> None:
    rate = ArrivalRate(2.0, 10)
    assert rate.until(TODAY + 8, EVERY_DAY, TODAY) == {}
    assert rate.until(TODAY + 9, EVERY_DAY, TODAY) == {10: 2.0}
    assert rate.until(TODAY + 29, EVERY_DAY, TODAY) == {10: 42.0}


def test_the_rate_of_arrivals_is_that_of_four_weeks() -> None:
    lives = [Life(TODAY - ago, None, TODAY - ago + 4, on_time=False, files=7) for ago in (1, 9, 40)]
    assert arrival_rate(lives, EVERY_DAY, TODAY) == ArrivalRate(0.5, 5)
    assert arrival_rate([], EVERY_DAY, TODAY).a_day == 0


def test_a_certain_variable_is_above_or_below() -> None:
    assert (normal_chance(0, 0), normal_chance(-0.1, 0)) == (1, 0)
    assert normal_chance(0, 1) == 0.5
