"""Long computation in a thread that leaves the interpreter to others.

A thread that computes on and on is given the interpreter back at each switch interval, so that whoever
else returns from a socket or a database waits for it each time: a transaction of forty statements took
60 ms beside a large batch, and 4 without. So it rests as long as it has worked, or waited to.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")

_MOST_REST_SECONDS: Final = 0.005


def at_half_pace(values: Iterable[T], together: int) -> Iterator[T]:
    """The values, with a rest after each ``together`` of them; only for a thread of its own."""
    began = time.perf_counter()
    for number, value in enumerate(values, 1):
        yield value
        if number % together == 0:
            time.sleep(min(time.perf_counter() - began, _MOST_REST_SECONDS))
            began = time.perf_counter()
