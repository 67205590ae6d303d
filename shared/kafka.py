"""The log on Apache Kafka, the distributed deployment: partitions are given out by the consumer group.

The only module that imports aiokafka. No default that can lose data is left standing: ``acks=all`` with idempotence, no automatic
commit, no automatic reset (positions are in the database; lost offsets must be a loud stop). No Kafka transaction is used: the
fence is the position's compare-and-set in the database. Facts behind the settings: docs/decisions/0005-kafka-without-transactions.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    TopicPartition,
)
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from typing_extensions import override

from shared.log import (
    BREACH_ALERTS,
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    Batch,
    Claim,
    FencedError,
    NewRecord,
    Position,
    Record,
    Subscription,
    TruncatedLogError,
    UnavailableError,
)

TOPICS: Mapping[str, Mapping[str, str]] = {
    FILE_EVENTS: {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
    FILE_CLOCKS: {"cleanup.policy": "compact"},
    BREACH_ALERTS: {"cleanup.policy": "delete", "retention.ms": str(90 * 86_400_000)},
    DEAD_LETTERS: {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
}
"""How each topic keeps its records. The events are the truth: for ever."""

_BATCH_BYTES = 512 * 1024
_HEARTBEAT_MILLISECONDS = 1_000
_LEAVE_SECONDS = 1.0
_log = logging.getLogger("echeance.kafka")


class KafkaSettings(NamedTuple):
    """How to reach the brokers; ``options`` are aiokafka's connection options (TLS, SASL)."""

    bootstrap: str
    options: Mapping[str, Any]
    append_seconds: float
    session_seconds: int
    batch_records: int
    instance: str | None = None


class KafkaLog:
    """The port :class:`shared.log.Log` over a cluster."""

    def __init__(
        self, settings: KafkaSettings, producer: AIOKafkaProducer, partitions: int
    ) -> None:
        self._settings = settings
        self._producer = producer
        self._partitions = partitions

    @property
    def partitions(self) -> int:
        return self._partitions

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        try:
            async with asyncio.timeout(self._settings.append_seconds):
                return await self._append(topic, records)
        except TimeoutError:
            raise UnavailableError("the brokers did not acknowledge in time") from None
        except KafkaError as error:
            raise UnavailableError(f"the brokers do not answer: {error}") from error

    async def _append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        by_partition: dict[int, list[int]] = defaultdict(list)
        for index, record in enumerate(records):
            by_partition[record.partition].append(index)
        positions: list[Position | None] = [None] * len(records)
        sent = []
        for partition, indexes in by_partition.items():
            for batch, sent_indexes in self._batches(records, indexes):
                sent.append(
                    (
                        await self._producer.send_batch(batch, topic, partition=partition),
                        sent_indexes,
                    )
                )
        for acknowledged, indexes in sent:
            base = (await acknowledged).offset
            for shift, index in enumerate(indexes):
                positions[index] = Position(records[index].partition, base + shift)
        return [position for position in positions if position is not None]

    def _batches(
        self, records: Sequence[NewRecord], indexes: Sequence[int]
    ) -> list[tuple[Any, list[int]]]:
        """Records of one partition, in as few batches as hold them."""
        batches = [(self._producer.create_batch(), list[int]())]
        for index in indexes:
            _, key, value = records[index]
            if batches[-1][0].append(key=key, value=value, timestamp=None) is None:
                batches.append((self._producer.create_batch(), []))
                if batches[-1][0].append(key=key, value=value, timestamp=None) is None:
                    raise ValueError(
                        f"a record of {len(value)} bytes is larger than a batch may be"
                    )
            batches[-1][1].append(index)
        return batches

    def subscribe(self, topic: str, group: str, claim: Claim) -> Subscription:
        return _KafkaSubscription(self._settings, topic, group, claim)

    async def close(self) -> None:
        """Disconnect. Whoever waits for an acknowledgement has it or was told that there is none: nothing is lost by not waiting."""
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._producer.stop()


async def create_topics(settings: KafkaSettings, partitions: int, replicas: int) -> list[str]:
    """Create the topics that do not exist yet, and return their names: events for ever, clocks compacted."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap, **settings.options)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [
            NewTopic(name, partitions, replicas, topic_configs={**_min_isr(replicas), **layout})
            for name, layout in TOPICS.items()
            if name not in existing
        ]
        if missing:
            await admin.create_topics(missing)
        return [topic.name for topic in missing]
    except KafkaError as error:
        raise UnavailableError(f"the brokers do not answer: {error}") from error
    finally:
        await admin.close()


def _min_isr(replicas: int) -> dict[str, str]:
    return {"min.insync.replicas": str(max(1, replicas - 1))}


async def connect(settings: KafkaSettings, topic: str) -> KafkaLog:
    """A log on a running cluster whose topics exist; raises :class:`UnavailableError`."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        acks="all",
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
        max_request_size=2 * 1024 * 1024,
        **settings.options,
    )
    try:
        await producer.start()
        partitions = await producer.partitions_for(topic)
    except KafkaError as error:
        await producer.stop()
        raise UnavailableError(f"the brokers do not answer: {error}") from error
    return KafkaLog(settings, producer, len(partitions))


