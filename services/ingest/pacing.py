"""Long computation that leaves the interpreter to others: it rests as long as it works.

A thread that computes on and on gives the interpreter up at each switch interval, so whoever else
returns from a socket or a database waits for it each time: a transaction of forty statements took
60 ms beside a large batch, and 4 without. Time spent waiting for the interpreter counts as work, so
the busier the process, the longer the rest.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")

_MOST_REST_SECONDS: Final = 0.005


class HalfPace:
    """How long to rest for what was done since :meth:`work`."""

    def __init__(self) -> None:
        self.work()

    def work(self) -> None:
        """Begin, or go on after a rest."""
        self._since = time.perf_counter()

    def rest_seconds(self) -> float:
        """As long as was worked, within a bound."""
        return min(time.perf_counter() - self._since, _MOST_REST_SECONDS)


def at_half_pace(values: Iterable[T], together: int) -> Iterator[T]:
    """The values, with a rest after each ``together`` of them; only for a thread of its own."""
    pace = HalfPace()
    for number, value in enumerate(values, 1):
        yield value
        if number % together == 0:
            time.sleep(pace.rest_seconds())
            pace.work()
