"""What it takes to reach a target: how many files to decide on time, and by which day. Pure.

On the basis ``due`` the files of a period are those whose last day on time lies in it. What is known
of them today leaves one question open: how many of those still in time must be decided in time. The
latest schedule that answers it gives up the files due first, so that by the end of each day only
those must be decided whose own last day leaves no later choice. No slower one reaches the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from math import ceil, floor, sqrt
from typing import Final, NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.periods import Period

PACE_DAYS: Final = 20
"""Business days that the pace is observed on."""
_EIGHTY_PERCENT: Final = 1.2816
"""Standard deviations to either side that hold 80 % of a normal distribution."""


def to_decide(decided: Attainment, target: Fraction, *, late: int = 0) -> int | None:
    """The fewest further files on time that reach the target, if ``late`` more are late; None for never.

    16 of 21 on time at 80 %: 4 more, for 20 of 25.
    """
    measured = decided.measured + late
    short = target * measured - decided.on_time
    if short <= 0:
        return 0
    if target == 1:
        return None
    return ceil(short / (1 - target))


class StaircaseStep(NamedTuple):
    """By the end of a day: how many of the open files are due, and how many of these must be decided."""

    day: date
    due: int
    needed: int


class Staircase(NamedTuple):
    """The files of a standard and unit (None for all) due in a period, and the latest schedule.

    ``on_time`` and ``late`` are settled: decided, withdrawn after the limit, or overdue.
    ``open_by_day`` are in time and do not wait, by the last day on which they can be decided in
    time; in order, from today on. ``may_come`` are the files that could be due in the period and are
    not yet: those that wait, or None for any number, where files not received yet could.
    """

    standard: str
    unit: str | None
    period: Period
    today: date
    target: Fraction
    on_time: int
    late: int
    open_by_day: Sequence[tuple[date, int]]
    may_come: int | None = 0

    @property
    def open(self) -> int:
        """Files due in the period that can still be decided in time."""
        return sum([files for _, files in self.open_by_day])

    @property
    def known(self) -> int:
        """All files that are known to be due in the period."""
        return self.on_time + self.late + self.open

    @property
    def late_allowed(self) -> int:
        """How many of the files known may be late in all."""
        return Attainment(self.known, 0, 0).late_allowed(self.target)

    @property
    def late_left(self) -> int:
        """How many more may be late; negative where the files known do not reach the target."""
        return self.late_allowed - self.late

    @property
    def needed(self) -> int:
        """How many of the open files must be decided in time: all, where that is not enough."""
        return min(self.open, max(0, self.open - self.late_left))

    @property
    def needed_of_others(self) -> int | None:
        """How many must come and be decided in time besides all of these, none late; None for never."""
        if self.late_left >= 0:
            return 0
        best = Attainment(self.known, self.on_time + self.open, self.late)
        return to_decide(best, self.target)

    @property
    def is_impossible(self) -> bool:
        """Whether the target is missed even if every file that is or may be due is decided in time."""
        needed = self.needed_of_others
        return needed is None or (self.may_come is not None and needed > self.may_come)

    @property
    def steps(self) -> Sequence[StaircaseStep]:
        """Each day on which files are due."""
        due = accumulate(files for _, files in self.open_by_day)
        spared = self.open - self.needed
        return [
            StaircaseStep(day, by_then, max(0, by_then - spared))
            for (day, _), by_then in zip(self.open_by_day, due, strict=True)
        ]


def staircase(
    standard: str,
    unit: str | None,
    period: Period,
    today: date,
    target: Fraction,
    settled: Attainment,
    open_due: Mapping[date, int],
    may_come: int | None = 0,
) -> Staircase:
    """From what is settled of a period and the open files in time by their last day, of any period.

    A file that is due before today and not late came back with its limit used up: today is its last
    day.
    """
    by_day: dict[date, int] = {}
    for day, files in sorted(open_due.items()):
        if period.first <= day <= period.last and files:
            last = max(day, today)
            by_day[last] = by_day.get(last, 0) + files
    return Staircase(
        standard,
        unit,
        period,
        today,
        target,
        settled.on_time,
        settled.late,
        tuple(by_day.items()),
        may_come,
    )


def by_week(steps: Sequence[StaircaseStep]) -> Sequence[StaircaseStep]:
    """The last step of each week, which runs from Monday to Sunday."""
    last = {step.day.isocalendar()[:2]: step for step in steps}
    return list(last.values())


@dataclass(frozen=True)
class Pace:
    """Decisions on each of the last business days."""

    decided: Sequence[int]

    @cached_property
    def total(self) -> int:
        return sum(self.decided)

    def within(self, days: int) -> tuple[int, int] | None:
        """How many decisions some business days bring in 8 cases of 10; None where too few are known.

        Their mean and their spread from day to day, both as uncertain as so few days leave them:
        ``days x mean ± 1.28 x spread x sqrt(days x (1 + days / observed))``.
        """
        observed = len(self.decided)
        if observed < PACE_DAYS:
            return None
        half = _EIGHTY_PERCENT * self._spread * sqrt(days * (1 + days / observed))
        mean = self.total / observed
        return max(0, floor(days * mean - half)), ceil(days * mean + half)

    @cached_property
    def _spread(self) -> float:
        """The standard deviation from day to day."""
        mean = self.total / len(self.decided)
        return sqrt(sum([(one - mean) ** 2 for one in self.decided]) / (len(self.decided) - 1))


class LateBudget(NamedTuple):
    """After a day: how many files due by then are late, and how many more of the period may be."""

    day: date
    late: int
    left: int


def burn_down(one: Staircase, late_by_day: Mapping[date, int]) -> Sequence[LateBudget]:
    """The late budget of the files known, day by day from the first of the period to today.

    ``late_by_day`` are those late by their last day on time. The last line is what is left now.
    """
    lines, late = [], 0
    first, until = one.period.first.toordinal(), min(one.period.last, one.today).toordinal()
    for number in range(first, until + 1):
        day = date.fromordinal(number)
        late += late_by_day.get(day, 0)
        lines.append(LateBudget(day, late, one.late_allowed - late))
    return lines
