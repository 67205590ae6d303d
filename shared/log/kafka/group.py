"""A member of a consumer group, which reads from the positions in the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, OffsetOutOfRangeError
from typing_extensions import override

from shared.errors import FencedError, TruncatedLogError, UnavailableError
from shared.log.kafka.identity import identity
from shared.log.kafka.settings import KafkaSettings
from shared.log.kafka.stopping import stop_client
from shared.log.ports import ORIGIN_HEADER, Batch, ClaimPartition, PartitionLag, Record

_HEARTBEAT_MILLISECONDS = 1_000
_METADATA_MILLISECONDS = 5_000
"""How soon a new leader is found for partitions that had none at the last rebalance."""
_FETCH_BYTES = 4 * 1024 * 1024
"""For one partition: 8,000 events, where the default of 1 MiB holds 3,500."""
_log = logging.getLogger("echeance.kafka")


class GroupMember:
    """The port :class:`shared.log.ports.Subscription` over a consumer group.

    A rebalance calls back in the middle of anything. The callback only notes the assignment, and
    the next ``fetch`` claims it: a running step ends under the claim it began under, and the group
    never waits for a claim.
    """

    def __init__(
        self, settings: KafkaSettings, topic: str, group: str, claim: ClaimPartition
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._claim = claim
        self._topic_id = ""
        self._unclaimed: dict[TopicPartition, float] = {}
        """Partitions to claim, and from when on, by the event loop's clock."""
        self._next: dict[int, int] = {}
        self._started = False
        self._assigned = False
        """Whether there is an assignment, which may be empty."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap,
            group_id=f"echeance.{group}",
            group_instance_id=settings.instance and f"{group}-{settings.instance}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            heartbeat_interval_ms=_HEARTBEAT_MILLISECONDS,
            metadata_max_age_ms=_METADATA_MILLISECONDS,
            max_partition_fetch_bytes=_FETCH_BYTES,
            session_timeout_ms=settings.session_seconds * 1_000,
            **settings.options,
        )

    async def fetch(
        self, timeout_seconds: float, *, exclude: Collection[int] = ()
    ) -> Sequence[Batch]:
        with self._answering():
            await self._start()
            await self._claim_assigned(exclude)
            free = [one for one in sorted(self._next) if one not in exclude]
            if self._next and not free:
                return []
            records = await self._records(free, timeout_seconds)
        # A rebalance may have revoked some of these meanwhile.
        return [
            self._batch(partition, records.get(self._pair(partition), ()))
            for partition in free
            if partition in self._next
        ]

    async def _records(
        self, free: Sequence[int], timeout_seconds: float
    ) -> Mapping[TopicPartition, Sequence[Any]]:
        """Records of these partitions: a batch of each that has any, once one has."""
        pairs = [self._pair(partition) for partition in free]
        most = self._settings.batch_records
        records: dict[TopicPartition, Sequence[Any]] = await self._consumer.getmany(
            *pairs, timeout_ms=int(timeout_seconds * 1_000), max_records=most
        )
        if records:  # max_records was the limit for all of them together
            for pair in pairs:
                if pair not in records:
                    records |= await self._consumer.getmany(pair, timeout_ms=0, max_records=most)
        return records

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except OffsetOutOfRangeError as error:
            raise TruncatedLogError(
                f"{self._topic} no longer has the records at the database's position: {error}"
            ) from error
        except KafkaError as error:
            raise UnavailableError(f"the brokers do not answer: {error!r}") from error

    def _pair(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)

    async def _start(self) -> None:
        if not self._started:
            self._started = True
            await self._consumer.start()
            self._consumer.subscribe([self._topic], listener=_Assignment(self))

    def _batch(self, partition: int, fetched: Sequence[Any]) -> Batch:
        expected = self._next[partition]
        records = [as_record(one, self._topic_id) for one in fetched]
        if records and records[0].offset < expected:
            raise AssertionError(
                f"partition {partition} gave {records[0].offset} before {expected}"
            )
        if records:
            self._next[partition] = records[-1].offset + 1
        return Batch(partition, records, self._next[partition])

    def assign(self, pairs: Sequence[TopicPartition]) -> None:
        """Pause these partitions until they are claimed.

        A paused consumer without a position looks for a committed offset, of which there is none:
        hence the seek.
        """
        self._consumer.pause(*pairs)
        for pair in pairs:
            self._consumer.seek(pair, 0)
        self._unclaimed = dict.fromkeys(pairs, 0.0)
        self._assigned = True
        _log.info("reads %s, partitions %s", self._topic, sorted(pair.partition for pair in pairs))

    async def _claim_assigned(self, exclude: Collection[int]) -> None:
        """Claim the assigned partitions, except those excluded, and seek to their positions."""
        unclaimed, now = self._unclaimed, asyncio.get_running_loop().time()
        pairs = [
            pair
            for pair, since in unclaimed.items()
            if since <= now and pair.partition not in exclude
        ]
        if not pairs:
            return
        self._topic_id = await self.topic_id() or ""
        offsets: dict[TopicPartition, int] = {}
        for pair in pairs:
            if unclaimed is self._unclaimed:  # else a rebalance: these may be another's
                offsets[pair] = await self._claim(pair.partition)
        firsts = await self._consumer.beginning_offsets(pairs)
        ends = await self._consumer.end_offsets(pairs)
        if unclaimed is not self._unclaimed:
            return
        for pair, offset in offsets.items():
            _require_kept(pair, offset, firsts[pair], ends[pair])
            del unclaimed[pair]
            self._consumer.seek(pair, offset)
            self._next[pair.partition] = offset
        self._consumer.resume(*pairs)

    async def topic_id(self) -> str | None:
        """The identifier of the topic that has the name now."""
        with self._answering():
            found = await identity(self._consumer._client, self._topic)
            return None if found is None else found.topic_id

    def revoke_all(self) -> None:
        """A rebalance begins."""
        self._unclaimed = {}
        self._assigned = False
        self._next.clear()

    def revoke(self, partition: int, error: FencedError) -> None:
        """Pause a partition; without a rebalance, claim it again after the session timeout."""
        if self._next.pop(partition, None) is None:
            return  # a rebalance came first
        _log.warning("%s; waiting for a rebalance", error)
        pair = self._pair(partition)
        self._consumer.pause(pair)
        again = asyncio.get_running_loop().time() + self._settings.session_seconds
        self._unclaimed[pair] = again

    async def lag(self) -> Mapping[int, PartitionLag] | None:
        """As the port; also commits the positions to the group, for Kafka's own tools."""
        if not self._assigned or 0.0 in self._unclaimed.values():
            return None
        offsets = {self._pair(partition): offset for partition, offset in self._next.items()}
        with self._answering():
            if not offsets:
                return {}
            ends = await self._consumer.end_offsets(list(offsets))
            await self._publish_positions(offsets)
        return {
            pair.partition: PartitionLag(offset, ends[pair]) for pair, offset in offsets.items()
        }

    async def _publish_positions(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit to the group, for Kafka's own tools; the positions that count are the database's."""
        with suppress(CommitFailedError, IllegalStateError):  # a rebalance
            await self._consumer.commit(offsets)

    async def close(self) -> None:
        if self._started:
            await stop_client(self._consumer)


def as_record(record: Any, topic_id: str) -> Record:
    """A record of aiokafka's; a tombstone becomes an empty value.

    Where a copy stood first is left out if that is an offset of another topic, which had this name
    before or was copied to this one with its headers.
    """
    key, value = record.key or b"", record.value or b""
    if not record.headers:
        return Record(record.offset, key, value)
    headers = []
    for name, content in record.headers:
        if name == ORIGIN_HEADER:
            of_topic, _, origin = (content or b"").partition(b":")
            headers += [(name, origin)] if of_topic == topic_id.encode() else []
        else:
            headers.append((name, content or b""))
    return Record(record.offset, key, value, tuple(headers))


def origin_header(topic_id: str, offset: int) -> tuple[str, bytes]:
    """The header by which :func:`as_record` knows where a copy in a topic stood first."""
    return ORIGIN_HEADER, f"{topic_id}:{offset}".encode()


def _require_kept(pair: TopicPartition, offset: int, first: int, end: int) -> None:
    """Raise unless the log still has the records at a position: a reset would lose events."""
    if not first <= offset <= end:
        raise TruncatedLogError(
            f"{pair.topic} partition {pair.partition} holds offsets {first} to {end}, not the "
            f"database's position {offset}: restore the whole log, or see “A topic lost” in docs/operations.md"
        )


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # untyped in aiokafka
    """Passes rebalances on."""

    def __init__(self, subscription: GroupMember) -> None:
        self._subscription = subscription

    @override
    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._subscription.assign(list(assigned))

    @override
    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self._subscription.revoke_all()
