"""Scheduling: which partitions have a step running, and when the log is read again.

A partition has one step at a time. Kafka's partitions run concurrently: while one waits for the
brokers or the database another computes. SQLite has one writer, so there they run in turn.

Work that time alone makes due may be long: a midnight that a million files cross, a new catalogue.
It is done in bounded parts, and the log is read between two parts.

A step costs an append and a transaction, however few its records. So a loop that keeps up lingers
before it reads again, as a producer does (``linger.ms``). The first record after a silence is taken
at once, and a loop with a backlog never lingers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from typing import Any

from shared.log.ports import Batch

LINGER_SECONDS = 0.15
"""How long a loop that fetched few records waits before it fetches again."""
FEW_RECORDS = 1_000
"""Fewer records than these in a fetch mean that the loop keeps up."""


class Scheduler:
    """The running steps of a loop, at most ``parallelism`` of them."""

    def __init__(self, parallelism: int, linger_seconds: float) -> None:
        self._parallelism = parallelism
        self._linger_seconds = linger_seconds
        self._linger_until = 0.0
        self._steps: dict[int, asyncio.Task[None]] = {}
        self._more_due: set[int] = set()
        self._next_visits: dict[int, float] = {}
        """When a partition without records gets a step again, for what time alone makes due."""

    @property
    def running(self) -> Collection[int]:
        """The partitions that have a step running."""
        return self._steps.keys()

    @property
    def has_more_due(self) -> bool:
        """Whether a step left work that is due."""
        return bool(self._more_due)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do until records arrive."""
        return not self._steps and not self._more_due

    def add_due(self, partition: int) -> None:
        """Note that a partition's step left work that is due."""
        self._more_due.add(partition)

    def ready(
        self,
        batches: Sequence[Batch],
        timeout_seconds: float,
        at: float,
        has_due: Callable[[Batch], bool],
    ) -> Iterator[Batch]:
        """The batches to start: with records, with more due, and by timeout those that time makes due.

        Not every time: while steps run, a fetch does not wait.
        """
        records = sum(len(batch.records) for batch in batches)
        if 0 < records < FEW_RECORDS and not self._more_due:
            self._linger_until = at + min(self._linger_seconds, timeout_seconds)
        self._more_due &= {batch.partition for batch in batches} | self._steps.keys()
        for batch in batches:
            partition = batch.partition
            visit = at >= self._next_visits.get(partition, at)
            if batch.records or partition in self._more_due or (visit and has_due(batch)):
                self._more_due.discard(partition)
                self._next_visits[partition] = at + timeout_seconds
                yield batch

    async def start(self, batch: Batch, step: Callable[[Batch], Coroutine[Any, Any, None]]) -> None:
        """Start a batch's step, once fewer than ``parallelism`` run; raises what ended another."""
        while len(self._steps) >= self._parallelism:
            await self.wait_for_step()
        self._steps[batch.partition] = asyncio.create_task(step(batch))

    async def linger(self) -> None:
        """Let records accumulate while steps go on; raises what ended one."""
        linger_seconds = self._linger_until - asyncio.get_running_loop().time()
        if linger_seconds > 0:
            await asyncio.sleep(linger_seconds)
            self._reap()

    async def wait_for_step(self) -> None:
        """Wait until a step ends, if any runs; raises what ended it."""
        if self._steps:
            await asyncio.wait(self._steps.values(), return_when=asyncio.FIRST_COMPLETED)
            self._reap()

    async def drain(self) -> None:
        """Wait until no step runs, whatever ends them."""
        await asyncio.gather(*self._steps.values(), return_exceptions=True)
        self._steps.clear()

    async def cancel(self) -> None:
        """Cancel every step, and wait until none runs."""
        for step in self._steps.values():
            step.cancel()
        await self.drain()

    def _reap(self) -> None:
        done = [partition for partition, step in self._steps.items() if step.done()]
        for step in [self._steps.pop(partition) for partition in done]:
            step.result()
