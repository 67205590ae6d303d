"""Charts: a line has gaps where nothing was measured, and everything lies within the drawing."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.compliance.board import charts
from services.compliance.board.charts import distribution_chart
from services.compliance.delays.distribution import DelayDistribution, histogram

HALF, ALL = Fraction(1, 2), Fraction(1)


def test_a_line_is_broken_where_nothing_was_measured():
    line = charts.line([ALL, HALF, None, HALF, None, HALF, ALL], Fraction(4, 5))
    assert len(line.runs) == 2 and len(line.dots) == 5
    assert line.last == line.dots[-1] and line.last.y < line.dots[1].y
    assert line.target_y is not None and line.last.y < line.target_y < line.dots[1].y
    assert all(
        0 <= dot.x <= line.size.width and 0 <= dot.y <= line.size.height for dot in line.dots
    )
    assert [ratio for ratio, _ in line.grid][::4] == [0, 1]


def test_every_line_has_the_one_scale_from_nothing_to_all():
    high, low = (charts.line([ratio, ratio], None) for ratio in (Fraction(19, 20), HALF))
    assert high.grid == low.grid
    bottom, top = low.grid[0][1], low.grid[-1][1]
    assert low.dots[0].y == (bottom + top) / 2


def test_columns_stand_on_zero_and_their_parts_one_on_the_other():
    chart = charts.columns([[{"received": 30}], [{"decided": 10, "withdrawn": 7}, {}], [{}]])
    received, decided, withdrawn = chart.parts
    assert [files for files, _ in chart.grid] == [0, 10, 20, 30]
    base, top = chart.grid[0][1], chart.grid[-1][1]
    assert (received.y, received.y + received.height) == (top, base)
    assert abs(decided.y + decided.height - base) < 0.02
    assert abs(withdrawn.y + withdrawn.height - decided.y) < 0.02
    assert round(decided.height / received.height, 3) == round(1 / 3, 3)
    assert decided.x == withdrawn.x and decided.width == round(received.width / 2, 2)
    assert len(chart.centres) == 3
    assert received.x < chart.centres[0] < received.x + received.width < decided.x


def test_a_grid_has_whole_numbers_and_few_lines():
    for highest in (0, 1, 3, 4, 5, 9, 41, 999, 1_000_000):
        files = [one for one, _ in charts.columns([[{"stock": highest}]]).grid]
        assert files[0] == 0 and files[-1] >= highest and 2 <= len(files) <= 5


def test_nothing_measured_draws_no_line():
    line = charts.line([None, None], None)
    assert (line.runs, line.dots, line.last, line.target_y) == ([], [], None, None)


def test_a_bullet_is_in_percent_and_none_where_nothing_was_measured():
    assert charts.bullet(HALF, Fraction(4, 5)) == (50.0, 80.0)
    assert charts.bullet(HALF, None) == (50.0, None)
    assert charts.bullet(None, HALF) is None


def test_the_parts_of_a_bar_fill_it_and_the_empty_ones_are_left_out():
    assert charts.bar({"overdue": 1, "critical": 0, "on_track": 3}) == [
        ("overdue", 1, 0.0, 25.0),
        ("on_track", 3, 25.0, 75.0),
    ]
    assert charts.bar({}) == []


def test_steps_hold_each_value_through_its_day() -> None:
    size = charts.Size(110, 60, 5, 5, 5, 5)
    chart = charts.steps([[4, 0]], 2, size=size)
    assert chart.lines == ["5.0,5.0 55.0,5.0 55.0,55.0 105.0,55.0"]
    assert chart.zero_y == 55.0
    assert chart.places == [5.0, 55.0]


def test_the_grid_of_steps_is_of_few_round_numbers_below_zero_too() -> None:
    grid = [value for value, _ in charts.steps([[-30, 470]], 2).grid]
    assert grid == [0, 200, 400]
    assert [value for value, _ in charts.steps([[0]], 1).grid] == [0, 1]


def test_a_range_is_drawn_there_and_back() -> None:
    band = charts.steps([[1]], 1, [(0, 1)]).band.split()
    assert len(band) == 4
    assert band[0].split(",")[0] == band[-1].split(",")[0]


def test_a_distribution_has_a_bar_a_bin_and_its_limit_between_them() -> None:
    some = DelayDistribution.of({(4, True): 3, (5, True): 1, (5, False): 1, (9, False): 2})
    drawn = distribution_chart(histogram(some, 5), labels=4)
    size, bars = drawn.size, drawn.bars
    step = (size.width - size.left - size.right) / len(bars)
    assert [bar.bin.files for bar in bars] == [0, 0, 0, 0, 3, 2, 0, 0, 0, 2]
    # The bin of 5 is the sixth: the limit ends it.
    assert drawn.limit_x == round(size.left + 6 * step, 1)
    floor = size.height - size.below
    for bar in bars:
        assert bar.on_time_y + bar.on_time_height == pytest.approx(floor, abs=0.2)
        assert bar.late_y + bar.late_height == pytest.approx(bar.on_time_y, abs=0.2)
    assert [count for count, _ in drawn.grid] == [0, 1, 2, 3]
    assert [bar.bin.last for bar in bars if bar.label is not None] == [0, 3, 6, 9]


def test_a_limit_within_a_bin_stands_in_it() -> None:
    some = DelayDistribution.of({(50, True): 1, (100, False): 1})
    found = histogram(some, 53)
    drawn = distribution_chart(found, labels=7)
    before = [bar for bar in drawn.bars if bar.bin.last is not None and bar.bin.last < 53]
    after = drawn.bars[len(before)]
    assert after.bin.first <= 53
    assert after.x < drawn.limit_x < after.x + after.width


def test_a_curve_rises_in_steps_between_its_target_and_its_limit():
    points = [(0, Fraction(0)), (10, Fraction(1, 2)), (20, Fraction(1))]
    drawn = charts.curve(points, Fraction(4, 5), 10, charts.Size(120, 120, 10, 10, 10, 10))
    assert drawn.run == "10.0,110.0 60.0,110.0 60.0,60.0 110.0,60.0 110.0,10.0"
    assert (drawn.target_y, drawn.limit_x) == (30.0, 60.0)
    assert [amount for amount, _ in drawn.ticks] == [0, 10, 20]


def test_a_curve_of_one_amount_is_drawn():
    drawn = charts.curve([(0, Fraction(1))], Fraction(4, 5), None)
    assert drawn.limit_x is None
    assert len(drawn.run.split()) == 1


@pytest.mark.parametrize(
    ("first", "side"), [(ALL, "above"), (Fraction(9, 10), "below"), (Fraction(7, 10), "above")]
)
def test_the_name_of_a_target_stands_where_no_point_does(first, side):
    line = charts.line([first, HALF], Fraction(4, 5), charts.LARGE)
    assert line.aim_side == side
