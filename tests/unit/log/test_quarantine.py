"""Quarantine: a record that ends the process again and again is isolated; too many unreadable ones stop the service."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from shared.domain.records import decode_dead_letter
from shared.errors import UnavailableError
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import Batch, NewRecord, Position, Record
from shared.log.quarantine import (
    BATCH_ATTEMPTS,
    RECORD_ATTEMPTS,
    Allowance,
    AttemptCounter,
    DeadLetterWriter,
    Quarantine,
    TooManyDeadLettersError,
)
from shared.log.step_lock import StepLock
from shared.metrics.registry import Metrics

NOON = datetime(2025, 5, 1, 12, tzinfo=UTC)
BATCH = Batch(0, [Record(n, b"key", f"value-{n}".encode()) for n in (4, 5, 6)], 7)


def values(batch: Batch) -> list[bytes]:
    return [one.value for one in batch.records]


class Ending(BaseException):
    """The end of the process."""


class Attempts:
    """An attempt counter in memory, which outlives every process."""

    def __init__(self) -> None:
        self.counts: dict[int, tuple[int, int]] = {}

    async def count(self, partition: int, offset: int) -> int:
        at, count = self.counts.get(partition, (offset, 0))
        return count if at == offset else 0

    async def begin(self, partition: int, offset: int) -> int:
        self.counts[partition] = (offset, await self.count(partition, offset) + 1)
        return self.counts[partition][1]

    async def end(self, partition: int) -> None:
        self.counts.pop(partition, None)


class Topic:
    """An appender in memory."""

    partitions = 1

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        self.letters += [decode_dead_letter(one.value).value for one in records]
        return []


def quarantine(attempts: AttemptCounter, topic: Topic, step_lock: StepLock) -> Quarantine:
    metrics = LoopMetrics(Metrics(lambda: NOON))
    letters = DeadLetterWriter(topic, "topic", metrics, 9, lambda: NOON)
    return Quarantine(attempts, letters, step_lock)


class Process:
    """One after the other works on the batch, and ends on a record of value ``ends_on``."""

    def __init__(self, ends_on: bytes | None = None) -> None:
        self.ends_on = ends_on
        self.attempts, self.topic = Attempts(), Topic()
        self.handled: list[list[bytes]] = []
        self.position = 0

    def quarantine(self) -> Quarantine:
        return quarantine(self.attempts, self.topic, StepLock())

    async def handle(self, batch: Batch) -> None:
        self.handled.append(values(batch))
        if self.ends_on in values(batch):
            raise Ending
        self.position = batch.next_offset

    async def ends(self) -> int:
        """How many processes end before one works through the batch."""
        for count in range(3 * RECORD_ATTEMPTS):
            left = [one for one in BATCH.records if one.offset >= self.position]
            try:
                await self.quarantine().run(BATCH._replace(records=left), self.handle)
            except Ending:
                continue
            return count
        raise AssertionError("no process gets past the record")


async def test_a_batch_that_ends_nothing_is_handled_whole_and_once() -> None:
    process = Process()
    assert await process.ends() == 0
    assert process.handled == [[b"value-4", b"value-5", b"value-6"]]
    assert process.attempts.counts == {}


async def test_only_the_record_at_fault_becomes_a_dead_letter() -> None:
    process = Process(ends_on=b"value-5")
    assert RECORD_ATTEMPTS < await process.ends() <= RECORD_ATTEMPTS + BATCH_ATTEMPTS
    assert process.topic.letters == [b"value-5"]
    assert process.handled[-2:] == [[], [b"value-6"]]
    assert process.attempts.counts == {}


async def test_no_other_record_goes_with_it() -> None:
    """Another process counted attempts between the question and its answer, so the batch is whole."""
    process = Process()

    class Hasty(Attempts):
        @override
        async def begin(self, partition: int, offset: int) -> int:
            return RECORD_ATTEMPTS + 1

    process.attempts = Hasty()
    await process.quarantine().run(BATCH, process.handle)
    assert process.topic.letters == [b"value-4"]
    assert process.handled == [[b"value-5", b"value-6"]]


async def test_once_a_batch_went_well_attempts_are_not_counted_until_the_next_claim() -> None:
    process = Process()
    quarantine = process.quarantine()
    await quarantine.run(BATCH, process.handle)
    process.ends_on = b"value-5"
    for expected in ({}, {0: (4, 1)}):
        with pytest.raises(Ending):
            await quarantine.run(BATCH, process.handle)
        assert process.attempts.counts == expected
        quarantine.distrust(0)


async def test_what_is_unavailable_is_not_counted_against_the_record() -> None:
    process = Process()

    async def unavailable(batch: Batch) -> None:
        raise UnavailableError

    with pytest.raises(UnavailableError):
        await process.quarantine().run(BATCH, unavailable)
    assert process.attempts.counts == {}


async def test_neither_is_what_could_not_be_told_because_the_counter_was_unavailable() -> None:
    """Nine times the counter answers until a step has begun, and only then."""
    process = Process()
    available = [True]

    class Flapping(Attempts):
        @override
        async def end(self, partition: int) -> None:
            if not available[0]:
                raise UnavailableError
            await super().end(partition)

    async def unavailable(batch: Batch) -> None:
        available[0] = False
        raise UnavailableError

    process.attempts = Flapping()
    one = process.quarantine()
    for _ in range(RECORD_ATTEMPTS + 1):
        available[0] = True
        with pytest.raises(UnavailableError):
            await one.run(BATCH, unavailable)
        one.distrust(0)
    assert process.attempts.counts == {0: (4, 1)}
    available[0] = True
    await one.run(BATCH, process.handle)
    assert (process.handled, process.topic.letters) == ([values(BATCH)], [])
    assert process.attempts.counts == {}


class Instance:
    """A process with some partitions, each of which has a step in flight until the process ends.

    Whatever it does after its end is not done.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.ended = False
        self.running: list[tuple[int, int]] = []
        """Partitions that are worked on, and the attempts at each."""
        lock = StepLock()
        self.quarantines = [
            quarantine(Mortal(self, counts), system.topic, lock) for counts in system.attempts
        ]

    def live(self) -> None:
        if self.ended:
            raise Ending

    async def work(self, partition: int) -> None:
        """Go through a partition until a process ends; a partition's loop is one of two."""
        system, records = self.system, self.system.records[partition]
        mine = self.quarantines[partition % LOOPS]
        mine.distrust(partition)
        while (at := system.positions[partition]) < len(records) and not system.rebalances:
            end = system.random.randint(at + 1, len(records))
            given = [Record(n, b"", name(partition, n)) for n in range(at, end)]
            await mine.run(Batch(partition, given, end), self.handle)

    async def handle(self, batch: Batch) -> None:
        system, partition = self.system, batch.partition
        _, count = system.attempts[partition % LOOPS].counts.get(partition, (0, 0))
        self.running.append((partition, count))
        for _ in range(system.random.randint(0, system.turns[partition])):
            await asyncio.sleep(0)
            self.live()
            assert len(self.running) == 1 or all(count <= 1 for _, count in self.running)
        self.running.remove((partition, count))
        if any(system.records[partition][one.offset] for one in batch.records):
            self.ended = system.rebalances = True
        self.live()
        system.positions[partition] = batch.next_offset


