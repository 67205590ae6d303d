"""Small charts: geometry here, SVG in the templates, a table beside each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from services.compliance.delays.distribution import Bin, Histogram


class Size(NamedTuple):
    """A drawing's width, height and margins, in its own units."""

    width: int
    height: int
    left: int
    right: int
    above: int
    below: int


SPARK = Size(220, 56, 6, 6, 6, 6)
LARGE = Size(380, 190, 46, 12, 12, 28)
_STEPS = (1, 2, 5, 10, 20, 25, 50)
"""Between two lines of the grid, in percent."""
_LINES = 5


class Dot(NamedTuple):
    """A point in the units of the drawing."""

    x: float
    y: float


class ChartLine(NamedTuple):
    """A line with gaps where nothing was measured.

    ``target_y`` is the height of the target; ``grid`` has the heights of some round ratios,
    ``months`` the place of each month.
    """

    size: Size
    runs: Sequence[str]
    dots: Sequence[Dot]
    target_y: float | None
    last: Dot | None
    grid: Sequence[tuple[Fraction, float]]
    months: Sequence[float]


class BarPart(NamedTuple):
    """A part of a bar in percent of its width."""

    name: str
    files: int
    begins: float
    width: float


def line(
    ratios: Sequence[Fraction | None], target: Fraction | None, size: Size = SPARK
) -> ChartLine:
    """Attainment by month (None for nothing measured), from a floor below the lowest to 100 %."""
    known = [ratio for ratio in (target, *ratios) if ratio is not None]
    floor = max(min(known, default=Fraction(1)) - Fraction(5, 100), Fraction(0))
    within = size.width - size.left - size.right
    step = within / max(len(ratios) - 1, 1)
    places = [round(size.left + index * step, 1) for index in range(len(ratios))]

    def height(ratio: Fraction) -> float:
        share = (ratio - floor) / (1 - floor)
        drawn = size.height - size.above - size.below
        return round(float(size.height - size.below - share * drawn), 1)

    placed = [
        None if ratio is None else Dot(x, height(ratio))
        for x, ratio in zip(places, ratios, strict=True)
    ]
    dots = [dot for dot in placed if dot is not None]
    return ChartLine(
        size,
        _runs(placed),
        dots,
        None if target is None else height(target),
        dots[-1] if dots else None,
        [(ratio, height(ratio)) for ratio in _grid(floor)],
        places,
    )


def _runs(placed: Sequence[Dot | None]) -> Sequence[str]:
    """The unbroken runs of at least two points."""
    runs: list[list[Dot]] = [[]]
    for dot in placed:
        if dot is None:
            runs.append([])
        else:
            runs[-1].append(dot)
    return [" ".join(f"{dot.x},{dot.y}" for dot in run) for run in runs if len(run) > 1]


