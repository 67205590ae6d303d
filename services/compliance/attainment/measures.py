"""What is measured in a period, and what is open: values of pages, reports, metrics. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple, get_args

from services.compliance.attainment.attainment import Attainment, Budget
from services.compliance.periods import Period
from services.compliance.projection.corrections import MeasuredBasis
from shared.domain import Catalogue, Stage

_NOTHING_MEASURED = 2
"""More than any attainment less any target."""


class CallFormula(NamedTuple):
    """Calls answered within the limit, among so many."""

    on_time: int
    of: int

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.on_time, self.of) if self.of else None


class Measure(NamedTuple):
    """One standard (None for all, without a target) and unit (None for all) in one period.

    ``late`` and ``late_due`` are the budgets of the two bases. ``abandoned`` calls are among the
    late. ``closed`` were decided, measured or not, or withdrawn. What was not read is 0.
    """

    standard: str | None
    unit: str | None
    target: Fraction | None
    decided: Attainment
    due: Attainment
    late: Budget
    late_due: Budget
    abandoned: int
    received: int
    withdrawn: int
    closed: int
    open: int
    waiting: int
    overdue: int

    def on(self, basis: MeasuredBasis) -> Attainment:
        return self.due if basis == "due" else self.decided

    def budget(self, basis: MeasuredBasis) -> Budget:
        return self.late_due if basis == "due" else self.late

    @classmethod
    def total(cls, unit: str | None, parts: Sequence[Measure]) -> Measure:
        """Several standards in one row: what :mod:`figures` declares of it is their total."""
        return cls(
            standard=None,
            unit=unit,
            target=None,
            decided=Attainment.total([part.decided for part in parts]),
            due=Attainment.total([part.due for part in parts]),
            late=Budget.total([part.late for part in parts]),
            late_due=Budget.total([part.late_due for part in parts]),
            abandoned=sum(part.abandoned for part in parts),
            received=sum(part.received for part in parts),
            withdrawn=sum(part.withdrawn for part in parts),
            closed=sum(part.closed for part in parts),
            open=sum(part.open for part in parts),
            waiting=sum(part.waiting for part in parts),
            overdue=sum(part.overdue for part in parts),
        )

    def margin(self, basis: MeasuredBasis = "decided") -> Fraction:
        """Attainment less target; what is not measured yet sorts last."""
        ratio = self.on(basis).ratio
        return Fraction(_NOTHING_MEASURED) if ratio is None else ratio - (self.target or 0)

    def formulas(self, catalogue: Catalogue, on: date) -> Mapping[str, CallFormula]:
        """The usual ways to measure calls by name, of a standard whose limit is in minutes."""
        if self.standard is None:
            return {}
        if catalogue.standards[self.standard].nearest_terms(on).limit.counts_days:
            return {}
        on_time, measured = self.decided.on_time, self.decided.measured
        return {
            "answered": CallFormula(on_time, measured - self.abandoned),
            "answered_or_abandoned_after_the_limit": CallFormula(on_time, measured),
            "offered": CallFormula(on_time, measured + self.withdrawn),
        }


OPEN_STAGES: Sequence[Stage] = get_args(Stage)
REMAINING = {"overdue": -1, "0": 0, "1-2": 2, "3-5": 5, "6-10": 10, ">10": None}
"""What remains, each bucket with its last day."""
WAITED = {"0-5": 5, "6-20": 20, "21-60": 60, ">60": None}
"""Business days that the client has been waited for, each bucket with its last."""


class BusinessDaysAgo(NamedTuple):
    """A day, and how many business days ago it was."""

    day: date
    business_days: int


class OpenFiles(NamedTuple):
    """Open cycles of one standard and unit (None for all); ``followed`` ones are not measured.

    ``oldest`` is the oldest reception in hand or overdue, ``waiting_longest`` the start of the
    longest wait for a client.
    """

    standard: str | None
    unit: str | None
    stages: Mapping[str, int]
    followed: int
    remaining: Mapping[str, int]
    oldest: BusinessDaysAgo | None
    waiting: Mapping[str, int]
    waiting_longest: BusinessDaysAgo | None


class AttainmentReport(NamedTuple):
    """All standards, worst first."""

    period: Period
    today: date
    rows: Sequence[Measure]
