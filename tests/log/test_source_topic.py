"""A topic of another system on a real Kafka: positions are the group's, and nothing is skipped whatever becomes of it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewPartitions, NewTopic, RecordsToDelete

from shared.errors import FencedError, UnavailableError
from shared.log.kafka.source_topic import (
    CommittedPosition,
    Resumption,
    SourceTopic,
    committed_position,
    resumption,
)
from shared.log.ports import Batch, NewRecord, PartitionLag, Position
from tests.log.kafka_logs import administrator, reached

GROUP = "ingest-test"


class OwnLog:
    """Our own log, which these tests append nothing to."""

    partitions = 2

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        raise AssertionError


@dataclasses.dataclass
class Topic:
    """A topic of a test's own, and what writes to it."""

    bootstrap: str
    name: str
    partitions: int = 1

    async def create(self) -> None:
        async with administrator(self.bootstrap) as admin:
            await admin.create_topics([NewTopic(self.name, self.partitions, 1)])

    async def send(self, *values: bytes | None, partition: int = 0) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        for value in values:
            await producer.send_and_wait(self.name, value, partition=partition)
        await producer.stop()

    async def delete(self) -> None:
        async with administrator(self.bootstrap) as admin:
            await admin.delete_topics([self.name])


@pytest.fixture
async def topic(kafka_bootstrap: str) -> AsyncIterator[Topic]:
    made = Topic(kafka_bootstrap, f"cases.{uuid4().hex}")
    await made.create()
    yield made
    await made.delete()


class Reading:
    """A process that reads the topic."""

    def __init__(self, topic: Topic) -> None:
        self.lost: list[int] = []
        self.source = SourceTopic(OwnLog(), reached(topic.bootstrap), topic.name, self.lost.append)
        self.subscription = self.source.subscribe(topic.name, f"{GROUP}-{topic.name}", self.claim)

    async def claim(self, partition: int) -> int:
        await self.source.require()
        return await self.source.claim(partition)

    async def batches(self, records: int) -> list[Batch]:
        """What was fetched until there are so many records."""
        found: list[Batch] = []
        async with asyncio.timeout(30):
            while sum(len(one.records) for one in found) < records:
                found += [one for one in await self.subscription.fetch(0.2) if one.records]
        return found

    async def values(self, records: int) -> list[bytes]:
        return [one.value for batch in await self.batches(records) for one in batch.records]


@asynccontextmanager
async def reading(topic: Topic) -> AsyncIterator[Reading]:
    process = Reading(topic)
    try:
        yield process
    finally:
        await process.subscription.close()


HELD = (10, 20)
"""The first offset and the end of a partition."""


@pytest.mark.parametrize(
    ("committed", "offset", "lost"),
    [
        (None, 10, 0),
        (CommittedPosition(15, "id", (15, 2)), 15, 0),
        (CommittedPosition(20, "id"), 20, 0),
        (CommittedPosition(15, "another"), 10, 0),
        (CommittedPosition(15, ""), 15, 0),
        (CommittedPosition(4, "id"), 10, 6),
        (CommittedPosition(25, "id"), 20, 0),
    ],
)
def test_a_partition_is_read_from_where_nothing_is_skipped(
    committed: CommittedPosition | None, offset: int, lost: int
) -> None:
    found = resumption(committed, "id", *HELD)
    assert (found.position.offset, found.position.topic_id, found.lost) == (offset, "id", lost)
    as_committed = committed is None or found.position.offset == committed.offset
    assert bool(found.told) is not as_committed
    assert found.position.attempt == ((15, 2) if committed and committed.attempt[1] else (0, 0))
    assert isinstance(found, Resumption)


def test_metadata_is_read_back_and_that_of_another_program_says_nothing() -> None:
    position = CommittedPosition(7, "id", (9, 3))
    assert committed_position(7, position.metadata) == position
    for metadata in ("", "x", "[]", "{}", '{"topic_id": "id", "attempt": 1}'):
        assert committed_position(7, metadata) == CommittedPosition(7, "")


