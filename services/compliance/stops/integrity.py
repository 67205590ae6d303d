"""What stopped clocks take off: shares, days, the attainment that rests on them, and what is to verify.

Pure. All of it is of the measured files that ended in a period (the basis ``decided``). A rule's base
rate is its share among those of all the units asked about: a unit is to verify where its own share is
well above, not because it has any. The exact tail of the binomial says how rarely chance alone would
give a unit so many at the base rate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from services.compliance.attainment.attainment import Attainment, attainment_of
from services.compliance.delays.distribution import percentile
from services.compliance.projection.snapshot_tallies import Basis
from services.compliance.projection.stop_rules import (
    DAYS_AROUND,
    STOP_RULES,
    StoppedOutcome,
    StopRule,
)
from services.compliance.projection.tally_scope import Outcomes
from services.compliance.variation.binomial import binomial_tail

STOP_BASES: Final[tuple[Basis, ...]] = ("decided", "stopped", "to_verify", "days_left")
CHANCE: Final = 0.01
"""A share or a bunching is pointed out where chance gives it in fewer than one case in a hundred."""


class KindMeasure(NamedTuple):
    """The files stopped by a kind of request ('' for none named); one of two kinds is in both.

    ``mean`` and ``percentile_80`` are what all the stops of such a file removed, in whole days or
    seconds of the limit; ``by_stops`` those on time only because of stops.
    """

    kind: str
    files: int
    mean: Fraction | None
    percentile_80: int | None
    by_stops: int


class RuleMeasure(NamedTuple):
    """The files that a rule singles out, among those measured; ``base`` is its rate in all units.

    ``chance`` is the probability of so many or more at the base rate, where that is more than it
    expects; None elsewhere.
    """

    rule: StopRule
    files: int
    measured: int
    base: Fraction | None
    chance: float | None = None

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.files, self.measured) if self.measured else None

    @property
    def stands_out(self) -> bool:
        """Whether chance does not explain so many."""
        return self.chance is not None and self.chance < CHANCE


class Bunching(NamedTuple):
    """Files decided on the very last day, beside the days around it.

    ``around`` are those decided one and two days before and after it: if files fell on days
    smoothly, the last day would have ``expected``, a quarter of them. ``chance`` is the probability
    of so many or more on the last day of the five, where that is more than expected.
    """

    on_last_day: int
    around: int
    chance: float | None

    @property
    def expected(self) -> Fraction:
        return Fraction(self.around, 2 * DAYS_AROUND)

    @property
    def stands_out(self) -> bool:
        """Whether chance does not explain so many."""
        return self.chance is not None and self.chance < CHANCE


class OutstandingRule(NamedTuple):
    """A rule by which a unit (None for all) has more files to verify than chance explains."""

    standard: str
    unit: str | None
    measure: RuleMeasure
    chance: float


class StopMeasure(NamedTuple):
    """The stops of a standard and unit (None for all) in one period.

    ``by_stops`` of the files on time would have been late had nothing stopped them. ``all_kinds``
    are the stopped files whatever the kind, ``kinds`` the same by kind where the catalogue has
    several. ``bunching`` is None where it is not tested.
    """

    standard: str
    unit: str | None
    decided: Attainment
    all_kinds: KindMeasure
    kinds: Sequence[KindMeasure]
    rules: Sequence[RuleMeasure]
    bunching: Bunching | None

    @property
    def stopped(self) -> int:
        return self.all_kinds.files

    @property
    def by_stops(self) -> int:
        return self.all_kinds.by_stops

    @property
    def share_stopped(self) -> Fraction | None:
        measured = self.decided.measured
        return Fraction(self.stopped, measured) if measured else None

    @property
    def without_stops(self) -> Attainment:
        """The attainment had nothing stopped any file: the gross one."""
        measured, on_time, late = self.decided
        return Attainment(measured, on_time - self.by_stops, late + self.by_stops)

    @property
    def outstanding(self) -> Sequence[OutstandingRule]:
        """The rules by which more files are to verify than chance explains.

        Of the last day it is the days around it that say so, where they are tested.
        """
        found = []
        for one in self.rules:
            tested: RuleMeasure | Bunching = one
            if one.rule == "last_day" and self.bunching is not None:
                tested = self.bunching
            if tested.chance is not None and tested.stands_out:
                found.append(OutstandingRule(self.standard, self.unit, one, tested.chance))
        return found


BaseRates = Mapping[StopRule, Fraction | None]
"""The share that each rule singles out; None without measured files."""


def base_rates(everywhere: Mapping[Basis, Outcomes]) -> BaseRates:
    """From the tallies of all units asked about together."""
    measured = attainment_of(everywhere.get("decided", {})).measured
    return {
        rule: Fraction(_singled_out(rule, everywhere), measured) if measured else None
        for rule in STOP_RULES
    }


def stop_measure(
    standard: str,
    unit: str | None,
    past: Mapping[Basis, Outcomes],
    *,
    tests_bunching: bool,
    bases: BaseRates,
) -> StopMeasure:
    """From the tallies of a unit, or of all, beside the base rates of all units asked about."""
    decided = attainment_of(past.get("decided", {}))
    stopped = {
        StoppedOutcome.of(written): files for written, files in past.get("stopped", {}).items()
    }
    kinds = sorted({kind for outcome in stopped for kind in outcome.kinds})
    return StopMeasure(
        standard,
        unit,
        decided,
        _kind("", stopped.items()),
        [
            _kind(kind, [(one, files) for one, files in stopped.items() if kind in one.kinds])
            for kind in kinds
        ],
        [
            _rule(rule, _singled_out(rule, past), decided.measured, bases[rule])
            for rule in STOP_RULES
        ],
        bunching(past.get("days_left", {})) if tests_bunching else None,
    )


def _kind(kind: str, stopped: Iterable[tuple[StoppedOutcome, int]]) -> KindMeasure:
    removed, by_stops = Counter[int](), 0
    for outcome, files in stopped:
        if files:
            removed[outcome.removed] += files
            by_stops += files if outcome.by_stops else 0
    files = removed.total()
    if not files:
        return KindMeasure(kind, 0, None, None, 0)
    total = sum(days * number for days, number in removed.items())
    return KindMeasure(kind, files, Fraction(total, files), percentile(removed, 80), by_stops)


def _rule(rule: StopRule, files: int, measured: int, base: Fraction | None) -> RuleMeasure:
    chance = None
    if base is not None and files * base.denominator > base.numerator * measured:
        chance = binomial_tail(files, measured, float(base))
    return RuleMeasure(rule, files, measured, base, chance)


def _singled_out(rule: StopRule, past: Mapping[Basis, Outcomes]) -> int:
    if rule == "last_day":
        return past.get("days_left", {}).get("0", 0)
    return past.get("to_verify", {}).get(rule, 0)


def bunching(days_left: Mapping[str, int]) -> Bunching:
    """Of files decided around their last day, by the days that remained."""
    on_last_day = days_left.get("0", 0)
    around = sum(days_left.values()) - on_last_day
    share = Fraction(1, 2 * DAYS_AROUND + 1)
    files = on_last_day + around
    chance = (
        binomial_tail(on_last_day, files, float(share)) if on_last_day > share * files else None
    )
    return Bunching(on_last_day, around, chance)
