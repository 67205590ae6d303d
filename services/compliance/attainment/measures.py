"""What is measured in a period, and what is open: values of pages, reports, metrics. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Literal, NamedTuple

from services.compliance.attainment.attainment import Attainment, Budget
from services.compliance.delays.distribution import Delays
from services.compliance.explanations.explanation import NO_EXPLANATIONS, Explanation
from services.compliance.periods import Period
from services.compliance.projection.corrections import MeasuredBasis
from shared.domain import Catalogue, DayUnit, Stage, Standard

_NOTHING_MEASURED = 2
"""More than any attainment less any target."""
_OF_CYCLES = ("abandoned", "extended", "extended_due")
_OF_FILES = ("received", "withdrawn", "closed", "open", "waiting", "overdue", "waiting_other")


class CallFormula(NamedTuple):
    """Calls answered within the limit, among so many."""

    on_time: int
    of: int

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.on_time, self.of) if self.of else None


Feature = Literal["extensions", "others", "reminders"]
"""What some standards have: terms that can be extended, requests of others than the client, and
reminders of files that wait long. Figures about it say nothing of the others."""


def features_of(standard: Standard) -> frozenset[Feature]:
    """What a standard has, under any of its terms."""
    has: dict[Feature, bool] = {
        "extensions": any(terms.extensions for terms in standard.terms),
        "others": any(request.party == "other" for request in standard.requests.values()),
        "reminders": any(terms.waiting is not None for terms in standard.terms),
    }
    return frozenset(feature for feature, present in has.items() if present)


class TierMeasure(NamedTuple):
    """The files decided in a period against a further target; the second target is tier 2."""

    tier: int
    target: Fraction
    attainment: Attainment


class Measure(NamedTuple):
    """One standard (None for all, without a target) and unit (None for all) in one period.

    ``late`` and ``late_due`` are the budgets of the two bases. ``abandoned`` calls are among the
    late. ``closed`` were decided, measured or not, or withdrawn. ``waiting`` for the client are
    counted apart from ``waiting_other``, for others. ``extended`` and ``extended_due`` were on time
    only because the limit was extended. What was not read is 0; ``delays`` are None where they were not,
    and over several standards, whose limits have different units.
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
    waiting_other: int = 0
    extended: int = 0
    extended_due: int = 0
    tiers: Sequence[TierMeasure] = ()
    features: frozenset[Feature] = frozenset()
    delays: Delays | None = None

    def unextended(self, basis: MeasuredBasis) -> int:
        """The files that were on time without any extension."""
        return self.on(basis).on_time - (self.extended_due if basis == "due" else self.extended)

    def on(self, basis: MeasuredBasis) -> Attainment:
        return self.due if basis == "due" else self.decided

    def budget(self, basis: MeasuredBasis) -> Budget:
        return self.late_due if basis == "due" else self.late

    @classmethod
    def total(
        cls, unit: str | None, parts: Sequence[Measure], repeated: Sequence[Measure] = ()
    ) -> Measure:
        """Several standards in one row: what :mod:`figures` declares of it is their total.

        A file of several is measured once for each of them, but received, open and closed once:
        ``repeated`` has what they count too often.
        """
        counts = {name: sum([getattr(part, name) for part in parts]) for name in _OF_CYCLES}
        for name in _OF_FILES:
            again = sum([getattr(one, name) for one in repeated])
            counts[name] = sum([getattr(part, name) for part in parts]) - again
        return cls(
            standard=None,
            unit=unit,
            target=None,
            decided=Attainment.total([part.decided for part in parts]),
            due=Attainment.total([part.due for part in parts]),
            late=Budget.total([part.late for part in parts]),
            late_due=Budget.total([part.late_due for part in parts]),
            **counts,
            features=frozenset().union(*(part.features for part in parts)),
        )

    def margin(self, basis: MeasuredBasis = "decided") -> Fraction:
        """Attainment less target; what is not measured yet sorts last."""
        ratio = self.on(basis).ratio
        return Fraction(_NOTHING_MEASURED) if ratio is None else ratio - (self.target or 0)

    def formulas(self, catalogue: Catalogue, on: date) -> Mapping[str, CallFormula]:
        """The usual ways to measure calls by name.

        Its files are calls where the limit is in opening time and one who hangs up after it counts as
        late (``withdrawn: late_after_limit``, rule 9): nothing is abandoned at a counter.
        """
        if self.standard is None:
            return {}
        terms = catalogue.standards[self.standard].nearest_terms(on)
        if terms.limit.counts_days or not terms.measures_abandonment:
            return {}
        on_time, measured = self.decided.on_time, self.decided.measured
        return {
            "answered": CallFormula(on_time, measured - self.abandoned),
            "answered_or_abandoned_after_the_limit": CallFormula(on_time, measured),
            "offered": CallFormula(on_time, measured + self.withdrawn),
        }


OPEN_STAGES: Sequence[Stage] = ("on_track", "at_risk", "critical", "overdue")
REMAINING = {"overdue": -1, "0": 0, "1-2": 2, "3-5": 5, "6-10": 10, ">10": None}
"""What remains, each bucket with its last day."""
AGES = {"0-5": 5, "6-10": 10, "11-20": 20, "21-40": 40, "41-80": 80, "81-160": 160, ">160": None}
"""How old what is in hand is; each bucket is twice as wide as the one before, so that calls and files
of three years have the same few."""
WAITED = {"0-5": 5, "6-20": 20, "21-60": 60, ">60": None}
"""How long the client has been waited for. All in the days of the standard's limit."""


class DaysAgo(NamedTuple):
    """A day, and how many days ago it was, in the days of the standard's limit."""

    day: date
    days: int
    unit: DayUnit = "business_days"


AgeAndStage = tuple[str, Stage]


class OpenFiles(NamedTuple):
    """Open cycles of one standard and unit (None for all); ``followed`` ones are not measured.

    ``oldest`` is the oldest reception in hand or overdue, ``waiting_longest`` the start of the
    longest wait. ``waiting`` are those that wait for the client, ``waiting_other`` for others;
    ``waiting_long`` are those of both that wait longer than the standard wants to leave unseen. ``ages``
    are since the reception, of those in hand or overdue: files by age and stage, in the limit's ``days``.
    """

    standard: str | None
    unit: str | None
    stages: Mapping[str, int]
    followed: int
    remaining: Mapping[str, int]
    oldest: DaysAgo | None
    waiting: Mapping[str, int]
    waiting_longest: DaysAgo | None
    waiting_other: int = 0
    waiting_long: int = 0
    ages: Mapping[AgeAndStage, int] = MappingProxyType({})
    days: DayUnit = "business_days"


class AttainmentReport(NamedTuple):
    """All standards, worst first; ``explanations`` are by standard, of a fiscal year."""

    period: Period
    today: date
    rows: Sequence[Measure]
    explanations: Mapping[str, Explanation] = NO_EXPLANATIONS
