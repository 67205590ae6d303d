"""Attainment: how often a commitment was kept, in a period, on one of two bases.

Pure. ``decided`` counts the cycles decided in the period and is the published figure; ``due``
counts those whose deadline lies in the period and before today, decided or overdue, so that a file
left undecided cannot flatter it (§5 of docs/counting-rules.md). A period in which nothing was
measured has no attainment: neither 0 nor 100 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from services.compliance.periods import Period
from services.compliance.projection.corrections import MeasuredBasis
from services.compliance.projection.snapshot_tallies import MEASURED_LATE, MEASURED_ON_TIME

ALL_YEARS = Period("all", date.min, date.max)
"""Whatever is counted; its days are no days to show."""


class Budget(NamedTuple):
    """Late files allowed and used; ``committed`` adds those that will be late."""

    allowed: int
    used: int
    committed: int

    @property
    def left(self) -> int:
        return self.allowed - self.committed

    @classmethod
    def total(cls, parts: Sequence[Budget]) -> Budget:
        """Of several commitments: each contributes what its own target allows."""
        return cls(*map(sum, zip(cls(0, 0, 0), *parts, strict=True)))


class Attainment(NamedTuple):
    """Whole files; ``ratio`` is exact, None when nothing was measured."""

    measured: int
    on_time: int
    late: int

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.on_time, self.measured) if self.measured else None

    def late_allowed(self, target: Fraction) -> int:
        """How many of the measured files may be late without missing the target."""
        return self.measured * (target.denominator - target.numerator) // target.denominator

    @classmethod
    def total(cls, parts: Sequence[Attainment]) -> Attainment:
        return cls(*map(sum, zip(cls(0, 0, 0), *parts, strict=True)))


def measured_days(period: Period, basis: MeasuredBasis, today: date) -> Period:
    """The days of a period that count on a basis: on ``due``, only those before today."""
    match basis:
        case "decided":
            return period
        case "due":
            return period._replace(last=min(period.last, today - timedelta(days=1)))


def attainment_of(outcomes: Mapping[str, int]) -> Attainment:
    """From files by outcome."""
    on_time = sum([outcomes.get(outcome, 0) for outcome in MEASURED_ON_TIME])
    late = sum([outcomes.get(outcome, 0) for outcome in MEASURED_LATE])
    return Attainment(on_time + late, on_time, late)


def decimal(ratio: Fraction | None) -> float | None:
    """An exact ratio to six places, as programs read it."""
    return None if ratio is None else round(float(ratio), 6)