def _grid(floor: Fraction) -> Sequence[Fraction]:
    """A few round ratios from a floor to 100 %."""
    percent = float(100 * floor)
    step = next(step for step in _STEPS if (100 - percent) / step <= _LINES)
    first = int(-(-percent // step))
    return [Fraction(number * step, 100) for number in range(first, 100 // step + 1)]


class CurveLine(NamedTuple):
    """A share against an amount, from 0 to 100 %; ``ticks`` are some amounts and their places.

    ``limit_x`` is the place of the limit in effect, ``target_y`` the height of the target.
    """

    size: Size
    run: str
    target_y: float
    limit_x: float | None
    grid: Sequence[tuple[Fraction, float]]
    ticks: Sequence[tuple[int, float]]


def curve(
    points: Sequence[tuple[int, Fraction]], target: Fraction, limit: int | None, size: Size = LARGE
) -> CurveLine:
    """Ratios by amount, in ascending order, drawn as steps: an amount has its ratio up to the next."""
    most = max([amount for amount, _ in points], default=1) or 1
    within, drawn = size.width - size.left - size.right, size.height - size.above - size.below

    def x(amount: int) -> float:
        return round(size.left + within * amount / most, 1)

    def height(ratio: Fraction) -> float:
        return round(float(size.height - size.below - ratio * drawn), 1)

    steps: list[Dot] = []
    for amount, ratio in points:
        if steps:
            steps.append(Dot(x(amount), steps[-1].y))
        steps.append(Dot(x(amount), height(ratio)))
    ticks = points[:: max(1, len(points) // _LINES)]
    return CurveLine(
        size,
        " ".join(f"{dot.x},{dot.y}" for dot in steps),
        height(target),
        None if limit is None else x(limit),
        [(ratio, height(ratio)) for ratio in _grid(Fraction(0))],
        [(amount, x(amount)) for amount, _ in ticks],
    )


class Bullet(NamedTuple):
    """An attainment as a bar beside its target, both in percent of the whole width."""

    width: float
    target_x: float | None


def bullet(ratio: Fraction | None, target: Fraction | None) -> Bullet | None:
    """None where nothing was measured."""
    if ratio is None:
        return None
    target_x = None if target is None else round(float(100 * target), 2)
    return Bullet(round(float(100 * ratio), 2), target_x)


def bar(files: Mapping[str, int]) -> Sequence[BarPart]:
    """Files by stage, side by side; parts without any are left out."""
    total = sum(files.values())
    parts, begins = [], 0.0
    for name, number in files.items():
        if number:
            width = 100 * number / total
            parts.append(BarPart(name, number, round(begins, 2), round(width, 2)))
            begins += width
    return parts


class StackedBar(NamedTuple):
    """A bin of a histogram as drawn: on time below, late above; ``label`` is where its last amount stands."""

    bin: Bin
    x: float
    width: float
    on_time_y: float
    on_time_height: float
    late_y: float
    late_height: float
    label: float | None


class DistributionChart(NamedTuple):
    """A histogram as drawn, the limit marked at ``limit_x``; ``grid`` has the heights of some counts."""

    size: Size
    bars: Sequence[StackedBar]
    limit_x: float
    grid: Sequence[tuple[int, float]]


WIDE = Size(560, 250, 56, 10, 36, 38)
_COUNT_STEPS = (1, 2, 5)


def distribution_chart(histogram: Histogram, labels: int, size: Size = WIDE) -> DistributionChart:
    """The bins side by side, as high as they have files; about so many of them have labels."""
    bins = histogram.bins
    within = size.width - size.left - size.right
    step = within / max(len(bins), 1)
    drawn, floor = size.height - size.above - size.below, size.height - size.below
    most = max([one.files for one in bins], default=0)
    grid = _counts(most)
    scale = drawn / max(most, grid[-1], 1)
    every = -(-len(bins) // labels)
    bars = []
    for index, one in enumerate(bins):
        x = size.left + index * step
        on_time, late = one.on_time * scale, one.late * scale
        middle = histogram.width == 1
        last = one.last is not None and one.last // histogram.width % every == 0
        bars.append(
            StackedBar(
                one,
                round(x + step / 20, 1),
                round(step * 9 / 10, 1),
                round(floor - on_time, 1),
                round(on_time, 1),
                round(floor - on_time - late, 1),
                round(late, 1),
                round(x + step * (0.5 if middle else 1), 1) if last else None,
            )
        )
    return DistributionChart(
        size,
        bars,
        round(size.left + step * _place(histogram), 1),
        [(count, round(floor - count * scale, 1)) for count in grid],
    )


def _place(histogram: Histogram) -> float:
    """How many bins lie before the limit: it ends one, or lies in it."""
    for index, one in enumerate(histogram.bins):
        if one.last is not None and one.first <= histogram.limit <= one.last:
            return index + (histogram.limit - one.first + 1) / (one.last - one.first + 1)
    return len(histogram.bins)


def _counts(most: int) -> Sequence[int]:
    """A few round counts from 0 on, through the most."""
    steps = (step * 10**power for power in range(12) for step in _COUNT_STEPS)
    step = next(step for step in steps if most / step <= _LINES)
    return list(range(0, most + step, step))
