"""How likely a file is to be decided in time: a discrete-time hazard over counted days. Pure.

Of the files in hand that had so many counted days left when a day began, which share was decided that
day; over the days of a window, with files that came before it or are still open counted for the days
they were there (left truncation and right censoring: Tutz and Schmid, *Modeling Discrete
Time-to-Event Data*, 2016, ch. 2). A withdrawal is a competing end, the same share every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from math import erf, sqrt
from typing import Final, NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.forecast.lives import CountedDays, Life

WINDOW_DAYS: Final = 90
"""Civil days whose decisions say how likely one is."""
_RECENT_DAYS: Final = 28
_MOST_LEFT: Final = 400
"""More counted days left are taken as so many."""
_BORROWED: Final = 3.0
"""File-days of the mean hazard that each day is given, so that a few files are no certainty."""


class Hazards(NamedTuple):
    """By counted days left: the chance to be decided in time, and the chance to become late.

    What is missing to 1 is withdrawn. ``exposed`` are the file-days behind them.
    """

    on_time: Sequence[float]
    late: Sequence[float]
    exposed: int

    def of(self, left: int) -> tuple[float, float]:
        """In time, and late; a file without a day left is late."""
        if left <= 0:
            return 0.0, 1.0
        place = min(left, len(self.on_time) - 1)
        return self.on_time[place], self.late[place]


def hazards(
    lives: Iterable[Life], days: CountedDays, morning: int, withdrawn: int = 0
) -> Hazards | None:
    """What the days of the window before a morning tell; None if nothing was in hand on any.

    ``withdrawn`` are the files that were withdrawn in the window before their limit.
    """
    since = morning - WINDOW_DAYS
    decided = [0] * _MOST_LEFT
    entering = [0] * (_MOST_LEFT + 1)
    for life in lives:
        if life.received >= morning or (life.ended is not None and life.ended < since):
            continue
        if life.received >= since:
            highest = life.left(life.received + 1, days)
        else:
            highest = life.left(since, days) - 1
        in_time = False
        if life.ended is None or life.ended >= morning:
            lowest = max(0, life.left(morning, days))
        elif life.on_time:
            lowest = max(0, days.number(life.due) - days.number(life.ended))
            in_time = True
        else:
            lowest = 0
        highest = min(highest, _MOST_LEFT - 1)
        if highest < lowest:
            continue
        entering[highest] += life.files
        if lowest:
            entering[lowest - 1] -= life.files
        if in_time:
            decided[lowest] += life.files
    most = max((left for left, files in enumerate(entering) if files), default=0)
    exposed = list(accumulate(reversed(entering[: most + 1])))[::-1]
    total = sum(exposed)
    if not total:
        return None
    mean, gone = sum(decided) / total, withdrawn / (total + withdrawn)
    on_time, late = [0.0], [1.0]
    for left in range(most + 1):
        h = (decided[left] + _BORROWED * mean) / (exposed[left] + _BORROWED)
        stays = (1 - h) * (1 - gone)
        on_time.append(h + stays * on_time[-1])
        late.append(stays * late[-1])
    return Hazards(on_time, late, total)


class Outlook(NamedTuple):
    """The attainment to expect, and its standard deviation if files were decided independently."""

    mean: float
    deviation: float

    def chance(self, target: Fraction, dispersion: float) -> float:
        """That the target is reached, where results were ``dispersion`` times as spread (variance)."""
        return normal_chance(self.mean - float(target), self.deviation * sqrt(dispersion))

    def interval(self, dispersion: float) -> tuple[float, float]:
        """What holds the attainment in 8 cases of 10."""
        half = 1.2816 * self.deviation * sqrt(dispersion)
        return max(0.0, self.mean - half), min(1.0, self.mean + half)


def normal_chance(above: float, deviation: float) -> float:
    """The chance that a normal variable of so much mean is not below 0."""
    if deviation <= 0:
        return float(above >= 0)
    return 0.5 * (1 + erf(above / deviation / sqrt(2)))


def outlook(
    settled: Attainment,
    open_by_left: Mapping[int, int],
    known: Hazards,
    target: Fraction,
    arrivals: Mapping[int, float],
) -> Outlook | None:
    """The attainment of a period, of what is settled, open (by counted days left), and to arrive.

    Against the target *t* a file on time brings 1 - *t*, a late one -*t*, a withdrawn one nothing.
    ``arrivals`` are the files expected by days left when they come; their number is Poisson's.
    None where nothing is to be expected.
    """
    aim = float(target)
    files = float(settled.measured)
    above = (1 - aim) * settled.on_time - aim * settled.late
    variance = 0.0
    for left, number in open_by_left.items():
        on_time, late = known.of(left)
        each = (1 - aim) * on_time - aim * late
        files += number * (on_time + late)
        above += number * each
        variance += number * ((1 - aim) ** 2 * on_time + aim**2 * late - each**2)
    for left, expected in arrivals.items():
        on_time, late = known.of(left)
        files += expected * (on_time + late)
        above += expected * ((1 - aim) * on_time - aim * late)
        variance += expected * ((1 - aim) ** 2 * on_time + aim**2 * late)
    if files <= 0:
        return None
    return Outlook(aim + above / files, sqrt(max(0.0, variance)) / files)


class ArrivalRate(NamedTuple):
    """Files received a civil day, and the counted days left to them when their first day begins."""

    a_day: float
    left: int

    def until(self, last: int, days: CountedDays, morning: int) -> Mapping[int, float]:
        """The files that are to come from a morning on and be due by ``last``, by days left.

        None where the limit is not shorter than what is left: what comes is due later.
        """
        ends = days.number(last)
        coming = sum(days.number(day - 1) + self.left <= ends for day in range(morning, last + 1))
        return {self.left: coming * self.a_day} if coming else {}


def arrival_rate(lives: Iterable[Life], days: CountedDays, morning: int) -> ArrivalRate:
    """As many files as came in the four weeks before a morning."""
    received = left = 0
    for life in lives:
        if morning - _RECENT_DAYS <= life.received < morning:
            received += life.files
            left += life.files * life.left(life.received, days)
    return ArrivalRate(received / _RECENT_DAYS, round(left / received) if received else 1)
