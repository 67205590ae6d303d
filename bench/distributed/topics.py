"""Topics for the bench: bulk load, end offsets, contents, and a group's progress."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import islice

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError

from bench.distributed.progress import Done
from shared.log import FILE_EVENTS, NewRecord, kafka
from shared.log.kafka import KafkaSettings

PARTITIONS = 4

_TOGETHER = 20_000


async def load(settings: KafkaSettings, topic: str, records: Iterable[NewRecord]) -> int:
    """Append records in large batches; returns their number."""
    log = await kafka.connect(settings, FILE_EVENTS)
    remaining, loaded = iter(records), 0
    while together := list(islice(remaining, _TOGETHER)):
        loaded += len(await log.append(topic, together))
    await log.close()
    return loaded


async def ends(settings: KafkaSettings, topic: str) -> dict[int, int]:
    """End offset by partition."""
    async with _reader(settings, topic) as (consumer, pairs):
        return {pair.partition: end for pair, end in (await consumer.end_offsets(pairs)).items()}


async def values(settings: KafkaSettings, topic: str) -> AsyncIterator[bytes]:
    """Every value up to the current end offsets, each partition in order."""
    async with _reader(settings, topic) as (consumer, pairs):
        last = await consumer.end_offsets(pairs)
        for pair in pairs:
            consumer.seek(pair, 0)
        while any([await consumer.position(pair) < last[pair] for pair in pairs]):
            for found in (await consumer.getmany(timeout_ms=200, max_records=20_000)).values():
                for record in found:
                    yield record.value


async def create(settings: KafkaSettings, topic: str) -> None:
    """A topic beside those of the product."""
    async with _admin(settings) as admin:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])


@asynccontextmanager
async def commits(
    settings: KafkaSettings, group: str, topic: str = FILE_EVENTS
) -> AsyncIterator[Done]:
    """Records of a topic that a group has committed; None before its first commit."""
    async with _admin(settings) as admin:

        async def committed() -> int | None:
            try:
                offsets = await admin.list_consumer_group_offsets(group)
            except GroupCoordinatorNotAvailableError:  # at the first group of a cluster
                return None
            own = [found.offset for pair, found in offsets.items() if pair.topic == topic]
            return sum(own) if own else None

        yield committed


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def _reader(
    settings: KafkaSettings, topic: str
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        pairs = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer.assign(pairs)
        yield consumer, pairs
    finally:
        await consumer.stop()
