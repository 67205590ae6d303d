"""Attainment against limit, beside a count cycle by cycle."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.preview.curve import CountedCycles, CurveScope, attainment_curve

COUNTS = st.lists(st.integers(0, 30), max_size=12)
SCOPE = CurveScope("business_days", date(2025, 12, 1), date(2026, 11, 30), 10, Fraction(4, 5))


def cycles(decided: list[int], withdrawn: list[int]) -> CountedCycles:
    made = CountedCycles()
    made.decided.update(decided)
    made.withdrawn.update(withdrawn)
    return made


def naive(decided: list[int], withdrawn: list[int], limit: int) -> tuple[int, int]:
    on_time = [one for one in decided if one <= limit]
    late = [one for one in (*decided, *withdrawn) if one > limit]
    return len(on_time), len(on_time) + len(late)


@settings(max_examples=60, deadline=None)
@given(COUNTS, COUNTS)
def test_a_point_is_a_count_of_cycles(decided: list[int], withdrawn: list[int]) -> None:
    made = cycles(decided, withdrawn)
    for limit in range(31):
        kept = made.point(limit).kept
        assert (kept.on_time, kept.measured) == naive(decided, withdrawn, limit)


@settings(max_examples=60, deadline=None)
@given(COUNTS, COUNTS, st.sampled_from([Fraction(1, 2), Fraction(4, 5), Fraction(1)]))
def test_kept_within_is_the_shortest_limit_with_that_attainment(
    decided: list[int], withdrawn: list[int], share: Fraction
) -> None:
    expected = None
    for limit in range(31):
        on_time, measured = naive(decided, withdrawn, limit)
        if decided and measured and on_time >= share * measured:
            expected = limit
            break
    assert cycles(decided, withdrawn).kept_within(share) == expected


def test_the_curve_has_the_limit_and_the_target_among_its_figures() -> None:
    curve = attainment_curve(cycles([3, 5, 8, 10, 12], []), SCOPE)
    assert curve is not None
    assert {one.percent: one.limit for one in curve.kept} == {50: 8, 80: 10, 90: 12, 95: 12}
    assert [(one.limit, one.kept.on_time) for one in curve.points if one.limit == 10] == [(10, 4)]
    assert (curve.points[0].limit, curve.points[-1].limit) == (0, 20)


def test_there_is_no_curve_of_nothing_decided() -> None:
    assert attainment_curve(cycles([], [4]), SCOPE) is None


def test_opening_time_is_read_by_the_minute() -> None:
    curve = attainment_curve(cycles([59, 60, 7_200], []), SCOPE._replace(unit="seconds", limit=180))
    assert curve is not None
    assert all(point.limit % 60 == 0 for point in curve.points)
    assert len(curve.points) <= 43
