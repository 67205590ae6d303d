"""The one loop: consume → handle → publish → commit.

Every service that reads the log runs this loop and no other. Publish-then-commit repeats after a crash but never skips; the
commit is one transaction whose first statement is the fence, so a process that lost its partition writes nothing. What repeats
is harmless because histories are sets and snapshots carry their version (docs/architecture.md).

A partition has one step in hand at a time. On a log shared out among processes, partitions are worked on side by side: while one
waits for the brokers or the database, another computes.

What time alone makes due may take long: a night in which a million files cross, a new catalogue under which all are evaluated anew. It is
done in bounded parts, and after each of them what arrived meanwhile has its turn.

A step costs an append and a transaction, however few its records. So a loop that keeps up lets records gather for a moment between one
turn and the next; the first record after a silence is taken at once, and a loop that is behind never waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from shared.errors import FencedError, UnavailableError
from shared.log.dead_letters import CRASHED, UNREADABLE, dead_letter
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import (
    DEAD_LETTERS,
    Batch,
    Log,
    Outcome,
    PartitionLag,
    RejectedRecord,
    Subscription,
    Worker,
)

R = TypeVar("R")

TRIES_TOGETHER = 3
"""How often a batch is tried whole before its records are tried one by one."""
TRIES = 8
"""How often the process may end on a record before the record is set aside."""

GATHERING_SECONDS = 0.15
"""For how long a loop that found few records lets more come together."""
FEW_RECORDS = 1_000
"""Fewer than these in a turn, and the loop keeps up."""

_HOUR_SECONDS = 3_600.0
_STANDS_SECONDS = 5.0
_UNSETTLED_SECONDS = 0.25
_SURVIVED_SECONDS = 1.0


class TooManyDeadLettersError(Exception):
    """More records cannot be read than may be set aside: something is wrong with all of them. Nothing was skipped."""


class AttemptCounter(Protocol):
    """How often processes have begun to work at an offset and not come back."""

    async def begin(self, partition: int, offset: int) -> int:
        """Note that a process begins; how many have begun there, this one included."""

    async def end(self, partition: int) -> None:
        """Note that it came back."""


class TopicIdentityCheck(Protocol):
    """The topic that the positions are of."""

    async def require(self) -> None:
        """Raise :class:`TruncatedLogError` where another topic has its name now, or none; ``RepartitionedError`` where it is cut anew."""


class Loop(Generic[R]):
    """A worker on a topic, as one of a group; ``letters_per_hour`` is how many unreadable records it sets aside before it stops."""

    def __init__(
        self,
        log: Log,
        topic: str,
        worker: Worker[R],
        now: Callable[[], datetime],
        attempts: AttemptCounter,
        told: LoopMetrics,
        *,
        letters_per_hour: int = 1_000,
        origin: TopicIdentityCheck | None = None,
        gathering_seconds: float = GATHERING_SECONDS,
    ) -> None:
        self.topic = topic
        self.group = worker.service
        self._log = log
        self._worker = worker
        self._now = now
        self._attempts = attempts
        self._told = told
        self._letters = _Allowance(letters_per_hour)
        self._origin = origin
        self._gathering_seconds = gathering_seconds
        self._subscription: Subscription | None = None
        self._steps: dict[int, asyncio.Task[None]] = {}
        self._trusted: set[int] = set()
        """Partitions of which a batch has been worked through since they were claimed."""
        self._next_looks: dict[int, float] = {}
        """From when on a partition without new records is looked at again."""
        self._goes_on: set[int] = set()
        """Partitions in which more may be due than was done."""
        self._next_stands = 0.0
        self._next_turn = 0.0
        """Until when records gather."""
        self.stands: Mapping[int, PartitionLag] | None = None
        """Where each partition stands and ends, as of a few seconds ago; None until the first of them have been claimed."""
        self.fetched_at: float | None = None
        """When the log last answered, by the event loop's clock."""
        told.begins(topic)

    @property
    def goes_on(self) -> bool:
        """Whether more may be due than was done, beside what arrives."""
        return bool(self._goes_on)

    async def turn(self, timeout_seconds: float) -> int:
        """Begin what can begin and wait until something has ended; the number of records begun with.

        Raises :class:`UnavailableError` with no step in hand; :meth:`close` then forgets the place, and the next turn begins anew.
        """
        if self._subscription is None:
            self._subscription = self._log.subscribe(self.topic, self.group, self._claim)
        try:
            at_work = bool(self._steps)
            await self._gather()
            waiting = 0 if at_work or self._goes_on else timeout_seconds
            batches = await self._subscription.fetch(waiting, but=self._steps)
            self.fetched_at = asyncio.get_running_loop().time()
            found = sum(len(batch.records) for batch in batches)
            if 0 < found < FEW_RECORDS and not self._goes_on:
                self._next_turn = self.fetched_at + min(self._gathering_seconds, timeout_seconds)
            for batch in self._to_begin(batches, timeout_seconds):
                while len(self._steps) >= self._log.parallelism:
                    await self._some_end()
                self._steps[batch.partition] = asyncio.create_task(self._step(batch))
            await self._some_end()
            self._told.goes_on(self.topic)
            await self._look_around(self._subscription)
        except asyncio.CancelledError:
            for step in self._steps.values():
                step.cancel()
            await self._finish()
            raise
        except BaseException:
            await self._finish()
            raise
        return found

    async def _gather(self) -> None:
        """Let records come together, and steps end meanwhile."""
        gathering_seconds = self._next_turn - asyncio.get_running_loop().time()
        if gathering_seconds > 0:
            await asyncio.sleep(gathering_seconds)
            self._let_go_of_ended()

    def _to_begin(self, batches: Sequence[Batch], timeout_seconds: float) -> Iterator[Batch]:
        """Batches with records, and one without where more is due; elsewhere now and then, for what time alone makes due.

        Not each time: while other partitions have steps in hand, a fetch does not wait.
        """
        at = asyncio.get_running_loop().time()
        free = {batch.partition for batch in batches}
        self._goes_on &= free | self._steps.keys()  # the others were given back
        for batch in batches:
            looked_at = at >= self._next_looks.get(batch.partition, at)
            if batch.records or looked_at or batch.partition in self._goes_on:
                self._goes_on.discard(batch.partition)
                self._next_looks[batch.partition] = at + timeout_seconds
                yield batch

    async def close(self) -> None:
        """Let the steps in hand end, and give the partitions back."""
        await self._finish()
        if self._subscription is not None:
            await self._subscription.close()
            self._subscription = None
            self._told.stands(self.topic, {})

    async def _finish(self) -> None:
        """Let the steps in hand end, whatever their end."""
        await asyncio.gather(*self._steps.values(), return_exceptions=True)
        self._steps.clear()

    async def _claim(self, partition: int) -> int:
        self._trusted.discard(partition)
        await self._require_origin()
        return await self._worker.claim(partition)

    async def _some_end(self) -> None:
        """Wait for a step to end; raises what ended it."""
        if not self._steps:
            return
        await asyncio.wait(self._steps.values(), return_when=asyncio.FIRST_COMPLETED)
        self._let_go_of_ended()

    def _let_go_of_ended(self) -> None:
        ended = [partition for partition, step in self._steps.items() if step.done()]
        for step in [self._steps.pop(partition) for partition in ended]:
            step.result()

    async def _look_around(self, subscription: Subscription) -> None:
        """Ask now and then how far the log goes on."""
        at = asyncio.get_running_loop().time()
        if at >= self._next_stands:
            await self._require_origin()
            found = await subscription.stands()
            if found is not None:
                self.stands = found
                self._told.stands(self.topic, found)
                self._next_stands = at + _STANDS_SECONDS
                return
            self._next_stands = at + _UNSETTLED_SECONDS
            if self.stands:  # the group shares its partitions out anew
                self.stands = {}
                self._told.stands(self.topic, {})

    async def _require_origin(self) -> None:
        if self._origin is not None:
            await self._origin.require()

    async def _step(self, batch: Batch) -> None:
        try:
            if batch.records and batch.partition not in self._trusted:
                await self._with_care(batch)
            else:
                await self._settle(batch)
        except FencedError as error:
            assert self._subscription is not None
            self._subscription.lose(batch.partition, error)

    async def _with_care(self, batch: Batch) -> None:
        """Work on the first batch since the partition was claimed: perhaps it ended the process that had it before.

        After some such ends its records are tried one by one, so that the one at fault is known, and set aside in the end.
        """
        tries = await self._attempts.begin(batch.partition, batch.records[0].offset)
        parts = [batch] if tries <= TRIES_TOGETHER else batch.split_records()
        await self._attempt(parts[0], tries)
        for part in parts[1:]:
            tries = await self._attempts.begin(batch.partition, part.records[0].offset)
            await self._attempt(part, tries)
        self._trusted.add(batch.partition)

    async def _attempt(self, batch: Batch, tries: int) -> None:
        try:
            await self._settle(batch if tries <= TRIES else await self._quarantined(batch))
        except (UnavailableError, FencedError, asyncio.CancelledError):
            with suppress(
                UnavailableError, TimeoutError
            ):  # it came back; this is not the record's doing
                async with asyncio.timeout(_SURVIVED_SECONDS):
                    await self._attempts.end(batch.partition)
            raise
        await self._attempts.end(batch.partition)

    async def _quarantined(self, batch: Batch) -> Batch:
        """Set a batch's only record aside; what is left to work on."""
        detail = f"the process ended {TRIES} times while it worked on this record"
        await self._set_aside(batch.partition, [RejectedRecord(batch.records[0], CRASHED, detail)])
        return batch._replace(records=())

    async def _settle(self, batch: Batch) -> None:
        """Work through a batch, and do one part of what is due beside."""
        clock = asyncio.get_running_loop().time
        began, through = clock(), False
        while (outcome := await self._worker.handle(batch, self._now())) is not None:
            await self._publish(outcome)
            await self._worker.commit(outcome)
            self._told.repeated(outcome.duplicates)
            if through:
                self._goes_on.add(batch.partition)
                break
            through = outcome.next_offset >= batch.next_offset
        if batch.records:
            self._told.settled(self.topic, len(batch.records), clock() - began)

    async def _publish(self, outcome: Outcome[R]) -> None:
        for topic, records in outcome.publish.items():
            await self._log.append(topic, records)
        await self._set_aside(outcome.partition, outcome.refused)

    async def _set_aside(self, partition: int, refused: Sequence[RejectedRecord]) -> None:
        if refused:
            self._letters.spend(sum(one.reason == UNREADABLE for one in refused), self.topic)
            letters = [dead_letter(self.topic, partition, one) for one in refused]
            await self._log.append(DEAD_LETTERS, letters)
            self._told.set_aside(self.topic, refused)


class _Allowance:
    """How many records of the last hour may be unreadable."""

    def __init__(self, per_hour: int) -> None:
        self._per_hour = per_hour
        self._spent: deque[tuple[float, int]] = deque()

    def spend(self, letters: int, topic: str) -> None:
        """Note so many more; raises :class:`TooManyDeadLettersError` when that is too many."""
        at = asyncio.get_running_loop().time()
        while self._spent and self._spent[0][0] < at - _HOUR_SECONDS:
            self._spent.popleft()
        self._spent.append((at, letters))
        total = sum(count for _, count in self._spent)
        if total > self._per_hour:
            raise TooManyDeadLettersError(
                f"{total} records of {topic} within an hour cannot be read, more than the {self._per_hour} that may be set "
                "aside: look at them (echeance dead-letters list), then upgrade this program or raise ECHEANCE_DEAD_LETTERS_PER_HOUR"
            )
