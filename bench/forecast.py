"""When the forecast is shown: how often its own back-test opens it, on simulated processes of known kinds.

``python -m bench.forecast`` prints, for each kind, the share of 40 simulated standards on which the forecast would be shown
after two years, the mean error beside the rules', the coverage of the 80 % interval, the share of the months that reached the
target by what was said of them where it would be shown, and the record of the files called high, medium and low risk. Then how
often the range of the pace holds, where decisions of a day vary as chance alone makes them, and twice as much.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import pi, sin
from statistics import fmean, median
from typing import NamedTuple

from services.compliance.forecast.backtest import BackTest, PastMonth, back_test, hazards_of
from services.compliance.forecast.lives import CountedDays, Life, group
from services.compliance.forecast.reach import PACE_DAYS, Pace
from services.compliance.forecast.risk import RISKS, RiskHistory, risk_history

FIRST = date(2024, 1, 1).toordinal()
LIMIT = 28
TARGET = Fraction(4, 5)
_RISE = 1.15
"""With which some 80 % of the files are decided in time."""


class Process(NamedTuple):
    """A standard of 28 civil days, or calls that are answered on the day they come.

    ``pace`` multiplies the chance of a decision on a day, or is the chance that a call is answered in time.
    """

    name: str
    files_a_day: float
    pace: Callable[[random.Random], Callable[[int], float]]
    calls: bool = False


def _steady(chance: random.Random) -> Callable[[int], float]:
    return lambda day: 1.0


def _seasons(chance: random.Random) -> Callable[[int], float]:
    phase = chance.uniform(0, 2 * pi)
    return lambda day: 1 + 0.4 * sin(phase + 2 * pi * day / 365)


def _drifts(chance: random.Random) -> Callable[[int], float]:
    level, levels = 1.0, list[float]()
    for _ in range(200):
        level = 1 + 0.85 * (level - 1) + chance.gauss(0, 0.12)
        levels.append(max(0.2, level))
    return lambda day: levels[(day // 7) % len(levels)]


def _shocks(chance: random.Random) -> Callable[[int], float]:
    """The pace of each half of a month is drawn anew: what was known on its first days says nothing of its last."""
    drawn: dict[int, float] = {}
    return lambda day: drawn.setdefault(day // 10, chance.choice((0.3, 0.8, 1.3, 2.2)))


def _luck(chance: random.Random) -> Callable[[int], float]:
    """A level for each month, the same from its first call to its last: the month so far says all there is to know."""
    drawn: dict[int, float] = {}
    return lambda day: drawn.setdefault(day // 30, chance.uniform(0.6, 1.0))


def _months(chance: random.Random) -> Callable[[int], float]:
    """Each month has a pace of its own, which the month before does not announce."""
    drawn: dict[int, float] = {}
    return lambda day: drawn.setdefault(day // 30, chance.choice((0.6, 0.9, 1.2, 1.6)))


PROCESSES = (
    Process("steady, 300 files a month", 10, _steady),
    Process("steady, 30 files a month", 1, _steady),
    Process("seasons, 300 files a month", 10, _seasons),
    Process("drift, 300 files a month", 10, _drifts),
    Process("months of their own", 10, _months),
    Process("shocks nobody can foresee", 10, _shocks),
    Process("calls, a level for each month", 20, _luck, calls=True),
)


def simulated(process: Process, seed: int, months: int) -> tuple[Sequence[Life], int]:
    """The lives of a process over some months, and the day after."""
    chance = random.Random(f"{process.name} {seed}")
    pace, today = process.pace(chance), FIRST + 30 * months
    return group(_lives(process, chance, pace, today)), today


def _lives(
    process: Process, chance: random.Random, pace: Callable[[int], float], today: int
) -> Iterator[Life]:
    for day in range(FIRST, today):
        arriving = int(process.files_a_day) if process.files_a_day > 3 else chance.randrange(3)
        for _ in range(chance.randint(arriving // 2, arriving + arriving // 2)):
            if process.calls:
                yield Life(day, day, day, chance.random() < pace(day - FIRST))
            else:
                yield one_life(chance, pace, day, today)


def one_life(
    chance: random.Random, pace: Callable[[int], float], received: int, today: int
) -> Life:
    """Decided on each day with a chance that rises with its age."""
    due = received + LIMIT
    for age in range(1, 200):
        day = received + age
        if day >= today:
            break
        if chance.random() < min(0.9, 0.055 * _RISE * (age / LIMIT) * 2 * pace(day - FIRST)):
            return Life(received, day, due, day <= due)
    return Life(received, None, due, on_time=False, is_running=due >= today)


def calendar_months(count: int) -> Sequence[PastMonth]:
    """Months of 30 days, tried on their 7th, 14th and 21st."""
    firsts = [FIRST + 30 * number for number in range(count)]
    return [PastMonth(one, one + 29, (one + 6, one + 13, one + 20)) for one in firsts]


EVERY_DAY = CountedDays(FIRST, range(4_000))


def trials_of(process: Process, seed: int, months: int = 24) -> tuple[BackTest, RiskHistory]:
    """The back-test of a simulated standard, and the record of its risks."""
    lives, today = simulated(process, seed, months)
    past = calendar_months(months)[3:]
    known = hazards_of(lives, EVERY_DAY, past)
    return (
        back_test(lives, EVERY_DAY, TARGET, past, known),
        risk_history(lives, EVERY_DAY, past, today, known),
    )


def _line(process: Process, seeds: range) -> str:
    tests = [trials_of(process, seed) for seed in seeds]
    back = [one for one, _ in tests]
    called: Mapping[str, tuple[int, int]] = {
        risk: (
            sum(risks.records[risk].files for _, risks in tests),
            sum(risks.records[risk].late for _, risks in tests),
        )
        for risk in RISKS
    }
    shares = ", ".join(
        f"{risk} {late}/{files}" + (f" ({late / files:.0%})" if files else "")
        for risk, (files, late) in called.items()
    )
    errors = [
        (one.error_last_month.forecast, one.error_last_month.rule, one.error_so_far.rule)
        for one in back
    ]
    own, last, so_far = (fmean(column) for column in zip(*errors, strict=True))
    briers = [(one.brier_base.forecast, one.brier_base.rule) for one in back]
    brier, base = (fmean(column) for column in zip(*briers, strict=True))
    return (
        f"{process.name}: shown {sum(one.has_skill for one in back)}/{len(back)}; error {own:.3f}, last month "
        f"{last:.3f}, so far {so_far:.3f}; Brier {brier:.3f}, base {base:.3f}; coverage "
        f"{fmean(one.coverage for one in back):.0%}; dispersion {median(one.dispersion for one in back):.1f}; "
        f"reached {fmean(fmean(t.is_reached for t in one.trials) for one in back):.0%}; late of those called: {shares}; said, reached: {_said(back)}; risk skill above 0: "
        f"{sum(risks.has_skill for _, risks in tests)}/{len(tests)}"
    )


def _said(tests: Sequence[BackTest]) -> str:
    """How often the target was reached, by the chances in ten that were said of it."""
    shown = [trial for one in tests if one.has_skill for trial in one.trials]
    parts = []
    for tenths in (range(2), range(2, 5), range(5, 8), range(8, 10), range(10, 11)):
        of_these = [one for one in shown if round(10 * one.chance) in tenths]
        if of_these:
            reached = sum(one.is_reached for one in of_these)
            parts.append(f"{tenths.start}-{tenths[-1]}: {reached}/{len(of_these)}")
    return ", ".join(parts)


def _pace(days: int, times: int) -> float:
    """How often the range of the pace holds what the next days bring: 20 decisions a day, in lots of so many."""
    chance, held = random.Random(days + times), 0
    for _ in range(2_000):
        drawn = [times * _poisson(chance, 20 / times) for _ in range(PACE_DAYS + days)]
        low, high = Pace(drawn[:PACE_DAYS]).within(days) or (0, 0)
        held += low <= sum(drawn[PACE_DAYS:]) <= high
    return held / 2_000


def _poisson(chance: random.Random, mean: float) -> int:
    number, left = -1, mean
    while left > 0:
        number, left = number + 1, left - chance.expovariate(1)
    return number


if __name__ == "__main__":
    for one in PROCESSES:
        print(_line(one, range(40)), flush=True)
    for days in (5, 10, 20, 60):
        print(f"pace, {days} days ahead: holds {_pace(days, 1):.0%}, and {_pace(days, 4):.0%}")
