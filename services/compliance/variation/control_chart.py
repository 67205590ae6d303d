"""Control charts of an attainment: what is usual of it, and what is not.

Pure. The rules are those of NHS England's *Making Data Count*: a point beyond a limit, seven in a row
on one side of the mean, six in a row that rise or fall, two of three near the same limit (in the
outer third of the way to it). Limits are those of an XmR chart (Wheeler, *Understanding Variation*:
the mean ± 2.66 mean moving ranges) or, where a point has files enough, of a p′ chart (Laney,
*Quality Engineering* 14, 2002), which widens and narrows with the number of files and allows for more
variation between points than chance gives. A change of terms begins a new segment, with a mean and
limits of its own: what is promised before and after is not the same. Floats: these are estimates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import sqrt
from typing import Final, Literal, NamedTuple

from services.compliance.attainment.attainment import Attainment

ChartKind = Literal["xmr", "p_prime"]
ChartSignal = Literal["beyond", "shift", "trend", "near"]
ChartSide = Literal["better", "worse"]
Usual = Literal["usual", "better", "worse"]
"""Whether the last point is part of a signal, and on which side."""
Assurance = Literal["reaches", "some", "misses"]
"""Whether what is usual is all at or above the target, on both sides of it, or all below."""

FEWEST_POINTS: Final = 10
"""Of a segment: with fewer, limits are guesses."""
_XMR: Final = 2.66
_MOVING_RANGE: Final = 1.128
"""The mean moving range of two draws, in standard deviations."""
_SIGMAS: Final = 3
_OUTER: Final = 2 / 3
_SHIFT, _TREND, _NEAR, _OF_NEAR = 7, 6, 2, 3
_ROUNDING: Final = 1e-12
"""Shares that differ by less are the same: a point on the mean is on neither side."""
_FEWEST_EACH_WAY: Final = 5
"""On time and late that a point must be expected to have, for limits that follow its files."""


class ChartPeriod(NamedTuple):
    """A month or quarter and what was measured in it."""

    first: date
    attainment: Attainment


class SignalAt(NamedTuple):
    """A signal that a point is part of."""

    rule: ChartSignal
    side: ChartSide


class ChartPoint(NamedTuple):
    """A point beside what is usual of it; limits are None in a segment that is too short."""

    first: date
    attainment: Attainment
    mean: float | None
    lower: float | None
    upper: float | None
    signals: Sequence[SignalAt]


class Segment(NamedTuple):
    """The points under the same terms."""

    kind: ChartKind
    points: Sequence[ChartPoint]

    @property
    def has_limits(self) -> bool:
        return bool(self.points) and self.points[0].mean is not None

    def usual(self) -> Usual | None:
        """What its last point says; None without limits."""
        if not self.has_limits:
            return None
        signals = self.points[-1].signals
        return signals[0].side if signals else "usual"

    def assurance(self, target: float) -> Assurance | None:
        """What may be expected of the next point beside a target; None without limits."""
        last = self.points[-1] if self.has_limits else None
        if last is None or last.lower is None or last.upper is None:
            return None
        if last.lower >= target:
            return "reaches"
        return "misses" if last.upper < target else "some"


def segments_of(periods: Sequence[ChartPeriod], changes: Sequence[date]) -> Sequence[Segment]:
    """The segments of a chart; one begins with the first period on or after each change of terms.

    Periods without a measured file have no point.
    """
    measured = [one for one in periods if one.attainment.measured]
    parts: list[list[ChartPeriod]] = [[]]
    left = sorted(changes)
    for one in measured:
        while left and left[0] <= one.first:
            left.pop(0)
            if parts[-1]:
                parts.append([])
        parts[-1].append(one)
    return [_segment(part) for part in parts if part]


def _segment(periods: Sequence[ChartPeriod]) -> Segment:
    attainments = [one.attainment for one in periods]
    kind = _kind(attainments)
    if len(periods) < FEWEST_POINTS:
        empty = [ChartPoint(*one, None, None, None, ()) for one in periods]
        return Segment(kind, empty)
    shares = [one.on_time / one.measured for one in attainments]
    means, halves = _p_prime(attainments) if kind == "p_prime" else _xmr(shares)
    signals = _signals(shares, means, halves)
    return Segment(
        kind,
        [
            ChartPoint(*one, mean, max(mean - half, 0.0), min(mean + half, 1.0), found)
            for one, mean, half, found in zip(periods, means, halves, signals, strict=True)
        ],
    )


def _kind(attainments: Sequence[Attainment]) -> ChartKind:
    """p′ where the smallest point is expected to have some files on time and some late."""
    total = Attainment.total(attainments)
    smallest = min(one.measured for one in attainments)
    expected = smallest * min(total.on_time, total.late) / total.measured
    return "p_prime" if expected >= _FEWEST_EACH_WAY else "xmr"


def _xmr(shares: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    mean = sum(shares) / len(shares)
    ranges = [abs(after - before) for before, after in pairwise(shares)]
    half = _XMR * sum(ranges) / len(ranges)
    return [mean] * len(shares), [half] * len(shares)


def _p_prime(attainments: Sequence[Attainment]) -> tuple[Sequence[float], Sequence[float]]:
    total = Attainment.total(attainments)
    mean = total.on_time / total.measured
    deviations = [sqrt(mean * (1 - mean) / one.measured) for one in attainments]
    scores = [
        (one.on_time / one.measured - mean) / deviation
        for one, deviation in zip(attainments, deviations, strict=True)
    ]
    ranges = [abs(after - before) for before, after in pairwise(scores)]
    between = sum(ranges) / len(ranges) / _MOVING_RANGE
    return [mean] * len(scores), [_SIGMAS * one * between for one in deviations]


def _signals(
    shares: Sequence[float], means: Sequence[float], halves: Sequence[float]
) -> Sequence[Sequence[SignalAt]]:
    """The signals that each point is part of, the clearest first."""
    found: list[list[SignalAt]] = [[] for _ in shares]
    away = [share - mean for share, mean in zip(shares, means, strict=True)]
    for index, (distance, half) in enumerate(zip(away, halves, strict=True)):
        if abs(distance) > half + _ROUNDING:
            found[index].append(SignalAt("beyond", _side(distance)))
    _note_runs(found, [_sign(one) for one in away], _SHIFT, "shift")
    steps = [0, *(_sign(after - before) for before, after in pairwise(shares))]
    _note_trends(found, steps)
    outer = [
        _sign(one) if abs(one) > half * _OUTER + _ROUNDING else 0
        for one, half in zip(away, halves, strict=True)
    ]
    for index in range(_OF_NEAR - 1, len(shares)):
        three = range(index - _OF_NEAR + 1, index + 1)
        for sign in (1, -1):
            near = [one for one in three if outer[one] == sign]
            if len(near) >= _NEAR and outer[index] == sign:
                for one in near:
                    _note(found[one], SignalAt("near", _side(sign)))
    return found


def _note_runs(
    found: Sequence[list[SignalAt]], signs: Sequence[int], length: int, rule: ChartSignal
) -> None:
    """Every point of a run of so many of one sign, or more; one on the mean ends a run."""
    begins = 0
    for index in range(len(signs) + 1):
        if index == len(signs) or signs[index] != signs[begins] or signs[begins] == 0:
            if index - begins >= length and signs[begins]:
                for one in range(begins, index):
                    _note(found[one], SignalAt(rule, _side(signs[begins])))
            begins = index


def _note_trends(found: Sequence[list[SignalAt]], steps: Sequence[int]) -> None:
    """Every point of six in a row or more, each above the one before it, or each below."""
    begins = 0
    for index in range(1, len(steps) + 1):
        if index == len(steps) or steps[index] != steps[begins + 1] or steps[index] == 0:
            if index - begins >= _TREND and steps[begins + 1]:
                for one in range(begins, index):
                    _note(found[one], SignalAt("trend", _side(steps[begins + 1])))
            begins = index - 1


def _note(signals: list[SignalAt], signal: SignalAt) -> None:
    if signal not in signals:
        signals.append(signal)


def _sign(value: float) -> int:
    return (value > _ROUNDING) - (value < -_ROUNDING)


def _side(value: float) -> ChartSide:
    return "better" if value > 0 else "worse"
