"""Small charts: geometry here, SVG in the templates, a table beside each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from services.compliance.delays.distribution import Bin, Histogram


class Size(NamedTuple):
    """A drawing's width, height and margins, in its own units."""

    width: int
    height: int
    left: int
    right: int
    above: int
    below: int

    @property
    def within(self) -> int:
        """The width between the margins."""
        return self.width - self.left - self.right

    @property
    def drawn(self) -> int:
        """The height between the margins."""
        return self.height - self.above - self.below

    def height_of(self, share: Fraction | float) -> float:
        """Where a share of the drawn height ends, from below."""
        return round(float(self.height - self.below - share * self.drawn), 1)

    def ratio_grid(self) -> Sequence[tuple[Fraction, float]]:
        """Some round ratios of the scale from 0 to 100 %, and their heights."""
        return [(ratio, self.height_of(ratio)) for ratio in _QUARTERS]


SPARK = Size(220, 56, 6, 6, 6, 6)
LARGE = Size(380, 190, 68, 16, 14, 30)
_QUARTERS = [Fraction(number, 4) for number in range(5)]
AIM_WIDTH, AIM_HEIGHT = 115, 24
"""What the name of a target takes of a drawing where its text is largest, on a phone."""
_LINES = 4
"""At most so many lines of a grid above 0."""
_STEP_LINES = 5


class Dot(NamedTuple):
    """A point in the units of the drawing."""

    x: float
    y: float


AimSide = Literal["above", "below"]
"""On which side of the line of a target its name stands, at the left end."""


class ChartLine(NamedTuple):
    """A line with gaps where nothing was measured.

    ``target_y`` is the height of the target, ``aim_side`` where its name stands; ``grid`` has the
    heights of some round ratios, ``months`` the place of each month.
    """

    size: Size
    runs: Sequence[str]
    dots: Sequence[Dot]
    target_y: float | None
    last: Dot | None
    grid: Sequence[tuple[Fraction, float]]
    months: Sequence[float]
    aim_side: AimSide


class BarPart(NamedTuple):
    """A part of a bar in percent of its width."""

    name: str
    files: int
    begins: float
    width: float


def line(
    ratios: Sequence[Fraction | None], target: Fraction | None, size: Size = SPARK
) -> ChartLine:
    """Attainment by month (None for nothing measured), always from 0 to 100 %.

    One scale for every line, so that two of them can be compared, and none looks steeper than it is.
    """
    step = size.within / max(len(ratios) - 1, 1)
    places = [round(size.left + index * step, 1) for index in range(len(ratios))]
    placed = [
        None if ratio is None else Dot(x, size.height_of(ratio))
        for x, ratio in zip(places, ratios, strict=True)
    ]
    dots = [dot for dot in placed if dot is not None]
    target_y = None if target is None else size.height_of(target)
    return ChartLine(
        size,
        _runs(placed),
        dots,
        target_y,
        dots[-1] if dots else None,
        size.ratio_grid(),
        places,
        "above" if target_y is None else aim_side(size, target_y, dots),
    )


def aim_side(size: Size, target_y: float, dots: Iterable[Dot]) -> AimSide:
    """Where fewer points lie under the name of a target; above, if as many do."""
    near = [dot.y - target_y for dot in dots if dot.x <= size.left + AIM_WIDTH]
    above = sum(-AIM_HEIGHT <= distance <= 0 for distance in near)
    below = sum(0 <= distance <= AIM_HEIGHT for distance in near)
    return "below" if below < above else "above"


def _runs(placed: Sequence[Dot | None]) -> Sequence[str]:
    """The unbroken runs of at least two points."""
    runs: list[list[Dot]] = [[]]
    for dot in placed:
        if dot is None:
            runs.append([])
        else:
            runs[-1].append(dot)
    return [polyline(run) for run in runs if len(run) > 1]


def polyline(dots: Iterable[Dot]) -> str:
    """Points as SVG has them."""
    return " ".join(f"{dot.x},{dot.y}" for dot in dots)


class ColumnPart(NamedTuple):
    """A part of a column: files of one name, in the units of the drawing."""

    name: str
    files: int
    x: float
    y: float
    width: float
    height: float


class ColumnChart(NamedTuple):
    """Groups of columns over whole numbers of files from 0; ``centres`` are the places of the groups."""

    size: Size
    parts: Sequence[ColumnPart]
    grid: Sequence[tuple[int, float]]
    centres: Sequence[float]


