"""The one loop: publish, then commit; what does not answer is tried again, and nothing is skipped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from shared import database, service
from shared.database import Database
from shared.log import (
    Batch,
    Claim,
    FencedError,
    Log,
    NewRecord,
    Outcome,
    Position,
    Subscription,
    UnavailableError,
    run,
)
from shared.sqlite import SqliteLog
from tests.log.logs import GROUP, OTHER_TOPIC, TOPIC, record

NOON = datetime(2025, 5, 1, 12, tzinfo=UTC)
Told = list[tuple[object, ...]]


class ToldLog:
    """A log that tells what it was asked to append, and does not answer for a while."""

    def __init__(self, log: SqliteLog, told: Told, *, refuses: int = 0) -> None:
        self._log, self._told, self._refuses = log, told, refuses

    @property
    def partitions(self) -> int:
        return self._log.partitions

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        if topic == OTHER_TOPIC and self._refuses:
            self._refuses -= 1
            self._told.append(("refused",))
            raise UnavailableError("the log is away")
        if topic == OTHER_TOPIC:
            self._told.append(("published", *(one.value for one in records)))
        return await self._log.append(topic, records)

    def subscribe(self, topic: str, group: str, claim: Claim) -> Subscription:
        return self._log.subscribe(topic, group, claim)


class Copier:
    """A worker that copies each record to the other topic, one step at a time, behind the fence."""

    def __init__(self, base: Database, told: Told, *, ends_at: int = 0) -> None:
        self.base, self.told, self.ends_at = base, told, ends_at
        self.held: dict[int, database.Claim] = {}
        self.done = asyncio.Event()

    async def claim(self, partition: int) -> int:
        async with self.base.transaction() as connection:
            self.held[partition] = await database.claim(connection, GROUP, partition)
        return self.held[partition].next_offset

    async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
        at = self.held[batch.partition].next_offset
        left = [one for one in batch.records if one.offset >= at]
        if not left:
            return None
        copied = NewRecord(batch.partition, left[0].key, left[0].value)
        return Outcome(batch.partition, left[0].offset + 1, {OTHER_TOPIC: [copied]}, now)

    async def commit(self, outcome: Outcome[datetime]) -> None:
        held = self.held[outcome.partition]
        async with self.base.transaction() as connection:
            moved = await database.advance(connection, held, outcome.next_offset)
        self.held[outcome.partition] = moved
        self.told.append(("committed", outcome.next_offset, outcome.rows))
        if outcome.next_offset == self.ends_at:
            self.done.set()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Database, SqliteLog]]:
    base = Database(f"sqlite+aiosqlite:///{folder / 'loop.sqlite'}")
    await base.create_tables()
    try:
        yield base, SqliteLog(base, partitions=1, batch_records=10)
    finally:
        await base.close()


async def consumed(log: Log, worker: Copier) -> int:
    subscription = log.subscribe(TOPIC, GROUP, worker.claim)
    try:
        return await run(log, subscription, worker, lambda: NOON, timeout_seconds=0)
    finally:
        await subscription.close()


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
        worker = Copier(base, told)
        subscription = log.subscribe(TOPIC, GROUP, worker.claim)
        await run(log, subscription, worker, lambda: next(moments), timeout_seconds=0)
        await subscription.close()
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
            service.consume(ToldLog(log, told, refuses=2), TOPIC, GROUP, worker, lambda: NOON, stop)
        )
        await worker.done.wait()
        stop.set()
        await loop
        assert await copies(log) == [b"value-1", b"value-2"]
    assert [one[0] for one in told] == ["refused"] * 2 + ["published", "committed"] * 2


async def test_a_loop_that_is_stopped_ends_with_its_step_committed(tmp_path: Path) -> None:
    stop = asyncio.Event()

    class Stops(Copier):
        @override
        async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
            stop.set()
            return await super().handle(batch, now)

    told: Told = []
    async with opened(tmp_path) as (base, log), asyncio.timeout(20):
        await log.append(TOPIC, [record(0, n) for n in (1, 2, 3)])
        await service.consume(log, TOPIC, GROUP, Stops(base, told), lambda: NOON, stop)
    assert told[-1] == ("committed", 3, NOON)


async def test_a_loop_that_lost_its_partition_ends_and_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as (base, log), asyncio.timeout(20):
        await log.append(TOPIC, [record(0, 1)])

        class Robbed(Copier):
            @override
            async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
                outcome = await super().handle(batch, now)
                await Copier(base, []).claim(batch.partition)
                return outcome

        with pytest.raises(FencedError):
            await service.consume(
                log, TOPIC, GROUP, Robbed(base, []), lambda: NOON, asyncio.Event()
            )


async def test_a_bug_ends_the_loop(tmp_path: Path) -> None:
    class Broken(Copier):
        @override
        async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
            raise ZeroDivisionError

    async with opened(tmp_path) as (base, log):
        with pytest.raises(ZeroDivisionError):
            await service.consume(
                log, TOPIC, GROUP, Broken(base, []), lambda: NOON, asyncio.Event()
            )


async def test_working_through_a_topic_ends_when_nothing_is_left(tmp_path: Path) -> None:
    async with opened(tmp_path) as (base, log):
        await log.append(TOPIC, [record(0, n) for n in range(23)])
        turns = service.turns(log, TOPIC, GROUP, Copier(base, []), lambda: NOON)
        assert [count async for count in turns] == [10, 10, 3]
