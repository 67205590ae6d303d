"""Small charts: geometry here, SVG in the templates, a table beside each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple


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
