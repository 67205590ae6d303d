"""A process's connection to the cluster: produce, read partitions without a group, join a group."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from shared.errors import UnavailableError
from shared.log.kafka.failures import failure_reason
from shared.log.kafka.group import GroupMember, as_record
from shared.log.kafka.identity import identity
from shared.log.kafka.settings import KafkaSettings
from shared.log.kafka.stopping import stop_client
from shared.log.ports import ClaimPartition, Identity, NewRecord, Position, Record, Subscription

_BATCH_BYTES = 512 * 1024
_REQUEST_BYTES = 2 * 1024 * 1024
_ANSWER_SECONDS = 1.0
_READ_SECONDS = 1.0
_IDENTITY_SECONDS = 10.0
_log = logging.getLogger("echeance.kafka")


class KafkaLog:
    """The port :class:`shared.log.ports.Log` over a cluster."""

    def __init__(
        self, settings: KafkaSettings, producer: AIOKafkaProducer, partitions: int
    ) -> None:
        self.settings = self._settings = settings
        self._producer = producer
        self.partitions = self.parallelism = partitions

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        producer = self._producer
        try:
            async with asyncio.timeout(self._settings.append_seconds):
                return await self._append(producer, topic, records)
        except TimeoutError:
            raise UnavailableError("the brokers did not acknowledge in time") from None
        except MessageSizeTooLargeError:
            raise
        except KafkaError as error:
            if not error.retriable:
                await self._replace(producer)
            raise UnavailableError(f"the brokers do not answer: {error!r}") from error

    async def _replace(self, broken: AIOKafkaProducer) -> None:
        """Replace a producer that would repeat its error, such as an unknown sequence number."""
        if broken is not self._producer:
            return
        _log.warning("the producer cannot go on; connecting anew")
        self._producer = _producer(self._settings)
        await stop_client(broken)
        with suppress(KafkaError):
            await self._producer.start()

    async def _append(
        self, producer: AIOKafkaProducer, topic: str, records: Sequence[NewRecord]
    ) -> Sequence[Position]:
        by_partition: dict[int, list[int]] = defaultdict(list)
        for index, record in enumerate(records):
            by_partition[record.partition].append(index)
        positions: list[Position | None] = [None] * len(records)
        sent = []
        for partition, indexes in by_partition.items():
            for batch, sent_indexes in _batches(producer, records, indexes):
                acknowledged = await producer.send_batch(batch, topic, partition=partition)
                sent.append((acknowledged, sent_indexes))
        for acknowledged, indexes in sent:
            base = (await acknowledged).offset
            for shift, index in enumerate(indexes):
                positions[index] = Position(records[index].partition, base + shift)
        return [position for position in positions if position is not None]

    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        return GroupMember(self._settings, topic, group, claim)

    async def replay(
        self, topic: str, partition: int, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Sequence[Record]]:
        topic_id = await self.topic_id(topic)
        async for fetched in self.fetch_raw(topic, partition, first, last):
            yield [as_record(one, topic_id) for one in fetched]

    async def fetch_raw(
        self, topic: str, partition: int, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Sequence[Any]]:
        """The same as :meth:`replay`, as aiokafka's records, which have times."""
        pair = TopicPartition(topic, partition)
        async with self._reader() as consumer:
            consumer.assign([pair])
            first_offset = (await consumer.beginning_offsets([pair]))[pair]
            end = (await consumer.end_offsets([pair]))[pair]
            offset, last = max(first, first_offset), end if last is None else min(last, end)
            consumer.seek(pair, offset)
            while offset < last:
                fetched = await consumer.getmany(
                    pair,
                    timeout_ms=int(_READ_SECONDS * 1_000),
                    max_records=self._settings.batch_records,
                )
                records = [one for one in fetched.get(pair, ()) if one.offset < last]
                offset = await consumer.position(pair)
                if records:
                    yield records

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset of a partition, and the next one."""
        pair = TopicPartition(topic, partition)
        async with self._reader() as consumer:
            first = (await consumer.beginning_offsets([pair]))[pair]
            return first, (await consumer.end_offsets([pair]))[pair]

    async def append_raw(
        self, topic: str, partition: int, records: Sequence[Record]
    ) -> Sequence[int]:
        """The new offset of each record, which keeps its headers; raises :class:`UnavailableError`."""
        try:
            async with asyncio.timeout(self._settings.append_seconds):
                futures = [
                    await self._producer.send(
                        topic,
                        key=one.key,
                        value=one.value,
                        partition=partition,
                        headers=list(one.headers),
                    )
                    for one in records
                ]
                return [(await one).offset for one in futures]
        except TimeoutError:
            raise UnavailableError("the brokers did not acknowledge in time") from None
        except KafkaError as error:
            raise UnavailableError(f"the brokers do not answer: {error!r}") from error

    async def ends(self, topic: str) -> Sequence[int]:
        pairs = [TopicPartition(topic, partition) for partition in range(self.partitions)]
        async with self._reader() as consumer:
            ends = await consumer.end_offsets(pairs)
            return [ends[pair] for pair in pairs]

    async def identity(self, topic: str) -> Identity | None:
        """The topic's identifier and number of partitions; None if there is no such topic."""
        try:
            async with asyncio.timeout(_IDENTITY_SECONDS):
                return await identity(self._producer.client, topic)
        except (KafkaError, TimeoutError) as error:
            raise UnavailableError(f"the brokers do not answer: {error!r}") from error

    async def topic_id(self, topic: str) -> str:
        """The topic's identifier, empty if there is no such topic; raises :class:`UnavailableError`."""
        found = await self.identity(topic)
        return "" if found is None else found.topic_id

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        """A consumer without a group."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            **self._settings.options,
        )
        try:
            await consumer.start()
            yield consumer
        except KafkaError as error:
            raise UnavailableError(f"the brokers do not answer: {error!r}") from error
        finally:
            await stop_client(consumer)

    async def answering(self) -> None:
        """Return if the brokers answer within a second; raises :class:`UnavailableError`."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._producer.client.fetch_all_metadata()
        except (KafkaError, TimeoutError) as error:
            raise UnavailableError(f"the brokers do not answer: {error!r}") from error

    async def close(self) -> None:
        """Disconnect without waiting for acknowledgements: appends in progress raise or return."""
        await stop_client(self._producer)


