"""Shares, days, what rests on stops, base rates and chances, by hand and against plain sums."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest

from services.compliance.stops.integrity import (
    RuleMeasure,
    StopMeasure,
    base_rates,
    bunching,
    stop_measure,
)

UNIT = {
    "decided": {"on_time": 70, "on_time_extended": 10, "late": 20},
    "stopped": {"0::": 5, "3::": 10, "10:+:": 3, "4::fee": 2, "30:+:,fee": 1},
    "to_verify": {"near_limit": 8, "serial": 1},
    "days_left": {"0": 30, "1": 10, "-1": 4, "2": 12, "-2": 6},
}
EVERYWHERE = {
    "decided": {"on_time": 800, "late": 200},
    "to_verify": {"near_limit": 20, "serial": 30},
    "days_left": {"0": 400},
}


def measure(unit: str | None = "laval", *, tests_bunching: bool = True) -> StopMeasure:
    return stop_measure(
        "caq-etudes",
        unit,
        UNIT,  # type: ignore[arg-type]  # the names of bases are literals
        tests_bunching=tests_bunching,
        bases=base_rates(EVERYWHERE),  # type: ignore[arg-type]  # as above
    )


def rule(name: str) -> RuleMeasure:
    return next(one for one in measure().rules if one.rule == name)


def test_the_share_stopped_and_what_was_removed() -> None:
    found = measure()
    assert (found.stopped, found.decided.measured) == (21, 100)
    assert found.share_stopped == Fraction(21, 100)
    assert found.all_kinds.mean == Fraction(30 + 30 + 8 + 30, 21)
    assert found.all_kinds.percentile_80 == 4


def test_the_attainment_that_rests_on_stops_is_net_less_gross() -> None:
    found = measure()
    assert found.by_stops == 4
    assert found.decided.ratio == Fraction(80, 100)
    assert found.without_stops.ratio == Fraction(76, 100)
    assert found.without_stops.late == 24


def test_a_file_of_two_kinds_counts_in_each() -> None:
    kinds = {one.kind: one for one in measure().kinds}
    assert {kind: (one.files, one.by_stops) for kind, one in kinds.items()} == {
        "": (19, 4),
        "fee": (3, 1),
    }
    assert kinds["fee"].mean == Fraction(38, 3)
    assert kinds["fee"].percentile_80 == 30


def test_a_rule_is_beside_its_base_rate_and_its_chance() -> None:
    near = rule("near_limit")
    assert (near.share, near.base) == (Fraction(8, 100), Fraction(20, 1000))
    assert near.chance == pytest.approx(by_hand(8, 100, 0.02))
    assert near.stands_out


def test_a_share_below_the_base_rate_has_no_chance_to_say() -> None:
    serial = rule("serial")
    assert (serial.chance, serial.stands_out) == (None, False)
    assert rule("overnight").files == 0


def test_nothing_measured_has_no_shares() -> None:
    found = stop_measure("caq-etudes", None, {}, tests_bunching=True, bases=base_rates({}))
    assert (found.share_stopped, found.all_kinds.mean, found.without_stops.ratio) == (None,) * 3
    assert found.rules[0].share is None and found.rules[0].base is None
    assert found.bunching is not None and not found.bunching.stands_out
    assert measure(tests_bunching=False).bunching is None


def test_the_last_day_is_beside_the_days_around_it() -> None:
    found = bunching(UNIT["days_left"])
    assert (found.on_last_day, found.around) == (30, 32)
    assert found.expected == Fraction(8)
    assert found.chance == pytest.approx(by_hand(30, 62, 0.2))
    assert found.stands_out
    even = bunching({"0": 10, "1": 12, "-1": 9, "2": 14, "-2": 8})
    assert even.chance is None and not even.stands_out


def test_what_stands_out_is_more_than_chance_explains() -> None:
    assert [one.measure.rule for one in measure().outstanding] == ["near_limit", "last_day"]
    [near] = measure(tests_bunching=False).outstanding
    assert (near.standard, near.unit, near.chance) == (
        "caq-etudes",
        "laval",
        rule("near_limit").chance,
    )


def by_hand(files: int, of: int, share: float) -> float:
    exact, total = Fraction(share), Fraction(0)
    for number in range(files, of + 1):
        total += comb(of, number) * exact**number * (1 - exact) ** (of - number)
    return float(total)
