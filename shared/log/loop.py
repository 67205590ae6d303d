"""The one loop: consume → handle → publish → commit.

Publish-then-commit repeats after a crash and never skips; the commit is one transaction whose first
statement is the fence, so a process that lost its partition writes nothing. A repetition is
harmless: histories are sets, and snapshots carry their version (docs/architecture.md). Which
partition is worked on, and when, is in ``scheduler``; attempts and dead letters in ``quarantine``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from shared import tracing
from shared.errors import FencedError
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import Batch, Log, Outcome, PartitionLag, Subscription, Worker, with_headers
from shared.log.quarantine import AttemptCounter, DeadLetterWriter, Quarantine
from shared.log.scheduler import LINGER_SECONDS, Scheduler
from shared.log.step_lock import StepLock

R = TypeVar("R")

LAG_SECONDS = 5.0
_REBALANCE_SECONDS = 0.25


class TopicIdentityCheck(Protocol):
    """Whether the topic is still the one that the positions are of."""

    async def require(self) -> None:
        """Raise ``TruncatedLogError`` or ``RepartitionedError`` unless it is."""


class Loop(Generic[R]):
    """A worker on a topic, as a member of a group.

    Raises :class:`TooManyDeadLettersError` beyond ``letters_per_hour`` unreadable records, and what
    the worker, the log and the database raise. ``step_lock`` is the one of every loop of the process.
    ``source`` is set where the topic is another system's, read for this source: its dead letters are
    the source's.
    """

    def __init__(
        self,
        log: Log,
        topic: str,
        worker: Worker[R],
        now: Callable[[], datetime],
        attempts: AttemptCounter,
        metrics: LoopMetrics,
        *,
        step_lock: StepLock | None = None,
        letters_per_hour: int = 1_000,
        topic_identity: TopicIdentityCheck | None = None,
        linger_seconds: float = LINGER_SECONDS,
        lag_seconds: float = LAG_SECONDS,
        source: str | None = None,
    ) -> None:
        self.topic = topic
        self.group = worker.service
        self._log = log
        self._worker = worker
        self._now = now
        self._metrics = metrics
        self._dead_letters = DeadLetterWriter(log, topic, metrics, letters_per_hour, now, source)
        self._quarantine = Quarantine(attempts, self._dead_letters, step_lock or StepLock())
        self._scheduler = Scheduler(log.parallelism, linger_seconds)
        self._topic_identity = topic_identity
        self._subscription: Subscription | None = None
        self._lag_seconds = lag_seconds
        self._next_lag = 0.0
        self.lag: Mapping[int, PartitionLag] | None = None
        """Position and end of each partition, a few seconds old; None until the first claim."""
        self.fetched_at: float | None = None
        """When the log last answered, in seconds of the event loop's clock."""
        metrics.declare(topic)

    @property
    def is_idle(self) -> bool:
        """Whether no step runs, and time makes nothing due that was left."""
        return self._scheduler.idle

    @property
    def has_more_due(self) -> bool:
        """Whether time makes more due than was done, apart from what arrives."""
        return self._scheduler.has_more_due

    async def run_once(self, timeout_seconds: float) -> int:
        """Start a step in each partition that has work, and wait until one ends.

        The number of records taken. Raises :class:`UnavailableError` once no step runs; after
        :meth:`close` the next call subscribes anew.
        """
        if self._subscription is None:
            self._subscription = self._log.subscribe(self.topic, self.group, self._claim)
        scheduler = self._scheduler
        try:
            wait_seconds = timeout_seconds if scheduler.idle else 0
            await scheduler.linger()
            batches = await self._subscription.fetch(wait_seconds, exclude=scheduler.running)
            self.fetched_at = asyncio.get_running_loop().time()
            for batch in scheduler.ready(batches, timeout_seconds, self.fetched_at, self._has_due):
                await scheduler.start(batch, self._step)
            await scheduler.wait_for_step()
            self._metrics.progress(self.topic)
            await self._refresh_lag(self._subscription)
        except asyncio.CancelledError:
            await scheduler.cancel()
            raise
        except BaseException:
            await scheduler.drain()
            raise
        return sum(len(batch.records) for batch in batches)

    async def close(self) -> None:
        """Let the running steps end, and leave the group."""
        await self._scheduler.drain()
        if self._subscription is not None:
            await self._subscription.close()
            self._subscription = None
            self._metrics.set_lag(self.topic, {})

    async def _step(self, batch: Batch) -> None:
        try:
            await self._quarantine.run(batch, self._handle)
        except FencedError as error:
            assert self._subscription is not None
            self._subscription.revoke(batch.partition, error)

    async def _handle(self, batch: Batch) -> None:
        """Work through a batch, then one part of what time alone makes due."""
        clock = asyncio.get_running_loop().time
        started_at = clock()
        headers = (record.headers for record in batch.records)
        with tracing.consuming(self.topic, self.group, batch.partition, headers, batch.next_offset):
            outcome = await self._next_step(batch)
            while outcome is not None and outcome.next_offset < batch.next_offset:
                outcome = await self._next_step(batch)
        if outcome is not None and await self._next_step(batch) is not None:
            self._scheduler.add_due(batch.partition)
        if batch.records:
            self._metrics.observe_batch(self.topic, len(batch.records), clock() - started_at)

    async def _next_step(self, batch: Batch) -> Outcome[R] | None:
        """Handle, publish, commit; None when nothing is left to do."""
        with tracing.part(f"handle {self.group}"):
            outcome = await self._worker.handle(batch, self._now())
        if outcome is not None:
            for topic, records in outcome.publish.items():
                with tracing.sending(topic, len(records)) as headers:
                    await self._log.append(topic, with_headers(records, headers))
            await self._dead_letters.append(outcome.partition, outcome.rejected)
            with tracing.part(f"commit {self.group}"):
                await self._worker.commit(outcome)
            self._metrics.count_duplicates(outcome.duplicates)
            self._metrics.count_forgotten(outcome.forgotten, outcome.dropped)
        return outcome

    def _has_due(self, batch: Batch) -> bool:
        return self._worker.has_due(batch, self._now())

    async def _claim(self, partition: int) -> int:
        self._quarantine.distrust(partition)
        await self._require_topic()
        return await self._worker.claim(partition)

    async def _require_topic(self) -> None:
        if self._topic_identity is not None:
            await self._topic_identity.require()

    async def _refresh_lag(self, subscription: Subscription) -> None:
        at = asyncio.get_running_loop().time()
        if at < self._next_lag:
            return
        await self._require_topic()
        lag = await subscription.lag()
        self._next_lag = at + (_REBALANCE_SECONDS if lag is None else self._lag_seconds)
        if lag is not None or self.lag:  # a rebalance resets what was known, and None stays None
            self.lag = lag or {}
            self._metrics.set_lag(self.topic, self.lag)
