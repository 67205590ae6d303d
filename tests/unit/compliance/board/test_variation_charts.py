"""Control charts and funnels as drawn."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from services.compliance.attainment.attainment import Attainment
from services.compliance.board.charts import Size
from services.compliance.board.variation_charts import around, control
from services.compliance.variation.attainment_chart import AttainmentChart
from services.compliance.variation.control_chart import ChartPeriod, segments_of
from services.compliance.variation.funnel import funnel

SIZE = Size(120, 120, 10, 10, 10, 10)
"""A hundred wide and high."""


def files(on_time: int, measured: int) -> Attainment:
    return Attainment(measured, on_time, measured - on_time)


def chart(*on_time: int, changes: tuple[date, ...] = ()) -> AttainmentChart:
    periods = [
        ChartPeriod(date(2025 + index // 12, index % 12 + 1, 1), files(one, 10))
        for index, one in enumerate(on_time)
    ]
    return AttainmentChart("month", segments_of(periods, changes), None)


def test_points_lie_by_their_day_from_none_to_all() -> None:
    drawn = control(chart(0, 10), Fraction(4, 5), SIZE)
    assert [(dot.x, dot.y, dot.mark) for dot in drawn.dots] == [
        (10, 110, "usual"),
        (110, 10, "usual"),
    ]
    assert drawn.target_y == 30
    [segment] = drawn.segments
    assert (segment.mean, segment.band) == ("", "")
    assert [day for _, day in drawn.labels] == [date(2025, 2, 1), date(2025, 1, 1)]


def test_what_is_usual_is_an_area_and_a_signal_points_to_its_side() -> None:
    drawn = control(chart(*[6, 7] * 5, 1), Fraction(4, 5), SIZE)
    [segment] = drawn.segments
    assert len(segment.mean.split()) == 11 and len(segment.band.split()) == 22
    assert drawn.dots[-1].mark == "worse"


def test_new_terms_begin_where_they_are_marked() -> None:
    drawn = control(chart(*[5] * 4, changes=(date(2025, 3, 1),)), Fraction(4, 5), SIZE)
    assert len(drawn.segments) == 2
    assert drawn.changes == [drawn.dots[2].x]


def test_the_running_period_is_apart() -> None:
    running = ChartPeriod(date(2025, 3, 1), files(5, 10))
    drawn = control(chart(0, 10)._replace(running=running), Fraction(4, 5), SIZE)
    assert drawn.running == (110, 60)
    assert len(drawn.dots) == 2


def test_without_points_only_the_scale_is_drawn() -> None:
    drawn = control(AttainmentChart("quarter", [], None), Fraction(4, 5), SIZE)
    assert (drawn.dots, drawn.labels, drawn.running) == ([], [], None)


def test_units_beyond_the_limits_have_their_place_in_the_list() -> None:
    found = funnel({"a": files(8, 10), "b": files(40, 100), "c": files(100, 100)}, 0.8)
    drawn = around(found.units, found, SIZE)
    assert [(dot.x, dot.y, dot.mark, dot.label) for dot in drawn.dots] == [
        (20, 30, "usual", ""),
        (110, 70, "worse", "2"),
        (110, 10, "better", "3"),
    ]
    assert len(drawn.near.split()) == len(drawn.far.split()) == 2 * len(found.limits)
    assert [number for number, _ in drawn.grid_x] == [0, 50, 100]


def test_labels_of_units_side_by_side_do_not_cover_each_other() -> None:
    found = funnel({"a": files(99, 100), "b": files(100, 102), "c": files(100, 101)}, 0.5)
    dots = around(found.units, found).dots
    assert [dot.label for dot in dots] == ["1", "2", "3"]
    assert len({dot.side for dot in dots}) == 3