class Mortal:
    """An attempt counter, as an instance sees it."""

    def __init__(self, instance: Instance, counter: Attempts) -> None:
        self._instance, self._counter = instance, counter

    async def count(self, partition: int, offset: int) -> int:
        await self._answers()
        return await self._counter.count(partition, offset)

    async def begin(self, partition: int, offset: int) -> int:
        await self._answers()
        return await self._counter.begin(partition, offset)

    async def end(self, partition: int) -> None:
        await self._answers()
        await self._counter.end(partition)

    async def _answers(self) -> None:
        await asyncio.sleep(0)
        self._instance.live()


class System:
    """Partitions whose records are fatal or not, and instances that are started again when they end."""

    def __init__(self, records: Sequence[Sequence[bool]], instances: int, random: Random) -> None:
        self.records, self.random = records, random
        self.turns = [random.choice([1, 9, 60]) for _ in records]
        """How many turns of the event loop a step of each partition may take."""
        self.positions = [0] * len(records)
        self.attempts = [Attempts() for _ in range(LOOPS)]
        for partition in range(len(records)):  # an old count is one of most
            count = random.choice([0, 0, 1, RECORD_ATTEMPTS - 1])
            self.attempts[partition % LOOPS].counts[partition] = (0, count)
        self.topic = Topic()
        self.instances = [Instance(self) for _ in range(instances)]
        self.rebalances = False
        self.ends = 0

    async def settle(self, most: int) -> None:
        """Work until every partition is consumed; at most so many processes end."""
        while self.ends <= most:
            self.rebalances = False
            owned = [(self.random.choice(self.instances), one) for one in range(len(self.records))]
            steps = [asyncio.create_task(one.work(partition)) for one, partition in owned]
            for failure in await asyncio.gather(*steps, return_exceptions=True):
                assert failure is None or isinstance(failure, Ending), failure
            self.ends += sum(one.ended for one in self.instances)
            self.instances = [Instance(self) if one.ended else one for one in self.instances]
            if self.positions == [len(one) for one in self.records]:
                return
        raise AssertionError(f"{self.ends} processes have ended")


LOOPS = 2


def name(partition: int, offset: int) -> bytes:
    return b"%d/%d" % (partition, offset)


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=5), min_size=2, max_size=6),
    st.integers(1, 2),
    st.integers(0, 1 << 32),
)
@settings(max_examples=60)
def test_only_fatal_records_are_set_aside_each_after_a_bounded_number_of_ends(
    records: list[list[bool]], instances: int, seed: int
) -> None:
    """Wherever they are, and whatever else is in flight in any partition and loop of a process that ends."""
    system = System(records, instances, Random(seed))
    fatal = [name(one, n) for one, of in enumerate(records) for n, ends in enumerate(of) if ends]
    # At each offset before a fatal one a batch may begin that holds it, or one after which it is trusted.
    most = sum(
        (BATCH_ATTEMPTS + 1) * n + RECORD_ATTEMPTS + 1
        for of in records
        for n, ends in enumerate(of)
        if ends
    )
    asyncio.run(system.settle(most))
    assert sorted(set(system.topic.letters)) == sorted(fatal)


def test_the_allowance_is_that_of_the_last_hour() -> None:
    allowance = Allowance(3)
    allowance.spend(2, "topic", at=0.0)
    allowance.spend(1, "topic", at=3_600.0)
    allowance.spend(2, "topic", at=3_601.0)
    with pytest.raises(TooManyDeadLettersError, match="4 records of topic within an hour"):
        allowance.spend(1, "topic", at=3_602.0)