def columns(groups: Sequence[Sequence[Mapping[str, int]]], size: Size = LARGE) -> ColumnChart:
    """Each group has columns side by side, each with its parts one on the other, the first below."""
    highest = max([sum(one.values()) for group in groups for one in group], default=0)
    counts = round_counts(max(highest, 1))
    top = counts[-1]
    slot = size.within / max(len(groups), 1)

    def y(files: int) -> float:
        return size.height - size.below - size.drawn * files / top

    parts = []
    for place, group in enumerate(groups):
        width = slot * _FILLED / len(group)
        begins = size.left + place * slot + slot * (1 - _FILLED) / 2
        for index, column in enumerate(group):
            below = 0
            for name, files in column.items():
                if files:
                    upper, lower = y(below + files), y(below)
                    x = begins + index * width
                    box = (round(one, 2) for one in (x, upper, width, lower - upper))
                    parts.append(ColumnPart(name, files, *box))
                below += files
    grid = [(files, round(y(files), 1)) for files in counts]
    centres = [round(size.left + (place + 0.5) * slot, 1) for place in range(len(groups))]
    return ColumnChart(size, parts, grid, centres)


_FILLED = 0.72
"""How much of its place a group of columns takes."""


def _step(highest: int) -> int:
    """Between two lines of a grid over so many: 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if highest <= factor * power * _LINES:
                return factor * power
        power *= 10


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

    def x(amount: int) -> float:
        return round(size.left + size.within * amount / most, 1)

    steps: list[Dot] = []
    for amount, ratio in points:
        if steps:
            steps.append(Dot(x(amount), steps[-1].y))
        steps.append(Dot(x(amount), size.height_of(ratio)))
    ticks = points[:: max(1, len(points) // _LINES)]
    return CurveLine(
        size,
        polyline(steps),
        size.height_of(target),
        None if limit is None else x(limit),
        size.ratio_grid(),
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


class StepChart(NamedTuple):
    """Whole numbers day by day, as steps; ``band`` is the outline of a range, ``grid`` round values.

    ``places`` are those of the days, ``zero_y`` is the height of nothing.
    """

    size: Size
    lines: Sequence[str]
    band: str
    grid: Sequence[tuple[int, float]]
    zero_y: float
    places: Sequence[float]


def steps(
    series: Sequence[Sequence[int]],
    days: int,
    band: Sequence[tuple[int, int]] = (),
    size: Size = LARGE,
) -> StepChart:
    """Series that begin on the first of some days; each value holds through its day."""
    values = [0, *(one for line in series for one in line), *(one for pair in band for one in pair)]
    lowest, highest = min(values), max(*values, 1)
    places = [round(size.left + index * size.within / days, 1) for index in range(days + 1)]

    def height(value: int) -> float:
        return size.height_of((value - lowest) / (highest - lowest))

    def points(line: Sequence[int]) -> list[str]:
        ends = zip(places, places[1:], line, strict=False)
        return [f"{x},{height(one)}" for begins, end, one in ends for x in (begins, end)]

    lower, upper = points([low for low, _ in band]), points([high for _, high in band])
    return StepChart(
        size,
        [" ".join(points(line)) for line in series],
        " ".join([*lower, *reversed(upper)]),
        [(value, height(value)) for value in _round_values(lowest, highest)],
        height(0),
        places[:-1],
    )


def _round_values(lowest: int, highest: int) -> Sequence[int]:
    """A few round numbers between two."""
    step = _step(highest - lowest)
    return range(-(-lowest // step) * step, highest + 1, step)


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


WIDE = Size(560, 266, 56, 10, 52, 38)


def distribution_chart(histogram: Histogram, labels: int, size: Size = WIDE) -> DistributionChart:
    """The bins side by side, as high as they have files; about so many of them have labels."""
    bins = histogram.bins
    step = size.within / max(len(bins), 1)
    floor = size.height - size.below
    most = max([one.files for one in bins], default=0)
    grid = round_counts(most)
    scale = size.drawn / max(most, grid[-1], 1)
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


def round_counts(most: int) -> Sequence[int]:
    """A few round counts from 0 on, through the most."""
    step = _step(most)
    return list(range(0, most + step, step))
