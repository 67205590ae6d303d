"""Small charts, worked out here and drawn as SVG by the templates; a table beside each says the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from services.compliance.board.trend import Month

WIDTH, HEIGHT, EDGE = 220, 56, 6


class Dot(NamedTuple):
    """A point in the units of the drawing."""

    x: float
    y: float


class Line(NamedTuple):
    """A line with gaps where nothing was measured: its unbroken runs, its points, the height of the target, and the last point."""

    runs: Sequence[str]
    dots: Sequence[Dot]
    target_y: float
    last: Dot | None


class Part(NamedTuple):
    """A part of a bar in percent of its width."""

    name: str
    files: int
    begins: float
    width: float


def line(months: Sequence[Month], target: Fraction) -> Line:
    """Attainment by month, from a floor below the lowest point to 100 %."""
    ratios = [month.decided.ratio for month in months]
    floor = min([target, *(ratio for ratio in ratios if ratio is not None)]) - Fraction(5, 100)
    floor = max(floor, Fraction(0))

    def height(ratio: Fraction) -> float:
        share = (ratio - floor) / (1 - floor)
        return round(float(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)), 1)

    step = (WIDTH - 2 * EDGE) / max(len(months) - 1, 1)
    placed = [
        None if ratio is None else Dot(round(EDGE + index * step, 1), height(ratio))
        for index, ratio in enumerate(ratios)
    ]
    runs: list[list[Dot]] = [[]]
    for dot in placed:
        if dot is None:
            runs.append([])
        else:
            runs[-1].append(dot)
    dots = [dot for dot in placed if dot is not None]
    drawn = [" ".join(f"{dot.x},{dot.y}" for dot in run) for run in runs if len(run) > 1]
    return Line(drawn, dots, height(target), dots[-1] if dots else None)


def bar(files: Mapping[str, int]) -> Sequence[Part]:
    """Files by stage, side by side; parts without any are left out."""
    total = sum(files.values())
    parts, begins = [], 0.0
    for name, number in files.items():
        if number:
            width = 100 * number / total
            parts.append(Part(name, number, round(begins, 2), round(width, 2)))
            begins += width
    return parts
