"""A partition is written again without some records, each time from what really stands in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from aiokafka.admin import NewTopic

from shared.log.kafka import (
    Erasure,
    KafkaLog,
    connect,
    replay_in_order,
    rewrite_partition,
    rewriting,
)
from shared.log.ports import NewRecord, Record, origin_offset
from shared.process import runner
from tests.log.kafka_logs import administrator, reached

LATER = runner.now() + timedelta(days=30)
"""When every segment is closed."""
FOR_EVER = {"retention.ms": "-1"}


async def read_by(_offset: int) -> None:
    """Nobody reads the topic."""


async def records_of(log: KafkaLog, topic: str) -> list[Record]:
    return [one async for read in log.replay(topic, 0) for one in read if one.value]


def gone_of(record: Record) -> set[str]:
    return {record.key.decode()} if record.key.startswith(b"gone") else set()


GONE = Erasure(gone_of)


async def test_a_topic_restored_with_headers_is_rewritten_whole(kafka_bootstrap: str) -> None:
    """The copies of another topic are records like any other, not what an interrupted rewriting left."""
    first, second = (f"rewriting-{uuid4().hex}" for _ in range(2))
    async with administrator(kafka_bootstrap) as admin:
        await admin.create_topics(
            [NewTopic(name, 1, 1, topic_configs=FOR_EVER) for name in (first, second)]
        )
    log = await connect(reached(kafka_bootstrap), first)
    try:
        keys = [b"gone-1", b"a", b"b", b"gone-2", b"c", b"d"]
        await log.append(first, [NewRecord(0, key, b"of " + key) for key in keys])
        done = await rewrite_partition(log, first, 0, GONE, read_by, LATER)
        assert (done.copied, done.erased) == (4, 2)
        kept = await records_of(log, first)
        assert [(one.key, origin_offset(one)) for one in kept] == [
            (key, offset) for offset, key in enumerate(keys) if key[:4] != b"gone"
        ]
        # A tool writes the records to another topic, with their headers.
        raw = [one async for fetched in log.fetch_raw(first, 0) for one in fetched if one.value]
        restored = [Record(0, one.key, one.value, tuple(one.headers)) for one in raw]
        await log.append(second, [NewRecord(0, b"gone-3", b"x")])
        await log.append_raw(second, 0, restored)
        assert all(origin_offset(one) == one.offset for one in await records_of(log, second))
        done = await rewrite_partition(log, second, 0, GONE, read_by, LATER)
        assert (done.copied, done.erased) == (4, 1)
        again = await records_of(log, second)
        assert [(one.key, one.value) for one in again] == [(one.key, one.value) for one in kept]
        assert [origin_offset(one) for one in again] == [1, 2, 3, 4]
    finally:
        await log.close()


async def test_what_an_interrupted_rewriting_left_is_copied_once(kafka_bootstrap: str) -> None:
    topic, reads = f"rewriting-{uuid4().hex}", 0

    async def interrupted(_offset: int) -> None:
        nonlocal reads
        reads += 1
        if reads == 2:  # once the copies are written
            raise TimeoutError

    async with administrator(kafka_bootstrap) as admin:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=FOR_EVER)])
    log = await connect(reached(kafka_bootstrap), topic)
    try:
        await log.append(topic, [NewRecord(0, key, b"x") for key in (b"a", b"gone", b"b")])
        with suppress(TimeoutError):
            await rewrite_partition(log, topic, 0, GONE, interrupted, LATER)
        assert [one.key for one in await records_of(log, topic)] == [
            b"a",
            b"gone",
            b"b",
            b"a",
            b"b",
        ]
        await rewrite_partition(log, topic, 0, GONE, read_by, LATER)
        kept = [(one.key, origin_offset(one)) for one in await records_of(log, topic)]
        assert kept == [(b"a", 0), (b"b", 2)]
    finally:
        await log.close()


@asynccontextmanager
async def rewritten_topic(bootstrap: str, **settings: str) -> AsyncIterator[tuple[KafkaLog, str]]:
    topic = f"rewriting-{uuid4().hex}"
    async with administrator(bootstrap) as admin:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={**FOR_EVER, **settings})])
    log = await connect(reached(bootstrap), topic)
    try:
        yield log, topic
    finally:
        await log.close()


async def test_records_keep_their_first_order_whatever_is_written_meanwhile(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "RECORDS_TOGETHER", 2)
    written: list[bytes] = []
    async with rewritten_topic(kafka_bootstrap) as (log, topic):

        async def write(*keys: bytes) -> None:
            written.extend(keys)
            await log.append(topic, [NewRecord(0, key, b"of " + key) for key in keys])

        async def meanwhile(_offset: int) -> None:
            await write(b"new-%d" % len(written))
            if len(written) == 14:
                raise TimeoutError

        await write(b"a", b"gone-1", b"b", b"c", b"d")
        for turn in range(4):
            with suppress(TimeoutError):
                await rewrite_partition(log, topic, 0, GONE, meanwhile, LATER)
            await write(b"gone-%d" % (turn + 2), b"e-%d" % turn)
        await rewrite_partition(log, topic, 0, GONE, read_by, LATER)
        kept = [one async for read in replay_in_order(log, topic, 0) for one in read]
        keys = [one.record.key for one in kept]
        assert keys == [key for key in written if key[:4] != b"gone"]
        assert len(keys) > 14
        times = [one.written_at for one in kept]
        assert times == sorted(times)


async def test_readers_who_go_by_the_last_record_of_a_key_have_it_still(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "RECORDS_TOGETHER", 1)
    async with rewritten_topic(kafka_bootstrap) as (log, topic):
        newer = iter([b"", b"a", b"b", b"c"])

        async def meanwhile(_offset: int) -> None:
            if key := next(newer, None):
                await log.append(topic, [NewRecord(0, key, b"newer")])

        keys = [b"gone", b"a", b"b", b"c", b"a"]
        await log.append(topic, [NewRecord(0, key, b"older") for key in keys])
        erasure = GONE._replace(last_holds=True)
        await rewrite_partition(log, topic, 0, erasure, meanwhile, LATER)
        last = {one.key: one.value for one in await records_of(log, topic)}
        assert last == {b"a": b"newer", b"b": b"newer", b"c": b"newer"}
        assert next(newer, None) is None
        # What was copied twice is told once.
        again = [
            one.record
            for read in [one async for one in replay_in_order(log, topic, 0)]
            for one in read
        ]
        values = [(one.key, one.value) for one in again]
        assert values == [
            *((key, b"older") for key in keys[1:]),
            *((key, b"newer") for key in (b"a", b"b", b"c")),
        ]


async def test_a_copy_is_kept_no_longer_than_the_topic_keeps_its_record(
    kafka_bootstrap: str,
) -> None:
    day = timedelta(days=1)
    month = str(30 * 86_400_000)
    async with rewritten_topic(kafka_bootstrap, **{"retention.ms": month}) as (log, topic):
        begun = runner.now()
        await log.append(topic, [NewRecord(0, key, b"x") for key in (b"a", b"gone-1", b"b")])
        done = await rewrite_partition(log, topic, 0, GONE, read_by, begun + 20 * day)
        assert (done.copied, done.expired) == (2, 0)
        await log.append(topic, [NewRecord(0, b"gone-2", b"x")])
        done = await rewrite_partition(log, topic, 0, GONE, read_by, begun + 31 * day)
        assert (done.copied, done.erased) == (0, 1)
        assert done.expired == 2
        assert await records_of(log, topic) == []


async def test_what_may_stand_in_an_open_segment_is_rewritten_once_more(
    kafka_bootstrap: str,
) -> None:
    async with rewritten_topic(kafka_bootstrap) as (log, topic):
        await log.append(topic, [NewRecord(0, key, b"x") for key in (b"a", b"gone-1")])
        now = runner.now()
        done = await rewrite_partition(log, topic, 0, GONE, read_by, now)
        assert (done.copied, done.erased, done.recent) == (1, 1, frozenset({"gone-1"}))
        later = now + timedelta(days=8)
        done = await rewrite_partition(log, topic, 0, GONE, read_by, later)
        assert (done.copied, done.erased) == (0, 0)
        done = await rewrite_partition(log, topic, 0, GONE, read_by, later, dropped_at=now)
        assert (done.copied, done.recent) == (1, frozenset())
        # Rewritten since then: the segment that was open is deleted.
        earlier = now - timedelta(days=8)
        done = await rewrite_partition(log, topic, 0, GONE, read_by, later, dropped_at=earlier)
        assert done.copied == 0
