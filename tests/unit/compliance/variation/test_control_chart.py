"""Control charts: limits by hand, each of the four rules, segments, and what is said of the last point."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import sqrt

import pytest

from services.compliance.attainment.attainment import Attainment
from services.compliance.variation.control_chart import ChartPeriod, Segment, segments_of

TEN = [6, 7, 6, 7, 6, 7, 6, 7, 6, 7]
"""On time of ten: a mean of 0.65, each moving range 0.1, so limits of 0.65 ± 0.266."""


def month(index: int) -> date:
    return date(2023 + index // 12, index % 12 + 1, 1)


def periods(on_time: Sequence[int], measured: int = 10) -> list[ChartPeriod]:
    return [
        ChartPeriod(month(index), Attainment(measured, one, measured - one))
        for index, one in enumerate(on_time)
    ]


def segment(on_time: Sequence[int], measured: int = 10) -> Segment:
    [one] = segments_of(periods(on_time, measured), [])
    return one


def rules(one: Segment) -> list[str]:
    """The signals of each point, such as ``shift+``; empty for none."""
    return [
        ",".join(
            f"{signal.rule}{'+' if signal.side == 'better' else '-'}" for signal in point.signals
        )
        for point in one.points
    ]


def test_limits_of_an_xmr_chart_are_as_a_hand_computes_them() -> None:
    one = segment(TEN)
    last = one.points[-1]
    assert one.kind == "xmr"
    assert (last.mean, last.lower, last.upper) == pytest.approx((0.65, 0.384, 0.916))
    assert one.usual() == "usual" and not any(rules(one))


def test_limits_end_at_none_and_all() -> None:
    last = segment([9, 10] * 5).points[-1]
    assert (last.mean, last.upper) == pytest.approx((0.95, 1.0))


def test_a_point_beyond_a_limit_is_a_signal() -> None:
    """Nine ranges of 0.1 and one of 0.6 are 0.15 on average: 0.6 ± 0.399."""
    one = segment([*TEN, 1])
    assert rules(one) == [""] * 10 + ["beyond-"]
    assert one.usual() == "worse"


def test_seven_on_one_side_are_a_shift_and_six_are_none() -> None:
    before = [9, 3] * 5
    assert rules(segment([*before, 8, 7, 8, 7, 8, 7, 8]))[-7:] == ["shift+"] * 7
    assert not any(rules(segment([*before, 8, 7, 8, 7, 8, 7])))


def test_one_on_the_mean_ends_a_run() -> None:
    """A mean of 0.6 exactly."""
    shares = [3, 6, 4, 5, 4, 5, 6, 8, 7, 8, 7, 6, 8, 7]
    one = segment(shares)
    assert one.points[0].mean == pytest.approx(sum(shares) / 140)
    on_mean = segment([5, 7, 5, 7, 6, 7, 7, 6, 5, 5])
    assert on_mean.points[0].mean == pytest.approx(0.6)
    assert "shift" not in ",".join(rules(on_mean))


def test_six_in_a_row_that_rise_are_a_trend_and_five_are_none() -> None:
    """Of a hundred; of ten thousand files no share is like another by chance."""
    rising = [40, 60, 42, 61, 43, 60, 45, 48, 51, 54, 57, 60]
    found = rules(segment(rising, 100))
    assert found[6:] == ["trend+"] * 6
    assert not any("trend" in one for one in rules(segment([*rising[:7], *rising[8:]], 100)))
    falling = rules(segment([100 - one for one in rising], 100))
    assert falling[6:] == ["trend-"] * 6


def test_equal_neighbours_end_a_trend() -> None:
    found = rules(segment([40, 60, 42, 61, 43, 60, 45, 48, 51, 51, 57, 60], 100))
    assert not any("trend" in one for one in found)


def test_two_of_three_near_the_same_limit_are_a_signal() -> None:
    """Around 61 % with ranges of 4.7 points on average: the limit is 12.4 away, its outer third begins at 8.3."""
    usual = [62, 58] * 10
    found = rules(segment([*usual, 62, 70, 62, 70, 62], 100))
    assert [index for index, one in enumerate(found) if one == "near+"] == [21, 23]
    assert not any(rules(segment([*usual, 62, 70, 62, 58, 70, 62], 100)))


def test_what_never_varies_has_no_signal() -> None:
    """Though a mean of floats is not quite its parts."""
    one = segment([7] * 13)
    assert not any(rules(one)) and one.usual() == "usual"
    assert [point.upper for point in one.points] == pytest.approx([0.7] * 13)


def test_limits_of_a_p_prime_chart_follow_the_number_of_files() -> None:
    """Scores that go from -1 to 1 have ranges of 2: a spread of 2 / 1.128 between points."""
    sizes = [100, 400] * 6
    attainments = []
    for index, size in enumerate(sizes):
        away = (1 if index % 2 else -1) * sqrt(0.25 / size)
        on_time = round(size * (0.5 + away))
        attainments.append(Attainment(size, on_time, size - on_time))
    [one] = segments_of(
        [ChartPeriod(month(index), files) for index, files in enumerate(attainments)], []
    )
    total = Attainment.total(attainments)
    mean = total.on_time / total.measured
    scores = [
        (files.on_time / files.measured - mean) / sqrt(mean * (1 - mean) / files.measured)
        for files in attainments
    ]
    between = sum(abs(b - a) for a, b in pairwise(scores)) / 11 / 1.128
    for point in one.points:
        half = 3 * between * sqrt(mean * (1 - mean) / point.attainment.measured)
        assert point.upper == pytest.approx(mean + half)
        assert point.lower == pytest.approx(mean - half)
    assert one.kind == "p_prime"
    small, large = one.points[:2]
    assert small.upper and large.upper and small.upper > large.upper


def test_few_late_files_are_no_p_prime_chart() -> None:
    assert segment([96, 95] * 6, 100).kind == "xmr"
    assert segment([90, 92] * 6, 100).kind == "p_prime"


def test_with_few_points_nothing_is_said() -> None:
    one = segment(TEN[:9])
    assert one.usual() is None and one.assurance(0.8) is None
    assert one.points[0].upper is None and not any(rules(one))


def test_a_change_of_terms_begins_a_segment() -> None:
    several = segments_of(periods(TEN * 2), [date(2023, 1, 1), month(10), date(2030, 1, 1)])
    assert [len(one.points) for one in several] == [10, 10]
    [before, after] = segments_of(periods(TEN + [9] * 4), [date(2023, 10, 15)])
    assert (before.has_limits, after.has_limits) == (True, False)
    assert after.usual() is None


def test_a_period_in_which_nothing_was_measured_has_no_point() -> None:
    empty = ChartPeriod(date(2026, 1, 1), Attainment(0, 0, 0))
    [one] = segments_of([*periods(TEN), empty], [])
    assert len(one.points) == 10
    assert segments_of([empty], []) == []


@pytest.mark.parametrize(
    ("target", "assurance"), [(0.38, "reaches"), (0.39, "some"), (0.9, "some"), (0.92, "misses")]
)
def test_what_is_usual_reaches_a_target_always_sometimes_or_never(
    target: float, assurance: str
) -> None:
    """Limits from 0.384 to 0.916."""
    assert segment(TEN).assurance(target) == assurance
