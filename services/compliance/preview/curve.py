"""Attainment against limit: how often each limit would have been kept, from what cycles counted.

Pure. A cycle is on time under a limit that it did not count beyond. One withdrawn is measured, and
late, only under limits that it did count beyond, where the standard measures those (rule 9 of
docs/counting-rules.md). So a longer limit never has a lower attainment.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Final, NamedTuple

from services.compliance.preview.document import AttainmentCurve, CurvePoint, KeptShare, KeptWithin
from shared.domain import LimitUnit

SHARES: Final = (Fraction(1, 2), Fraction(4, 5), Fraction(9, 10), Fraction(19, 20))
"""The shares of cases for which the curve names a limit, beside the target."""
MOST_POINTS: Final = 40
_SECONDS_STEP: Final = 60


class CountedCycles:
    """What the ended cycles of a standard counted, in whole units of its limit, rounded up."""

    def __init__(self) -> None:
        self.decided: Counter[int] = Counter()
        self.withdrawn: Counter[int] = Counter()

    def point(self, limit: int) -> CurvePoint:
        """A limit, and how often it would have been kept."""
        on_time = sum(cycles for counted, cycles in self.decided.items() if counted <= limit)
        given_up = sum(cycles for counted, cycles in self.withdrawn.items() if counted > limit)
        return CurvePoint(limit, KeptShare(on_time, sum(self.decided.values()) + given_up))

    def kept_within(self, share: Fraction) -> int | None:
        """The shortest limit with at least this attainment; None where nothing was decided."""
        total, on_time = sum(self.decided.values()), 0
        given_up = sum(self.withdrawn.values())
        for counted in sorted(self.decided.keys() | self.withdrawn.keys()):
            on_time += self.decided[counted]
            given_up -= self.withdrawn[counted]
            if total and on_time >= share * (total + given_up):
                return counted
        return None


class CurveScope(NamedTuple):
    """Of which days a curve is, in which unit, beside which limit and target."""

    unit: LimitUnit
    first: date
    last: date
    limit: int | None
    target: Fraction


def attainment_curve(cycles: CountedCycles, scope: CurveScope) -> AttainmentCurve | None:
    """The curve, from the shortest limit to one that nearly all keep; None of nothing decided."""
    if not cycles.decided:
        return None
    shares = sorted({*SHARES, scope.target})
    within = {share: cycles.kept_within(share) for share in shares}
    kept = [
        KeptWithin(round(float(share * 100), 2), limit)
        for share, limit in within.items()
        if limit is not None
    ]
    most = max([*(one.limit for one in kept), 2 * (scope.limit or 0)])
    least = _SECONDS_STEP if scope.unit == "seconds" else 1
    step = max(1, ceil(most / MOST_POINTS / least)) * least
    limits = {*range(0, most + step, step), *([] if scope.limit is None else [scope.limit])}
    points = tuple(map(cycles.point, sorted(limits)))
    return AttainmentCurve(scope.unit, scope.first, scope.last, scope.limit, points, tuple(kept))
