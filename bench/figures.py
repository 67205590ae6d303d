"""Measuring and printing: a median of several runs beside its target, without a verdict.

The machine may be shared and its load unknown, so nothing passes or fails.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured value. ``target`` may be absent; with ``at_most`` it is an upper bound."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = False
    note: str = ""


def processor_seconds(work: Callable[[], object], *, runs: int) -> float:
    """Processor time of the work: the median of some runs after a warm-up.

    For one thread that never waits, this equals wall time on an idle machine.
    """
    work()
    gc.collect()
    samples = []
    for _ in range(runs):
        began = time.process_time()
        work()
        samples.append(time.process_time() - began)
    return statistics.median(samples)


def percentile(values: Iterable[float], percent: int) -> float:
    """The value that ``percent`` percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def p50_and_p99(
    name: str, milliseconds: Sequence[float], target: float | None = None
) -> Iterator[Figure]:
    """A latency: the median, and what one in a hundred exceeds, beside its upper bound."""
    yield Figure(f"{name}, p50", percentile(milliseconds, 50), "ms")
    yield Figure("  p99", percentile(milliseconds, 99), "ms", target, at_most=True)


def table(title: str, figures: Iterable[Figure]) -> str:
    """A section as text: name, value, unit, target, note."""
    lines = ["", title, "-" * len(title)]
    for figure in figures:
        sign = "≤" if figure.at_most else "≥"
        target = "" if figure.target is None else f"{sign} {_number(figure.target)}"
        line = f"{figure.name:<44}{_number(figure.value):>12} {figure.unit:<12}{target:<12}{figure.note}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
