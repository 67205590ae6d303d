"""The one loop: publish, then commit; what does not answer is tried again, and nothing is skipped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typing_extensions import override

from shared.database import engine
from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.domain import UNREADABLE
from shared.domain.records import decode_dead_letter
from shared.errors import FencedError, UnavailableError
from shared.log.attempts import StoredAttemptCounter, attempts
from shared.log.loop import LAG_SECONDS, Loop
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import (
    DEAD_LETTERS,
    Batch,
    ClaimPartition,
    Log,
    NewRecord,
    Outcome,
    Position,
    RejectedRecord,
    Subscription,
)
from shared.log.quarantine import BATCH_ATTEMPTS, RECORD_ATTEMPTS, TooManyDeadLettersError
from shared.log.scheduler import LINGER_SECONDS
from shared.log.sqlite import SqliteLog
from shared.metrics.registry import Metrics
from shared.process import runner as service
from tests.log.logs import GROUP, OTHER_TOPIC, TOPIC, record

NOON = datetime(2025, 5, 1, 12, tzinfo=UTC)
Told = list[tuple[object, ...]]


class ToldLog:
    """A log that tells what it was asked to append, and does not answer for a while."""

    def __init__(self, log: SqliteLog, told: Told, *, refuses: int = 0) -> None:
        self._log, self._told, self._refuses = log, told, refuses

    partitions = property(lambda self: self._log.partitions)
    parallelism = property(lambda self: self._log.parallelism)

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        if topic == OTHER_TOPIC and self._refuses:
            self._refuses -= 1
            self._told.append(("refused",))
            raise UnavailableError("the log is away")
        if topic == OTHER_TOPIC:
            self._told.append(("published", *(one.value for one in records)))
        return await self._log.append(topic, records)

    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        return self._log.subscribe(topic, group, claim)


async def nothing(batch: Batch) -> None:
    """Do nothing before a step."""


class Copier:
    """A worker that copies each record to the other topic, one step at a time, behind the fence.

    ``before`` is awaited at the beginning of each step.
    """

    service = GROUP

    def __init__(
        self,
        base: Database,
        told: Told,
        *,
        ends_at: int = 0,
        before: Callable[[Batch], Awaitable[None]] = nothing,
    ) -> None:
        self.base, self.told, self.ends_at, self.before = base, told, ends_at, before
        self.held: dict[int, engine.Claim] = {}
        self.done = asyncio.Event()

    async def claim(self, partition: int) -> int:
        async with self.base.transaction() as connection:
            self.held[partition] = await engine.claim(connection, GROUP, partition)
        return self.held[partition].next_offset

    def has_due(self, batch: Batch, now: datetime) -> bool:
        return True

    async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
        await self.before(batch)
        at = self.held[batch.partition].next_offset
        left = [one for one in batch.records if one.offset >= at]
        if not left:
            return None
        copied = NewRecord(batch.partition, left[0].key, left[0].value)
        return Outcome(batch.partition, left[0].offset + 1, {OTHER_TOPIC: [copied]}, now)

    async def commit(self, outcome: Outcome[datetime]) -> None:
        held = self.held[outcome.partition]
        self.held[outcome.partition] = await self.base.commit(held, outcome.next_offset, [])
        self.told.append(("committed", outcome.next_offset, outcome.rows))
        if outcome.next_offset == self.ends_at:
            self.done.set()


@asynccontextmanager
async def opened(folder: Path, partitions: int = 1) -> AsyncIterator[tuple[Database, SqliteLog]]:
    base = Database(f"sqlite+aiosqlite:///{folder / 'loop.sqlite'}")
    await migrate(base)
    try:
        yield base, SqliteLog(base, partitions=partitions, batch_records=10)
    finally:
        await base.close()


def looped(
    log: Log,
    worker: Copier,
    now: Callable[[], datetime] = lambda: NOON,
    metrics: Metrics | None = None,
    *,
    linger_seconds: float = LINGER_SECONDS,
    lag_seconds: float = LAG_SECONDS,
) -> Loop[datetime]:
    attempts = StoredAttemptCounter(worker.base, GROUP)
    told = LoopMetrics(metrics or Metrics(lambda: NOON))
    return Loop(
        log,
        TOPIC,
        worker,
        now,
        attempts,
        told,
        letters_per_hour=3,
        linger_seconds=linger_seconds,
        lag_seconds=lag_seconds,
    )


async def consumed(log: Log, worker: Copier) -> int:
    loop = looped(log, worker)
    try:
        return await loop.run_once(0)
    finally:
        await loop.close()


async def copies(log: SqliteLog) -> list[bytes]:
    return [one.value for one in await log.read(OTHER_TOPIC, 0, 0)]


async def test_each_step_is_published_before_it_is_committed(tmp_path: Path) -> None:
    told: Told = []
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, 1), record(0, 2)])
        assert await consumed(ToldLog(log, told), Copier(base, told)) == 2
    assert told == [
        ("published", b"value-1"),
        ("committed", 1, NOON),
        ("published", b"value-2"),
        ("committed", 2, NOON),
    ]


async def test_the_worker_is_asked_the_time_anew_at_every_step(tmp_path: Path) -> None:
    told: Told = []
    moments = (NOON + timedelta(minutes=minute) for minute in range(10))
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, 1), record(0, 2)])
        loop = looped(log, Copier(base, told), lambda: next(moments))
        await loop.run_once(0)
        await loop.close()
    assert [one[2] for one in told] == [NOON, NOON + timedelta(minutes=1)]


async def test_what_could_not_be_published_is_not_committed(tmp_path: Path) -> None:
    told: Told = []
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, 1), record(0, 2)])
        with pytest.raises(UnavailableError):
            await consumed(ToldLog(log, told, refuses=1), Copier(base, told))
        assert told == [("refused",)]
        assert await consumed(log, Copier(base, told)) == 2
        assert await copies(log) == [b"value-1", b"value-2"]


async def test_a_crash_between_publishing_and_committing_repeats_and_skips_nothing(
    tmp_path: Path,
) -> None:
    class Dies(Copier):
        @override
        async def commit(self, outcome: Outcome[datetime]) -> None:
            if outcome.next_offset == 2:
                raise ZeroDivisionError
            await super().commit(outcome)

    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, n) for n in (1, 2, 3)])
        with pytest.raises(ZeroDivisionError):
            await consumed(log, Dies(base, []))
        assert await consumed(log, Copier(base, [])) == 2
        assert await copies(log) == [b"value-1", b"value-2", b"value-2", b"value-3"]


async def test_a_loop_whose_log_is_away_tries_again_until_it_is_back(tmp_path: Path) -> None:
    told: Told = []
    stop = asyncio.Event()
    async with opened(tmp_path) as (base, log), asyncio.timeout(20):
        await log.append(TOPIC, [record(0, n) for n in (1, 2)])
        worker = Copier(base, told, ends_at=2)
        loop = asyncio.create_task(
            service.run_until_stopped(looped(ToldLog(log, told, refuses=2), worker), stop)
        )
        await worker.done.wait()
        stop.set()
        await loop
        assert await copies(log) == [b"value-1", b"value-2"]
    assert [one[0] for one in told] == ["refused"] * 2 + ["published", "committed"] * 2


async def test_a_loop_that_keeps_up_lets_records_gather(tmp_path: Path) -> None:
    async with opened(tmp_path) as (base, log), asyncio.timeout(20):
        loop = looped(log, Copier(base, []), linger_seconds=0.05)
        await log.append(TOPIC, [record(0, 1)])
        clock = asyncio.get_running_loop().time
        began = clock()
        assert await loop.run_once(1) == 1
        both = asyncio.create_task(loop.run_once(1))
        await log.append(TOPIC, [record(0, 2), record(0, 3)])
        assert await both == 2
        assert clock() - began >= 0.05
        await loop.close()


class Due(Copier):
    """A worker for which so many parts are due in each partition, whatever arrives."""

    def __init__(self, base: Database, *parts: int) -> None:
        super().__init__(base, [])
        self.parts = list(parts)

    @override
    async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
        copied = await super().handle(batch, now)
        if copied is not None or not self.parts[batch.partition]:
            return copied
        self.parts[batch.partition] -= 1
        return Outcome(batch.partition, self.held[batch.partition].next_offset, {}, now)


async def test_what_arrives_has_its_turn_between_the_parts_of_what_is_due(tmp_path: Path) -> None:
    async with opened(tmp_path) as (base, log), asyncio.timeout(20):
        worker = Due(base, 4)
        loop = looped(log, worker)
        for number in (1, 2):
            await log.append(TOPIC, [record(0, number)])
            await loop.run_once(60)
            assert (len(await copies(log)), worker.parts) == (number, [4 - number])
        while loop.has_more_due:
            await loop.run_once(60)
        assert worker.parts == [0]
        await loop.close()


async def test_all_that_is_due_is_done_where_a_loop_runs_until_nothing_is_left(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as (base, log), asyncio.timeout(20):
        worker = Due(base, 9)
        await log.append(TOPIC, [record(0, 1)])
        assert sum([turn async for turn in service.run_to_end(looped(log, worker))]) == 1
        assert worker.parts == [0]


async def test_a_loop_that_is_stopped_ends_with_its_step_committed(tmp_path: Path) -> None:
    stop = asyncio.Event()

    async def stops(_: Batch) -> None:
        stop.set()

    told: Told = []
    async with opened(tmp_path) as (base, log), asyncio.timeout(20):
        await log.append(TOPIC, [record(0, n) for n in (1, 2, 3)])
        await service.run_until_stopped(looped(log, Copier(base, told, before=stops)), stop)
    assert told[-1] == ("committed", 3, NOON)


async def test_a_loop_that_lost_its_partition_ends_and_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as (base, log), asyncio.timeout(20):
        await log.append(TOPIC, [record(0, 1)])

        async def robs(batch: Batch) -> None:
            await Copier(base, []).claim(batch.partition)

        with pytest.raises(FencedError):
            await service.run_until_stopped(
                looped(log, Copier(base, [], before=robs)), asyncio.Event()
            )


async def test_a_bug_ends_the_loop(tmp_path: Path) -> None:
    async def breaks(_: Batch) -> None:
        raise ZeroDivisionError

    async with opened(tmp_path) as (base, log):
        with pytest.raises(ZeroDivisionError):
            await service.run_until_stopped(
                looped(log, Copier(base, [], before=breaks)), asyncio.Event()
            )


async def test_working_through_a_topic_ends_when_nothing_is_left(tmp_path: Path) -> None:
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, n) for n in range(23)])
        turns = service.run_to_end(looped(log, Copier(base, [])))
        assert [count async for count in turns] == [10, 10, 3]


async def letters(log: SqliteLog) -> list[tuple[str, bytes]]:
    found = [decode_dead_letter(one.value) for one in await log.read(DEAD_LETTERS, 0, 0)]
    return [(letter.reason, letter.value) for letter in found]


class Poisoned(Copier):
    """Takes all it is given at once; one record ends the process."""

    @override
    async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
        if batch.next_offset <= self.held[batch.partition].next_offset:
            return None
        if any(one.value == b"value-3" for one in batch.records):
            raise ZeroDivisionError
        copied = [NewRecord(batch.partition, one.key, one.value) for one in batch.records]
        return Outcome(batch.partition, batch.next_offset, {OTHER_TOPIC: copied}, now)


async def test_a_record_that_ends_the_process_again_and_again_is_set_aside(tmp_path: Path) -> None:
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, n) for n in range(1, 7)])
        ends = 0
        for _ in range(2 * RECORD_ATTEMPTS):
            try:
                consumed_now = await consumed(log, Poisoned(base, []))
            except ZeroDivisionError:
                ends += 1
                continue
            if not consumed_now:
                break
        assert await letters(log) == [("crashed", b"value-3")]
        assert await copies(log) == [f"value-{n}".encode() for n in (1, 2, 4, 5, 6)]
        assert RECORD_ATTEMPTS < ends <= RECORD_ATTEMPTS + BATCH_ATTEMPTS
        assert await kept_attempts(base) == []


async def kept_attempts(base: Database) -> list[tuple[int, int]]:
    async with base.reading() as connection:
        found = select(attempts.c.offset, attempts.c.attempts)
        return [tuple(row) for row in await connection.execute(found)]


async def test_an_end_in_the_middle_is_remembered_and_forgotten_once_it_went_well(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, 3)])
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await consumed(log, Poisoned(base, []))
        assert await kept_attempts(base) == [(0, 2)]
        counter = StoredAttemptCounter(base, GROUP)
        assert [await counter.count(*at) for at in ((0, 0), (0, 1), (1, 0))] == [2, 0, 0]
        assert await consumed(log, Copier(base, [])) == 1
        assert await kept_attempts(base) == []


class Refuses(Copier):
    """Can read nothing."""

    def __init__(self, base: Database, reason: str) -> None:
        super().__init__(base, [])
        self.reason = reason

    @override
    async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
        outcome = await super().handle(batch, now)
        if outcome is None:
            return None
        rejected = RejectedRecord(batch.records[outcome.next_offset - 1], self.reason, "it is odd")
        return outcome._replace(publish={}, rejected=[rejected])


async def test_more_unreadable_records_than_may_be_set_aside_stop_the_loop_before_they_are_lost(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, n) for n in range(5)])
        with pytest.raises(TooManyDeadLettersError, match=r"4 records of echeance\.contract"):
            await consumed(log, Refuses(base, UNREADABLE))
        assert [value for _, value in await letters(log)] == [b"value-0", b"value-1", b"value-2"]
        assert await Copier(base, []).claim(0) == 3


async def test_what_can_be_read_and_is_refused_does_not_stop_the_loop(tmp_path: Path) -> None:
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, n) for n in range(5)])
        assert await consumed(log, Refuses(base, "conflict")) == 5
        assert [reason for reason, _ in await letters(log)] == ["conflict"] * 5


class Abreast(ToldLog):
    """A log whose readers work on all partitions side by side."""

    parallelism = property(lambda self: self._log.partitions)


async def test_partitions_are_worked_on_side_by_side_each_with_one_step_in_hand(
    tmp_path: Path,
) -> None:
    partitions = 3
    waiting, arrived = set(range(partitions)), asyncio.Barrier(partitions)

    async def together(batch: Batch) -> None:
        if batch.partition in waiting:
            waiting.remove(batch.partition)
            await arrived.wait()  # nobody goes on before all are here

    async with opened(tmp_path, partitions) as (base, log), asyncio.timeout(20):
        await log.append(TOPIC, [record(one, n) for one in range(partitions) for n in range(3)])
        loop = looped(Abreast(log, []), Copier(base, [], before=together))
        await loop.run_once(0)
        await loop.close()
        for one in range(partitions):
            copied = [copy.value for copy in await log.read(OTHER_TOPIC, one, 0)]
            assert copied == [b"value-0", b"value-1", b"value-2"]


async def test_a_step_that_fails_lets_those_beside_it_end(tmp_path: Path) -> None:
    async def one_fails(batch: Batch) -> None:
        if batch.partition == 0:
            raise UnavailableError("not this one")

    async with opened(tmp_path, 2) as (base, log):
        await log.append(TOPIC, [record(one, n) for one in range(2) for n in range(3)])
        loop = looped(Abreast(log, []), Copier(base, [], before=one_fails))
        with pytest.raises(UnavailableError):
            await loop.run_once(0)
        assert len(await log.read(OTHER_TOPIC, 1, 0)) == 3
        await loop.close()
