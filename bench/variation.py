"""``python -m bench.variation``: how often charts and funnels of processes that never change raise a signal.

Each file is on time with one and the same probability, whatever the period and the unit: every signal
is a false alarm. Of charts: how many have their last point flagged (what the page's sentence says), and how
many have any point flagged. The number of files of a point varies around its mean as chance makes it.
Of funnels: the share of units, all of which reach the target exactly, beyond the limits.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import product
from math import exp, lgamma, log
from typing import Final

from services.compliance.attainment import Attainment
from services.compliance.variation.attainment_chart import FEWEST_A_MONTH
from services.compliance.variation.control_chart import ChartPeriod, Segment, segments_of
from services.compliance.variation.funnel import funnel

CHARTS: Final = 2_000
FUNNELS: Final = 500
POINTS: Final = (12, 24, 36)
A_MONTH: Final = (5, 10, 20, 50, 200, 500)
SHARES: Final = (0.6, 0.8, 0.95)
RULES: Final = ("beyond", "shift", "trend", "near")
_SEED: Final = 2026
_MONTHS_OF_QUARTER: Final = 3


class Draws:
    """Binomial numbers by inversion of their distribution, each of which is summed once."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._weights: dict[tuple[int, float], list[float]] = {}

    def binomial(self, trials: int, probability: float) -> int:
        key = trials, probability
        if key not in self._weights:
            total, cumulative = 0.0, []
            for number in range(trials + 1):
                total += exp(
                    lgamma(trials + 1)
                    - lgamma(number + 1)
                    - lgamma(trials - number + 1)
                    + number * log(probability)
                    + (trials - number) * log(1 - probability)
                )
                cumulative.append(total)
            self._weights[key] = cumulative
        [drawn] = self._random.choices(range(trials + 1), cum_weights=self._weights[key])
        return drawn

    def files(self, mean: int) -> int:
        """About a Poisson number, one at least."""
        return max(self.binomial(50 * mean, 0.02), 1)

    def attainment(self, measured: int, share: float) -> Attainment:
        on_time = self.binomial(measured, share)
        return Attainment(measured, on_time, measured - on_time)


def chart(draws: Draws, points: int, files: int, share: float) -> Segment:
    """A chart under one set of terms."""
    periods = [
        ChartPeriod(date(2000 + one, 1, 1), draws.attainment(draws.files(files), share))
        for one in range(points)
    ]
    [segment] = segments_of(periods, [])
    return segment


def chart_lines(charts: int) -> Iterator[str]:
    yield f"{charts} charts each; flagged by the last point (by rule), and by any point"
    yield "a month  point    on time  points  p′ charts  last point  any point  " + "  ".join(
        f"{one:>6}" for one in RULES
    )
    for (a_month, share), points in product(product(A_MONTH, SHARES), POINTS):
        quarterly = a_month < FEWEST_A_MONTH
        files = a_month * _MONTHS_OF_QUARTER if quarterly else a_month
        draws = Draws(_SEED)
        last = any_point = p_prime = 0
        rules: Counter[str] = Counter()
        for _ in range(charts):
            segment = chart(draws, points, files, share)
            p_prime += segment.kind == "p_prime"
            signals = {one.rule for one in segment.points[-1].signals}
            last += bool(signals)
            rules.update(signals)
            any_point += any(point.signals for point in segment.points)
        parts = [f"{rules[one] / charts:>6.1%}" for one in RULES]
        yield (
            f"{a_month:>7}  {'quarter' if quarterly else 'month':<7}  {share:>7.0%}  {points:>6}  "
            f"{p_prime / charts:>9.0%}  {last / charts:>10.1%}  {any_point / charts:>9.1%}  "
            + "  ".join(parts)
        )


def funnel_lines(funnels: int) -> Iterator[str]:
    yield f"{funnels} funnels each; share of units beyond the limits"
    yield "units  files a unit  target  beyond 95 %  beyond 99.8 %"
    for number, files, target in product((4, 10, 40), (10, 50, 500), (0.8, 0.95)):
        draws = Draws(_SEED)
        places: Counter[str] = Counter()
        for _ in range(funnels):
            units = {
                str(one): draws.attainment(draws.files(files), target) for one in range(number)
            }
            places.update(one.place for one in funnel(units, target, steps=1).units)
        every = places.total()
        far = places["far_below"] + places["far_above"]
        beyond = every - places["within"]
        yield f"{number:>5}  {files:>12}  {target:>6.0%}  {beyond / every:>11.1%}  {far / every:>13.2%}"


def main() -> None:
    for line in (*chart_lines(CHARTS), "", *funnel_lines(FUNNELS)):
        print(line)


if __name__ == "__main__":
    main()