def _batches(
    producer: AIOKafkaProducer, records: Sequence[NewRecord], indexes: Sequence[int]
) -> list[tuple[Any, list[int]]]:
    """Records of one partition in as few batches as possible, each with their indexes."""
    batches = [(producer.create_batch(), list[int]())]
    for index in indexes:
        _, key, value, traced = records[index]
        headers, sent = list(traced), value or None  # an empty one is a tombstone
        if batches[-1][0].append(key=key, value=sent, timestamp=None, headers=headers) is None:
            batches.append((producer.create_batch(), []))
            if batches[-1][0].append(key=key, value=sent, timestamp=None, headers=headers) is None:
                raise MessageSizeTooLargeError(
                    f"a record of {len(value)} bytes is larger than a batch may be"
                )
        batches[-1][1].append(index)
    return batches


def _producer(settings: KafkaSettings) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        acks="all",
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
        max_request_size=_REQUEST_BYTES,
        **settings.options,
    )


async def connect(settings: KafkaSettings, topic: str) -> KafkaLog:
    """A log on a running cluster whose topics exist; raises :class:`UnavailableError`."""
    producer = _producer(settings)
    try:
        await producer.start()
        partitions = await producer.partitions_for(topic)
    except KafkaError as error:
        await stop_client(producer)
        reason = await failure_reason(settings.bootstrap, settings.options, error)
        raise UnavailableError(reason) from error
    return KafkaLog(settings, producer, len(partitions))
