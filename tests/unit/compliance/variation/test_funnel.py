"""Units around a target: exact limits, and limits that are widened where units vary more than by chance."""

from __future__ import annotations

from fractions import Fraction
from math import comb, sqrt

import pytest

from services.compliance.attainment.attainment import Attainment
from services.compliance.variation.funnel import Funnel, funnel


def files(on_time: int, measured: int) -> Attainment:
    return Attainment(measured, on_time, measured - on_time)


def at_most(on_time: int, measured: int, target: Fraction) -> Fraction:
    terms = (
        comb(measured, number) * target**number * (1 - target) ** (measured - number)
        for number in range(on_time + 1)
    )
    return sum(terms, Fraction(0))


def place(on_time: int, measured: int, target: Fraction) -> str:
    """By whole sums, without widening."""
    below = at_most(on_time, measured, target)
    above = 1 - (at_most(on_time - 1, measured, target) if on_time else 0)
    for side, tail in (("below", below), ("above", above)):
        if tail <= Fraction(1, 1_000):
            return f"far_{side}"
        if tail <= Fraction(1, 40):
            return side
    return "within"


def places(found: Funnel) -> dict[str, str]:
    return {one.unit: one.place for one in found.units}


@pytest.mark.parametrize("measured", [1, 3, 12, 40])
def test_a_unit_stands_where_whole_sums_put_it(measured: int) -> None:
    for on_time in range(measured + 1):
        found = funnel({"one": files(on_time, measured)}, 0.8)
        assert places(found) == {"one": place(on_time, measured, Fraction(4, 5))}, on_time


def test_three_late_of_twelve_are_within_what_chance_gives() -> None:
    """At 80 %: five late of twelve come by chance, eight do not, and fourteen of forty are beyond the first limit."""
    found = funnel(
        {"a": files(9, 12), "b": files(7, 12), "c": files(4, 12), "d": files(26, 40)}, 0.8
    )
    assert places(found) == {"a": "within", "b": "within", "c": "far_below", "d": "below"}


def test_units_without_files_have_no_place_and_nothing_is_ranked() -> None:
    found = funnel({"b": files(1, 2), "none": files(0, 0), "a": files(2, 2)}, 0.5)
    assert [one.unit for one in found.units] == ["b", "a"]
    assert funnel({"none": files(0, 0)}, 0.5).limits == []


def test_limits_that_are_drawn_part_the_places() -> None:
    units = {str(on_time): files(on_time, 40) for on_time in (23, 24, 25, 26, 27, 38, 39, 40)}
    alone = {name: funnel({name: one}, 0.8) for name, one in units.items()}
    for name, found in alone.items():
        limits = found.limits[-1]
        assert limits.measured == 40
        share = int(name) / 40
        drawn = (
            "far_below"
            if share <= limits.far_lower
            else "below"
            if share <= limits.lower
            else "far_above"
            if share >= limits.far_upper
            else "above"
            if share >= limits.upper
            else "within"
        )
        assert places(found) == {name: drawn}


def test_limits_narrow_with_the_number_of_files() -> None:
    limits = funnel({"one": files(300, 400)}, 0.8).limits
    widths = [one.upper - one.lower for one in limits]
    assert widths == sorted(widths, reverse=True)
    assert all(
        0 <= one.far_lower <= one.lower < 0.8 < one.upper <= one.far_upper <= 1 for one in limits
    )


def test_units_that_vary_more_than_chance_widen_the_limits() -> None:
    """Shares of 0.6, 0.7, 0.8, 0.9 and 0.8 of 100: scores of -4.2, -1.5, 1.0, 3.5 and 1.0, cut to -1.5 … 1.0."""
    shares = [60, 70, 80, 90, 80]
    units = {str(index): files(one, 100) for index, one in enumerate(shares)}
    mean = sum(shares) / 500
    scores = [(one / 100 - mean) / sqrt(mean * (1 - mean) / 100) for one in sorted(shares)]
    cut = [min(max(one, scores[1]), scores[3]) for one in scores]
    found = funnel(units, 0.8)
    assert found.dispersion == pytest.approx(max(1, sum(one**2 for one in cut) / 5))
    assert found.dispersion > 1
    narrow = funnel({"0": files(70, 100)}, 0.8).limits[-1]
    assert found.limits[-1].lower < narrow.lower


def test_four_units_are_too_few_to_widen_anything() -> None:
    units = {str(index): files(one, 100) for index, one in enumerate((50, 60, 90, 99))}
    assert funnel(units, 0.8).dispersion == 1


def test_that_all_units_miss_the_target_is_no_variation_between_them() -> None:
    found = funnel({str(index): files(52 + index, 100) for index in range(8)}, 0.8)
    assert found.dispersion == 1
    assert set(places(found).values()) == {"far_below"}


def test_one_unit_far_off_does_not_excuse_itself() -> None:
    units = {str(index): files(80, 100) for index in range(6)} | {"off": files(40, 100)}
    assert places(funnel(units, 0.8))["off"] == "far_below"


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_target_of_none_or_all_has_limits_too(target: float) -> None:
    found = funnel(
        {str(index): files(9, 10) for index in range(6)} | {"all": files(10, 10)}, target
    )
    assert places(found)["all"] == ("within" if target else "far_above")
    assert places(found)["0"] == ("far_below" if target else "far_above")
