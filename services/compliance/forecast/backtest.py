"""Whether the forecast is worth showing: what it would have said of past months, beside simple rules. Pure.

At the 5th, 10th and 15th business day of every month that is over, in the morning: the attainment of
the files due in the month, of what was known then. The rules it must beat are the attainment of the
month before, and that of the month so far; and, for the chance to reach the target, the share of the
months before that did. Where it does not, it is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from math import sqrt
from operator import attrgetter
from statistics import fmean, stdev
from typing import Final, NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.forecast.hazard import (
    WINDOW_DAYS,
    Hazards,
    Outlook,
    arrival_rate,
    hazards,
    normal_chance,
    outlook,
)
from services.compliance.forecast.lives import CountedDays, Life

BUSINESS_DAYS: Final = (5, 10, 15)
"""Of the month, on whose mornings the forecast is tried."""
FEWEST_MONTHS: Final = 6
"""Months of trials before the forecast may be shown."""
_PRIOR: Final = 6
_PRIOR_SPREAD: Final = 3.0
"""Before there are trials: as if two months had said that results vary three times as much."""
_UNTRIED_ERROR: Final = 0.1
"""The error of a simple rule before it has been tried."""


class PastMonth(NamedTuple):
    """A month that is over, its first and last day, and the mornings of its trials; ordinals."""

    first: int
    last: int
    mornings: Sequence[int]


HazardsOn = Mapping[int, Hazards | None]
"""By morning."""


class MonthOnMorning(NamedTuple):
    """What a morning knew of the files due by a day of its month: settled, or open by counted days left."""

    settled: Attainment
    open_by_left: Mapping[int, int]


class Trial(NamedTuple):
    """What would have been said on a morning, and what came: attainments, and chances to reach the target."""

    month: int
    morning: int
    business_day: int
    expected: float
    low: float
    high: float
    chance: float
    last_month: float
    so_far: float
    chance_last_month: float
    chance_so_far: float
    chance_base: float
    deviation: float
    actual: float
    is_reached: bool

    @property
    def day(self) -> date:
        return date.fromordinal(self.morning)

    @property
    def error(self) -> float:
        return abs(self.expected - self.actual)

    @property
    def is_within(self) -> bool:
        """Whether the interval held what came."""
        return self.low <= self.actual <= self.high

    def brier(self, chance: float) -> float:
        """The squared error of a chance."""
        return (chance - self.is_reached) ** 2


class TrialComparison(NamedTuple):
    """A score of the forecast beside a rule's, both as means; smaller is better.

    ``beats`` is whether it is better by more than one standard error, month by month.
    """

    forecast: float
    rule: float
    beats: bool


@dataclass(frozen=True)
class BackTest:
    """Every trial so far, oldest first."""

    trials: Sequence[Trial]

    @cached_property
    def months(self) -> int:
        return len({one.month for one in self.trials})

    @property
    def error_last_month(self) -> TrialComparison:
        """Against the attainment of the month before."""
        return self._compared(lambda one: (one.error, abs(one.last_month - one.actual)))

    @property
    def error_so_far(self) -> TrialComparison:
        """Against the attainment of the month so far."""
        return self._compared(lambda one: (one.error, abs(one.so_far - one.actual)))

    @property
    def brier_base(self) -> TrialComparison:
        """Against the share of the months before that reached the target."""
        return self._compared(lambda one: (one.brier(one.chance), one.brier(one.chance_base)))

    @property
    def brier_last_month(self) -> TrialComparison:
        return self._compared(lambda one: (one.brier(one.chance), one.brier(one.chance_last_month)))

    @property
    def brier_so_far(self) -> TrialComparison:
        return self._compared(lambda one: (one.brier(one.chance), one.brier(one.chance_so_far)))

    @cached_property
    def comparisons(self) -> Mapping[str, TrialComparison]:
        """Every one, by the score and the rule."""
        return {
            "error_last_month": self.error_last_month,
            "error_so_far": self.error_so_far,
            "brier_last_month": self.brier_last_month,
            "brier_so_far": self.brier_so_far,
            "brier_base": self.brier_base,
        }

    @cached_property
    def coverage(self) -> float:
        """The share of the trials whose interval held what came; 0.8 is what it should be."""
        return fmean(one.is_within for one in self.trials) if self.trials else 0.0

    @property
    def is_enough(self) -> bool:
        """Whether there were enough months to tell."""
        return self.months >= FEWEST_MONTHS

    @cached_property
    def has_skill(self) -> bool:
        """Whether the forecast may be shown: it beats every rule."""
        return self.is_enough and all(one.beats for one in self.comparisons.values())

    @cached_property
    def dispersion(self) -> float:
        """How much more results were spread than independent files would be; at least 1."""
        return _dispersion(self.trials)

    def _compared(self, scores: Callable[[Trial], tuple[float, float]]) -> TrialComparison:
        pairs = [scores(one) for one in self.trials]
        if not pairs:
            return TrialComparison(0.0, 0.0, beats=False)
        gains = [
            fmean(rule - own for own, rule in map(scores, month))
            for _, month in groupby(self.trials, attrgetter("month"))
        ]
        doubt = stdev(gains) / sqrt(len(gains)) if len(gains) > 1 else float("inf")
        return TrialComparison(
            fmean(own for own, _ in pairs), fmean(rule for _, rule in pairs), fmean(gains) > doubt
        )


def month_on_morning(
    lives: Sequence[Life], days: CountedDays, morning: int, first: int, last: int
) -> MonthOnMorning:
    """What was known on a morning of the files due from ``first`` through ``last``."""
    on_time = late = 0
    open_by_left: dict[int, int] = {}
    yesterday, ends = days.number(morning - 1), days.number(last)
    for life in lives:
        if life.received >= morning:
            continue
        if life.ended is not None and life.ended < morning:
            if first <= life.due <= last:
                on_time += life.files * life.on_time
                late += life.files * (not life.on_time)
            continue
        left = life.left(morning, days)
        if left <= 0:
            late += life.files * (first <= life.due <= last)
        elif yesterday + left <= ends and not life.waits(morning):
            open_by_left[left] = open_by_left.get(left, 0) + life.files
    return MonthOnMorning(Attainment(on_time + late, on_time, late), open_by_left)


def outcome(lives: Sequence[Life], first: int, last: int) -> Attainment:
    """What became of the files due from ``first`` through ``last``."""
    due = [one for one in lives if first <= one.due <= last and not one.is_running]
    on_time = sum(one.files for one in due if one.on_time)
    measured = sum(one.files for one in due)
    return Attainment(measured, on_time, measured - on_time)


def recent_lives(lives: Sequence[Life], month: PastMonth) -> Sequence[Life]:
    """Without those that a month and later ones have no more use for: ended and due long before."""
    begins = month.first - WINDOW_DAYS
    return [one for one in lives if one.due >= begins or one.ended is None or one.ended >= begins]


def hazards_of(lives: Sequence[Life], days: CountedDays, months: Sequence[PastMonth]) -> HazardsOn:
    """What each morning of some months, oldest first, had been told by the days before it."""
    known: dict[int, Hazards | None] = {}
    for month in months:
        lives = recent_lives(lives, month)
        known |= {morning: hazards(lives, days, morning) for morning in month.mornings}
    return known


def back_test(
    lives: Sequence[Life],
    days: CountedDays,
    target: Fraction,
    months: Sequence[PastMonth],
    known: HazardsOn,
) -> BackTest:
    """Try the forecast on past months, oldest first; the first only serves the second."""
    trials: list[Trial] = []
    reached: list[bool] = []
    before: Fraction | None = None
    for month in months:
        lives = recent_lives(lives, month)
        came = outcome(lives, month.first, month.last)
        if came.ratio is None:
            before = None
            continue
        if before is not None:
            earlier = tuple(trials)
            for number, morning in zip(BUSINESS_DAYS, month.mornings, strict=False):
                said = outlook_on(lives, days, morning, month, target, known[morning])
                if said is not None:
                    trials.append(
                        _trial(month, morning, number, said, target, before, came, earlier, reached)
                    )
        before = came.ratio
        reached.append(came.ratio >= target)
    return BackTest(tuple(trials))


class MorningOutlook(NamedTuple):
    """The outlook of a morning, and what the month had come to."""

    outlook: Outlook
    so_far: Fraction | None


def outlook_on(
    lives: Sequence[Life],
    days: CountedDays,
    morning: int,
    month: PastMonth,
    target: Fraction,
    known: Hazards | None,
) -> MorningOutlook | None:
    """What was to be expected of a month on a morning, of what had happened before it."""
    if known is None:
        return None
    settled, open_by_left = month_on_morning(lives, days, morning, month.first, month.last)
    to_come = arrival_rate(lives, days, morning).until(month.last, days, morning)
    found = outlook(settled, open_by_left, known, target, to_come)
    return None if found is None else MorningOutlook(found, settled.ratio)


def _trial(
    month: PastMonth,
    morning: int,
    number: int,
    said: MorningOutlook,
    target: Fraction,
    before: Fraction,
    came: Attainment,
    earlier: Sequence[Trial],
    reached: Sequence[bool],
) -> Trial:
    assert came.ratio is not None
    aim, spread = float(target), _dispersion(earlier)
    last_month = float(before)
    so_far = last_month if said.so_far is None else float(said.so_far)
    low, high = said.outlook.interval(spread)
    return Trial(
        month.first,
        morning,
        number,
        said.outlook.mean,
        low,
        high,
        said.outlook.chance(target, spread),
        last_month,
        so_far,
        normal_chance(last_month - aim, _error([one.last_month - one.actual for one in earlier])),
        normal_chance(so_far - aim, _error([one.so_far - one.actual for one in earlier])),
        (sum(reached) + 1) / (len(reached) + 2),
        said.outlook.deviation,
        float(came.ratio),
        came.ratio >= target,
    )


def _error(errors: Sequence[float]) -> float:
    """The typical error of a rule, as far as it was tried."""
    squares = [_UNTRIED_ERROR**2, *(one**2 for one in errors)]
    return sqrt(fmean(squares))


def _dispersion(trials: Sequence[Trial]) -> float:
    squares = [
        ((one.actual - one.expected) / one.deviation) ** 2 for one in trials if one.deviation > 0
    ]
    return max(1.0, (_PRIOR * _PRIOR_SPREAD + sum(squares)) / (_PRIOR + len(squares)))