class _KafkaSubscription:
    """One member of a consumer group.

    The group's decisions come in a callback, in the middle of anything; there they are only noted, and partitions are claimed by
    the next ``fetch``. So a step in hand ends under the claim it began under, and no claim waits while the group waits for it.
    """

    def __init__(self, settings: KafkaSettings, topic: str, group: str, claim: Claim) -> None:
        self._settings = settings
        self._topic = topic
        self._claim = claim
        self._given: dict[TopicPartition, float] = {}
        """What is to be claimed, and from which instant of the loop's clock on."""
        self._next: dict[int, int] = {}
        self._started = False
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap,
            group_id=f"echeance.{group}",
            group_instance_id=settings.instance and f"{group}-{settings.instance}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            heartbeat_interval_ms=_HEARTBEAT_MILLISECONDS,
            session_timeout_ms=settings.session_seconds * 1_000,
            **settings.options,
        )

    async def fetch(self, timeout_seconds: float) -> Sequence[Batch]:
        try:
            await self._start()
            await self._claim_given()
            found = await self._consumer.getmany(
                timeout_ms=int(timeout_seconds * 1_000), max_records=self._settings.batch_records
            )
        except OffsetOutOfRangeError as error:
            raise TruncatedLogError(
                f"{self._topic} no longer has the records at the database's position: {error}"
            ) from error
        except KafkaError as error:
            raise UnavailableError(f"the brokers do not answer: {error}") from error
        records = {pair.partition: batch for pair, batch in found.items()}
        return [
            self._batch(partition, records.get(partition, [])) for partition in sorted(self._next)
        ]

    async def _start(self) -> None:
        if not self._started:
            self._started = True
            await self._consumer.start()
            self._consumer.subscribe([self._topic], listener=_Assignment(self))

    def _batch(self, partition: int, found: Sequence[Any]) -> Batch:
        expected = self._next[partition]
        records = [Record(one.offset, one.key or b"", one.value or b"") for one in found]
        if records and records[0].offset < expected:
            raise AssertionError(
                f"partition {partition} gave {records[0].offset} before {expected}"
            )
        if records:
            self._next[partition] = records[-1].offset + 1
        return Batch(partition, records, self._next[partition])

    def take(self, pairs: Sequence[TopicPartition]) -> None:
        """The group gives these: nothing of theirs is handed out before they are claimed.

        A paused consumer that stands nowhere would still ask the group where to begin, and fail, for that is not kept there.
        """
        self._consumer.pause(*pairs)
        for pair in pairs:
            self._consumer.seek(pair, 0)
        self._given = dict.fromkeys(pairs, 0.0)
        _log.info("reads %s, partitions %s", self._topic, sorted(pair.partition for pair in pairs))

    async def _claim_given(self) -> None:
        """Claim what the group gave, see that the log holds what follows each position, and read on from there."""
        given, now = self._given, asyncio.get_running_loop().time()
        pairs = [pair for pair, since in given.items() if since <= now]
        if not pairs:
            return
        offsets: dict[TopicPartition, int] = {}
        for pair in pairs:
            if given is self._given:  # else the group has decided anew: these may be another's
                offsets[pair] = await self._claim(pair.partition)
        firsts = await self._consumer.beginning_offsets(pairs)
        ends = await self._consumer.end_offsets(pairs)
        if given is not self._given:
            return
        for pair, offset in offsets.items():
            _require_kept(pair, offset, firsts[pair], ends[pair])
            del given[pair]
            self._consumer.seek(pair, offset)
            self._next[pair.partition] = offset
        self._consumer.resume(*pairs)

    def give_back(self) -> None:
        """The group shares everything out anew."""
        self._given = {}
        self._next.clear()

    def lose(self, partition: int, error: FencedError) -> None:
        """The group says within a session whose it is now; if it still gives it to this member then, claim it again."""
        if self._next.pop(partition, None) is None:
            return  # already given back
        _log.warning("%s; waiting for the group to give it again", error)
        pair = TopicPartition(self._topic, partition)
        self._consumer.pause(pair)
        again = asyncio.get_running_loop().time() + self._settings.session_seconds
        self._given[pair] = again

    async def lag(self) -> Mapping[int, int]:
        pairs = [TopicPartition(self._topic, partition) for partition in self._next]
        ends = await self._consumer.end_offsets(pairs)
        return {pair.partition: ends[pair] - self._next[pair.partition] for pair in pairs}

    async def close(self) -> None:
        if self._started:
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(_LEAVE_SECONDS):
                    await self._consumer.stop()


def _require_kept(pair: TopicPartition, offset: int, first: int, end: int) -> None:
    """The log must still have what follows a position: a silent skip would lose events."""
    if not first <= offset <= end:
        raise TruncatedLogError(
            f"{pair.topic} partition {pair.partition} holds offsets {first} to {end}, not the "
            f"database's position {offset}: restore the whole log, or rebuild"
        )


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes the group's decisions on."""

    def __init__(self, subscription: _KafkaSubscription) -> None:
        self._subscription = subscription

    @override
    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._subscription.take(list(assigned))

    @override
    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self._subscription.give_back()