async def test_what_was_committed_is_not_read_again_and_what_was_only_fetched_is(
    topic: Topic,
) -> None:
    await topic.send(b"0", b"1", b"2", b"3")
    async with reading(topic) as process:
        assert await process.values(4) == [b"0", b"1", b"2", b"3"]
        await process.source.commit(0, 2)
        lag = await process.subscription.lag()  # which commits nothing
        assert lag is not None and lag[0].end == 4
    async with reading(topic) as process:
        assert await process.values(2) == [b"2", b"3"]


async def test_headers_are_read_and_a_null_value_is_an_empty_one(topic: Topic) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=topic.bootstrap)
    await producer.start()
    headers = [("ce_id", b"1"), ("none", b"")]
    await producer.send_and_wait(topic.name, None, key=b"A", headers=headers)
    await producer.stop()
    async with reading(topic) as process:
        ((record,),) = [batch.records for batch in await process.batches(1)]
        assert (record.value, record.key) == (b"", b"A")
        assert record.headers == (("ce_id", b"1"), ("none", b""))


async def test_attempts_outlive_the_process_and_end_with_the_record(topic: Topic) -> None:
    await topic.send(b"0", b"1")
    for count in (1, 2, 3):
        async with reading(topic) as process:
            assert await process.values(2) == [b"0", b"1"]
            assert await process.source.begin(0, 0) == count
    async with reading(topic) as process:
        await process.batches(2)
        await process.source.end(0)
        assert await process.source.begin(0, 0) == 1
        await process.source.commit(0, 1)
        assert await process.source.begin(0, 1) == 1


async def test_a_topic_made_again_is_read_from_its_beginning(topic: Topic) -> None:
    await topic.send(*(b"old" for _ in range(3)))
    async with reading(topic) as process:
        await process.values(3)
        await process.source.commit(0, 3)
        await topic.delete()
        async with asyncio.timeout(30):
            while True:
                try:
                    await process.source.require()
                except UnavailableError:
                    break
    await topic.create()
    await topic.send(*(b"new" for _ in range(5)))
    async with reading(topic) as process:
        assert await process.values(5) == [b"new"] * 5
        assert sum(process.lost) == 0


async def test_records_that_expired_before_they_were_read_are_counted(topic: Topic) -> None:
    await topic.send(b"0", b"1", b"2", b"3", b"4")
    async with reading(topic) as process:
        await process.values(5)
        await process.source.commit(0, 1)
    async with administrator(topic.bootstrap) as admin:
        await admin.delete_records({TopicPartition(topic.name, 0): RecordsToDelete(3)})
    async with reading(topic) as process:
        assert await process.values(2) == [b"3", b"4"]
        assert process.lost == [2]


async def test_one_that_lost_its_partition_commits_nothing(topic: Topic) -> None:
    await topic.send(b"0", b"1")
    async with reading(topic) as first, reading(topic) as second, asyncio.timeout(30):
        await first.batches(2)
        lags: list[Mapping[int, PartitionLag] | None] = [None]
        while None in lags or lags[0] == lags[1]:  # until the group has shared out to both
            for process in (first, second):
                await process.subscription.fetch(0.1)
            lags = [await one.subscription.lag() for one in (first, second)]
        loser = second if lags[0] else first
        with pytest.raises(FencedError, match="was given to another process"):
            await loser.source.commit(0, 2)


async def test_partitions_that_are_added_are_read_from_their_beginning(topic: Topic) -> None:
    await topic.send(b"0")
    async with reading(topic) as process:
        await process.values(1)
        await process.source.commit(0, 1)
        async with administrator(topic.bootstrap) as admin:
            await admin.create_partitions({topic.name: NewPartitions(2)})
        await topic.send(b"1", partition=1)
        assert await process.values(1) == [b"1"]
