"""How fast a process gets through its topic: watched from outside, from the first sign that it consumes to the last record done.

What a process is done with is what its database, or its group, says is committed: nothing counts that a crash would repeat.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

_POLL_SECONDS = 0.05

Done = Callable[[], Awaitable[int | None]]
"""How many records are done with; None until the process has begun."""


class Sample(NamedTuple):
    """A moment of the run."""

    at_seconds: float
    done: int
    cpu_seconds: float
    server_cpu_seconds: float


class Run(NamedTuple):
    """What a run came to; per record, and in microseconds of processor time."""

    records: int
    wall_seconds: float
    cpu: float
    server_cpu: float

    @property
    def rate(self) -> float:
        return self.records / self.wall_seconds


async def watched(
    done: Done,
    total: int,
    *,
    cpu: Callable[[], float],
    server_cpu: Callable[[], float],
    limit_seconds: float,
) -> Run:
    """Watch until all records are done with, or for so long since the beginning."""
    first = await _sample(done, cpu, server_cpu)
    while first is None:
        await asyncio.sleep(_POLL_SECONDS)
        first = await _sample(done, cpu, server_cpu)
    last = first
    until = first.at_seconds + limit_seconds
    while last.done < total and time.monotonic() < until:
        await asyncio.sleep(_POLL_SECONDS)
        sample = await _sample(done, cpu, server_cpu)
        if sample is not None and sample.done > last.done:
            last = sample
    return between(first, last)


def between(first: Sample, last: Sample) -> Run:
    """What lies between two moments."""
    records = max(1, last.done - first.done)
    return Run(
        last.done - first.done,
        last.at_seconds - first.at_seconds,
        (last.cpu_seconds - first.cpu_seconds) / records * 1e6,
        (last.server_cpu_seconds - first.server_cpu_seconds) / records * 1e6,
    )


async def _sample(
    done: Done, cpu: Callable[[], float], server_cpu: Callable[[], float]
) -> Sample | None:
    count = await done()
    return None if count is None else Sample(time.monotonic(), count, cpu(), server_cpu())
