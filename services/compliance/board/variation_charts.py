"""Control charts and funnels as drawn: geometry here, SVG in the template, a table beside each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from services.compliance.board.charts import LARGE, Dot, Size, polyline, round_counts
from services.compliance.variation.attainment_chart import AttainmentChart
from services.compliance.variation.control_chart import ChartPoint
from services.compliance.variation.funnel import Funnel, FunnelUnit

DotMark = Literal["usual", "better", "worse"]
"""The shape of a dot: a circle, a triangle that points up, one that points down."""


class MarkedDot(NamedTuple):
    """A point and its shape; ``label`` is what stands beside it, empty for nothing."""

    x: float
    y: float
    mark: DotMark
    label: str = ""


class ControlSegment(NamedTuple):
    """The points under the same terms: their line, and the lines of what is usual (empty for unknown)."""

    points: str
    mean: str
    band: str


class ControlPicture(NamedTuple):
    """A control chart as drawn; ``changes`` are where new terms begin, ``labels`` the days of some points."""

    size: Size
    grid: Sequence[tuple[Fraction, float]]
    target_y: float
    segments: Sequence[ControlSegment]
    dots: Sequence[MarkedDot]
    running: Dot | None
    changes: Sequence[float]
    labels: Sequence[tuple[float, date]]


_MOST_LABELS: Final = 5


def control(chart: AttainmentChart, target: Fraction, size: Size = LARGE) -> ControlPicture:
    """Months or quarters by their distance in time, from 0 to 100 %."""
    parts = [segment.points for segment in chart.segments]
    firsts = [point.first for part in parts for point in part]
    days = firsts if chart.running is None else [*firsts, chart.running.first]
    begins = days[0].toordinal() if days else 0
    length = max(days[-1].toordinal() - begins, 1) if days else 1

    def x(first: date) -> float:
        return round(size.left + size.within * (first.toordinal() - begins) / length, 1)

    def dot(first: date, share: float) -> Dot:
        return Dot(x(first), size.height_of(share))

    every = max(-(-len(days) // _MOST_LABELS), 1)
    return ControlPicture(
        size,
        size.ratio_grid(),
        size.height_of(float(target)),
        [_segment(part, dot) for part in parts],
        [
            MarkedDot(*dot(point.first, _share(point)), _mark(point))
            for part in parts
            for point in part
        ],
        chart.running
        and dot(
            chart.running.first,
            chart.running.attainment.on_time / chart.running.attainment.measured,
        ),
        [x(part[0].first) for part in parts[1:]],
        [(x(one), one) for one in days[::-1][::every]],
    )


def _share(point: ChartPoint) -> float:
    return point.attainment.on_time / point.attainment.measured


def _mark(point: ChartPoint) -> DotMark:
    return point.signals[0].side if point.signals else "usual"


def _segment(points: Sequence[ChartPoint], dot: Callable[[date, float], Dot]) -> ControlSegment:
    mean, upper, lower = list[Dot](), list[Dot](), list[Dot]()
    for point in points:
        if point.mean is not None and point.upper is not None and point.lower is not None:
            mean.append(dot(point.first, point.mean))
            upper.append(dot(point.first, point.upper))
            lower.append(dot(point.first, point.lower))
    drawn = [dot(point.first, _share(point)) for point in points]
    return ControlSegment(*map(polyline, (drawn, mean, [*upper, *lower[::-1]])))


class FunnelPicture(NamedTuple):
    """A funnel as drawn: the limits of 95 % and 99.8 % as areas; ``grid_x`` has the places of some numbers."""

    size: Size
    grid: Sequence[tuple[Fraction, float]]
    grid_x: Sequence[tuple[int, float]]
    target_y: float
    near: str
    far: str
    dots: Sequence[MarkedDot]


def around(units: Sequence[FunnelUnit], funnel: Funnel, size: Size = LARGE) -> FunnelPicture:
    """Units by how many they measured; those beyond the limits have their place in the list, from 1."""
    most = max((one.attainment.measured for one in units), default=1)
    counts = round_counts(most)

    def x(measured: int) -> float:
        return round(size.left + size.within * measured / max(most, 1), 1)

    def area(sides: Sequence[tuple[int, float, float]]) -> str:
        upper = [Dot(x(measured), size.height_of(high)) for measured, _, high in sides]
        lower = [Dot(x(measured), size.height_of(low)) for measured, low, _ in sides]
        return polyline([*upper, *lower[::-1]])

    marks: Mapping[str, DotMark] = {
        "above": "better",
        "far_above": "better",
        "below": "worse",
        "far_below": "worse",
    }
    return FunnelPicture(
        size,
        size.ratio_grid(),
        [(count, x(count)) for count in counts if count <= most],
        size.height_of(funnel.target),
        area([(one.measured, one.lower, one.upper) for one in funnel.limits]),
        area([(one.measured, one.far_lower, one.far_upper) for one in funnel.limits]),
        [
            MarkedDot(
                x(one.attainment.measured),
                size.height_of(one.attainment.on_time / one.attainment.measured),
                marks.get(one.place, "usual"),
                str(number) if one.place != "within" else "",
            )
            for number, one in enumerate(units, start=1)
        ],
    )
