"""Throughput of a process, observed from outside: from its first consumed record to its last
commit.

Progress is what its database or consumer group has committed: nothing counts that a crash would
repeat.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from bench.distributed import processor

_POLL_SECONDS = 0.05

Done = Callable[[], Awaitable[int | None]]
"""Number of committed records; None until the process has begun."""


class Sample(NamedTuple):
    """A moment of the run."""

    at_seconds: float
    done: int
    cpu_seconds: float
    waited_seconds: float
    server_cpu_seconds: float


class Run(NamedTuple):
    """Result of a run. ``cpu`` and ``server_cpu`` are microseconds of processor time per record;
    ``waited`` is the run-queue wait of the process's threads, summed, as a share of the run's time.
    """

    records: int
    wall_seconds: float
    cpu: float
    server_cpu: float
    waited: float

    @property
    def rate(self) -> float:
        return self.records / self.wall_seconds


async def observe(
    done: Done, total: int, pids: Sequence[int], server: Callable[[], float], limit_seconds: float
) -> Run:
    """Watch processes until all records are committed, or a time limit from the first.

    ``server`` returns the processor seconds of the server they use.
    """
    while (count := await done()) is None:  # noqa: ASYNC110 — another process can only be polled
        await asyncio.sleep(_POLL_SECONDS)
    first = last = _sample(count, pids, server)
    until = first.at_seconds + limit_seconds
    while last.done < total and time.monotonic() < until:
        await asyncio.sleep(_POLL_SECONDS)
        count = await done()
        # Polling costs time of the servers' core.
        if count is not None and count > last.done:
            last = _sample(count, pids, server)
    return _between(first, last, len(pids))


def _between(first: Sample, last: Sample, processes: int) -> Run:
    wall, records, cpu, waited, server_cpu = (
        after - before for before, after in zip(first, last, strict=True)
    )
    each = 1e6 / records
    return Run(int(records), wall, cpu * each, server_cpu * each, waited / wall / processes)


def _sample(count: int, pids: Sequence[int], server: Callable[[], float]) -> Sample:
    used = sum(map(processor.cpu_seconds, pids))
    waited = sum(map(processor.waited_seconds, pids))
    return Sample(time.monotonic(), count, used, waited, server())
