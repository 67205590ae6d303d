"""Quarantine: one record must not stop a service for ever, nor a wrong program discard them all.

A record that ends the process (a bug, memory) would end its successors too. So the first batch of a
partition after a claim is counted before it begins, and the count deleted after it: a count that is
still there means that a process did not come back. After a few of these the records run one by one;
in the end the one at fault becomes a dead letter. What is unavailable counts for nothing.

The end of a process leaves a count in every partition whose first batch was in flight, and one
record was at fault. So where there is a count the next attempt runs alone in the process: whoever
is not at fault gets its count deleted, and no record is condemned for what another one ends.

An unreadable record becomes a dead letter too, but more than a set number within an hour stop the
service: then something is wrong with all of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from shared.domain import CRASHED, UNREADABLE
from shared.errors import FencedError, UnavailableError
from shared.log.dead_letters import dead_letter
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import DEAD_LETTERS, Appender, Batch, RejectedRecord
from shared.log.step_lock import StepLock

BATCH_ATTEMPTS = 3
"""How often a batch runs whole before its records run one by one."""
RECORD_ATTEMPTS = 8
"""How often the process may end on a record before the record becomes a dead letter."""

_HOUR_SECONDS = 3_600.0
_END_SECONDS = 1.0


class TooManyDeadLettersError(Exception):
    """More records are unreadable than may become dead letters within an hour; none was skipped."""


class AttemptCounter(Protocol):
    """How many processes began to work at an offset and did not come back."""

    async def count(self, partition: int, offset: int) -> int:
        """The number of attempts at this offset so far."""

    async def begin(self, partition: int, offset: int) -> int:
        """Count an attempt; the number of attempts at this offset, including this one."""

    async def end(self, partition: int) -> None:
        """Delete the count: the process came back."""


class Allowance:
    """How many records may be unreadable within an hour."""

    def __init__(self, per_hour: int) -> None:
        self._per_hour = per_hour
        self._spent: deque[tuple[float, int]] = deque()

    def spend(self, letters: int, topic: str, *, at: float) -> None:
        """Count letters at an instant in seconds; raises :class:`TooManyDeadLettersError`."""
        while self._spent and self._spent[0][0] < at - _HOUR_SECONDS:
            self._spent.popleft()
        self._spent.append((at, letters))
        total = sum(count for _, count in self._spent)
        if total > self._per_hour:
            raise TooManyDeadLettersError(
                f"{total} records of {topic} within an hour cannot be read, more than the {self._per_hour} that may be set "
                "aside: look at them (echeance dead-letters list), then upgrade this program or raise ECHEANCE_DEAD_LETTERS_PER_HOUR"
            )


class DeadLetterWriter:
    """Publishes a topic's rejected records on ``dead-letters``, within the allowance.

    ``source`` is the one that the topic of another system is read for.
    """

    def __init__(
        self,
        log: Appender,
        topic: str,
        metrics: LoopMetrics,
        per_hour: int,
        now: Callable[[], datetime],
        source: str | None = None,
    ) -> None:
        self._log = log
        self._now = now
        self._source = source
        self._topic = topic
        self._metrics = metrics
        self._allowance = Allowance(per_hour)

    async def append(self, partition: int, rejected: Sequence[RejectedRecord]) -> None:
        """Return once all are durable, or publish none and raise ``TooManyDeadLettersError``."""
        if rejected:
            unreadable = sum(one.reason == UNREADABLE for one in rejected)
            self._allowance.spend(unreadable, self._topic, at=asyncio.get_running_loop().time())
            at, partitions = self._now(), self._log.partitions
            letters = [
                dead_letter(
                    self._topic, partition, one, at=at, partitions=partitions, source=self._source
                )
                for one in rejected
            ]
            await self._log.append(DEAD_LETTERS, letters)
            self._metrics.count_dead_letters(self._topic, rejected)


Handle = Callable[[Batch], Awaitable[None]]


class Quarantine:
    """Isolates a record that ends the process, in the first batch after a claim.

    ``step_lock`` is that of every loop of the process.
    """

    def __init__(
        self, attempts: AttemptCounter, dead_letters: DeadLetterWriter, step_lock: StepLock
    ) -> None:
        self._attempts = attempts
        self._dead_letters = dead_letters
        self._step_lock = step_lock
        self._trusted: set[int] = set()
        self._begun: set[int] = set()
        """Partitions whose count may be this process's own."""

    def distrust(self, partition: int) -> None:
        """A partition was claimed: perhaps its next batch ended the process that had it before."""
        self._trusted.discard(partition)

    async def run(self, batch: Batch, handle: Handle) -> None:
        """Handle a batch, whole or record by record, in turn with the steps that run alone."""
        partition = batch.partition
        if not batch.records or partition in self._trusted:
            async with self._step_lock.shared():
                await handle(batch)
            return
        if partition in self._begun:  # this process came back, when it could not delete the count
            await self._end(partition)
        count = await self._attempts.count(partition, batch.records[0].offset)
        first, *others = [batch] if count < BATCH_ATTEMPTS else batch.split_records()
        async with self._step_lock.exclusive() if count else self._step_lock.shared():
            await self._attempt(first, handle)
        for part in others:
            async with self._step_lock.shared():
                await self._attempt(part, handle)
        self._trusted.add(partition)

    async def _attempt(self, batch: Batch, handle: Handle) -> None:
        self._begun.add(batch.partition)
        try:
            count = await self._attempts.begin(batch.partition, batch.records[0].offset)
            await handle(batch if count <= RECORD_ATTEMPTS else await self._isolate(batch))
        except (UnavailableError, FencedError, asyncio.CancelledError):
            # The process came back, so the record is not at fault.
            with suppress(UnavailableError, TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    await self._end(batch.partition)
            raise
        await self._end(batch.partition)

    async def _end(self, partition: int) -> None:
        await self._attempts.end(partition)
        self._begun.discard(partition)

    async def _isolate(self, batch: Batch) -> Batch:
        """Make a batch's first record a dead letter; the batch without it."""
        detail = f"the process ended {RECORD_ATTEMPTS} times while it worked on this record"
        rejected = [RejectedRecord(batch.records[0], CRASHED, detail)]
        await self._dead_letters.append(batch.partition, rejected)
        return batch._replace(records=batch.records[1:])
