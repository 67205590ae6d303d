"""Units around a target: which are further from it than the number of their files explains.

Pure. A unit of n files that reaches a target exactly is late as often as chance makes it: the limits
are those of the binomial distribution, at 95 % and 99.8 % (Spiegelhalter, "Funnel plots for comparing
institutional performance", Statistics in Medicine 24, 2005). Units vary more than chance alone where
their work differs; from five units on, the limits are widened by that: his multiplicative
over-dispersion of the scores, winsorized at a tenth (one unit at least on each side, so that the one
that is far off does not excuse itself). The scores are around what all units reach together: that all
miss a target is no variation between them. Units are not ranked. Floats: these are probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, sqrt
from statistics import NormalDist
from typing import Final, Literal, NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.variation.binomial import binomial_cdf, binomial_tail

FunnelPlace = Literal["within", "above", "far_above", "below", "far_below"]
"""Beside the target: within the limits of 95 %, beyond these, or beyond those of 99.8 %."""

_TAILS: Final = (0.025, 0.001)
_FEWEST_UNITS: Final = 5
_WINSORIZED: Final = 0.1
_PRECISE: Final = 1e-4
"""Shares of limits that are drawn."""
_NORMAL: Final = NormalDist()


class FunnelUnit(NamedTuple):
    """A unit, what it measured, and its place."""

    unit: str
    attainment: Attainment
    place: FunnelPlace


class FunnelLimits(NamedTuple):
    """The limits for a unit of so many files: 95 %, and 99.8 %."""

    measured: int
    lower: float
    upper: float
    far_lower: float
    far_upper: float


class Funnel(NamedTuple):
    """Units around a target; ``dispersion`` is how much wider than by chance alone, 1 for not."""

    target: float
    dispersion: float
    units: Sequence[FunnelUnit]
    limits: Sequence[FunnelLimits]


def funnel(units: Mapping[str, Attainment], target: float, steps: int = 12) -> Funnel:
    """The units that have files, in the order given; limits for some numbers of files, to be drawn."""
    measured = {unit: one for unit, one in units.items() if one.measured}
    dispersion = _dispersion(list(measured.values()))
    placed = [
        FunnelUnit(unit, one, _place(one, target, dispersion)) for unit, one in measured.items()
    ]
    most = max((one.measured for one in measured.values()), default=0)
    numbers = sorted({max(round(most * (step / steps) ** 2), 1) for step in range(1, steps + 1)})
    limits = [_limits(number, target, dispersion) for number in numbers] if measured else []
    return Funnel(target, dispersion, placed, limits)


def _dispersion(attainments: Sequence[Attainment]) -> float:
    """The mean square of the winsorized scores, 1 at least; 1 for few units."""
    total = Attainment.total(attainments)
    if len(attainments) < _FEWEST_UNITS or not 0 < total.on_time < total.measured:
        return 1.0
    share = total.on_time / total.measured
    scores = sorted(
        (one.on_time / one.measured - share) / sqrt(share * (1 - share) / one.measured)
        for one in attainments
    )
    cut = ceil(len(scores) * _WINSORIZED)
    low, high = scores[cut], scores[-1 - cut]
    squares = [min(max(one, low), high) ** 2 for one in scores]
    return max(sum(squares) / len(squares), 1.0)


def _place(attainment: Attainment, target: float, dispersion: float) -> FunnelPlace:
    """By the probability of so few on time, or so many, at the target."""
    on_time, measured = attainment.on_time, attainment.measured
    near, far = (_tail(tail, dispersion) for tail in _TAILS)
    below = binomial_cdf(on_time, measured, target)
    above = binomial_tail(on_time, measured, target)
    if below <= near:
        return "far_below" if below <= far else "below"
    if above <= near:
        return "far_above" if above <= far else "above"
    return "within"


def _tail(tail: float, dispersion: float) -> float:
    """The tail of a wider distribution as that of the binomial: its score grows by the dispersion."""
    return _NORMAL.cdf(_NORMAL.inv_cdf(tail) * sqrt(dispersion))


def _limits(measured: int, target: float, dispersion: float) -> FunnelLimits:
    near, far = (_tail(tail, dispersion) for tail in _TAILS)
    return FunnelLimits(
        measured,
        _lower(measured, target, near),
        _upper(measured, target, near),
        _lower(measured, target, far),
        _upper(measured, target, far),
    )


def _lower(measured: int, target: float, tail: float) -> float:
    """The lowest share that is within the limit, between whole numbers of files."""
    return _inverse(lambda on_time: binomial_cdf(on_time, measured, target), tail, measured)


def _upper(measured: int, target: float, tail: float) -> float:
    late = _inverse(lambda late: binomial_cdf(late, measured, 1 - target), tail, measured)
    return 1 - late


def _inverse(cdf: Callable[[float], float], tail: float, measured: int) -> float:
    """The share of files at which a growing probability reaches a tail."""
    low, high = 0.0, float(measured)
    if cdf(low) >= tail:
        return 0.0
    while high - low > _PRECISE * measured:
        middle = (low + high) / 2
        low, high = (middle, high) if cdf(middle) < tail else (low, middle)
    return high / measured
