"""Control charts and funnels as drawn: geometry here, SVG in the template, a table beside each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from services.compliance.board.charts import (
    AIM_HEIGHT,
    AIM_WIDTH,
    LARGE,
    AimSide,
    Dot,
    Size,
    aim_side,
    polyline,
    round_counts,
)
from services.compliance.variation.attainment_chart import AttainmentChart
from services.compliance.variation.control_chart import ChartPoint
from services.compliance.variation.funnel import Funnel, FunnelUnit

DotMark = Literal["usual", "better", "worse"]
"""The shape of a dot: a circle, a triangle that points up, one that points down."""


LabelSide = Literal["above", "right", "left", "below"]
"""Where the label of a dot stands."""


class MarkedDot(NamedTuple):
    """A point and its shape; ``label`` is what stands beside it, empty for nothing."""

    x: float
    y: float
    mark: DotMark
    label: str = ""
    side: LabelSide = "above"


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
    aim_side: AimSide
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
    target_y = size.height_of(target)
    dots = [
        MarkedDot(*dot(point.first, _share(point)), _mark(point))
        for part in parts
        for point in part
    ]
    return ControlPicture(
        size,
        size.ratio_grid(),
        target_y,
        aim_side(size, target_y, [Dot(one.x, one.y) for one in dots]),
        [_segment(part, dot) for part in parts],
        dots,
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
    aim_side: AimSide
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
    target_y = size.height_of(funnel.target)
    dots = [
        MarkedDot(
            x(one.attainment.measured),
            size.height_of(one.attainment.on_time / one.attainment.measured),
            marks.get(one.place, "usual"),
            str(number) if one.place != "within" else "",
        )
        for number, one in enumerate(units, start=1)
    ]
    side = aim_side(size, target_y, [Dot(one.x, one.y) for one in dots])
    return FunnelPicture(
        size,
        size.ratio_grid(),
        [(count, x(count)) for count in counts if count <= most],
        target_y,
        side,
        area([(one.measured, one.lower, one.upper) for one in funnel.limits]),
        area([(one.measured, one.far_lower, one.far_upper) for one in funnel.limits]),
        _labelled(dots, _aim_box(size, target_y, side)),
    )


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: _Box) -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0) * max(height, 0)


_SIDES: Final[Sequence[LabelSide]] = ("above", "right", "left", "below")
_CHARACTER, _LINE, _MARK = 12, 20, 5
"""What a label takes of the drawing where its text is largest, on a phone; half of what a mark takes."""


def _aim_box(size: Size, target_y: float, side: AimSide) -> _Box:
    """What the name of a target covers."""
    top = target_y - AIM_HEIGHT if side == "above" else target_y
    return _Box(size.left, top, size.left + AIM_WIDTH, top + AIM_HEIGHT)


def _labelled(dots: Sequence[MarkedDot], aim: _Box) -> Sequence[MarkedDot]:
    """Each label on the side where it covers least of the marks and of the labels before it."""
    marks = [_Box(one.x - _MARK, one.y - _MARK, one.x + _MARK, one.y + _MARK) for one in dots]
    taken = [aim, *marks]
    placed = []
    for one in dots:
        if one.label:
            boxes = {side: _label_box(one, side) for side in _SIDES}
            side = min(_SIDES, key=lambda side: sum(map(boxes[side].overlap, taken)))
            taken.append(boxes[side])
            one = one._replace(side=side)
        placed.append(one)
    return placed


def _label_box(dot: MarkedDot, side: LabelSide) -> _Box:
    width = _CHARACTER * len(dot.label)
    left = {"right": dot.x + _MARK, "left": dot.x - _MARK - width}.get(side, dot.x - width / 2)
    top = {"above": dot.y - _MARK - _LINE, "below": dot.y + _MARK}.get(side, dot.y - _LINE / 2)
    return _Box(left, top, left + width, top + _LINE)
