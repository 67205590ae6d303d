"""A partition is written again without some records, each time from what really stands in it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from aiokafka.admin import NewTopic

from shared.log.kafka import KafkaLog, connect, rewrite_partition
from shared.log.ports import NewRecord, Record, origin_offset
from shared.process import runner
from tests.log.kafka_logs import administrator, reached

LATER = runner.now() + timedelta(days=30)
"""When every segment is closed."""


async def read_by(_offset: int) -> None:
    """Nobody reads the topic."""


async def records_of(log: KafkaLog, topic: str) -> list[Record]:
    return [one async for read in log.replay(topic, 0) for one in read if one.value]


def is_gone(record: Record) -> bool:
    return record.key.startswith(b"gone")


async def test_a_topic_restored_with_headers_is_rewritten_whole(kafka_bootstrap: str) -> None:
    """The copies of another topic are records like any other, not what an interrupted rewriting left."""
    first, second = (f"rewriting-{uuid4().hex}" for _ in range(2))
    async with administrator(kafka_bootstrap) as admin:
        await admin.create_topics([NewTopic(name, 1, 1) for name in (first, second)])
    log = await connect(reached(kafka_bootstrap), first)
    try:
        keys = [b"gone-1", b"a", b"b", b"gone-2", b"c", b"d"]
        await log.append(first, [NewRecord(0, key, b"of " + key) for key in keys])
        done = await rewrite_partition(log, first, 0, is_gone, read_by, LATER)
        assert (done.copied, done.dropped) == (4, 2)
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
        done = await rewrite_partition(log, second, 0, is_gone, read_by, LATER)
        assert (done.copied, done.dropped) == (4, 1)
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
        await admin.create_topics([NewTopic(topic, 1, 1)])
    log = await connect(reached(kafka_bootstrap), topic)
    try:
        await log.append(topic, [NewRecord(0, key, b"x") for key in (b"a", b"gone", b"b")])
        with suppress(TimeoutError):
            await rewrite_partition(log, topic, 0, is_gone, interrupted, LATER)
        assert [one.key for one in await records_of(log, topic)] == [
            b"a",
            b"gone",
            b"b",
            b"a",
            b"b",
        ]
        await rewrite_partition(log, topic, 0, is_gone, read_by, LATER)
        kept = [(one.key, origin_offset(one)) for one in await records_of(log, topic)]
        assert kept == [(b"a", 0), (b"b", 2)]
    finally:
        await log.close()
