"""A member of a consumer group: which partitions it has, and reading them from the database's positions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    OffsetOutOfRangeError,
)
from typing_extensions import override

from shared.errors import FencedError, TruncatedLogError, UnavailableError
from shared.log.kafka.settings import KafkaSettings
from shared.log.kafka.stopping import stop_client
from shared.log.ports import Batch, ClaimPartition, PartitionLag, Record

_HEARTBEAT_MILLISECONDS = 1_000
_METADATA_MILLISECONDS = 5_000
"""How soon partitions without a leader when the group shared them out, as after a broker stood still, are seen to have one again."""
_FETCH_BYTES = 4 * 1024 * 1024
"""Of one partition at a time: a batch of 8,000 events, where the default of 1 MiB ends it at 3,500."""
_log = logging.getLogger("echeance.kafka")


class GroupMember:
    """One member of a consumer group.

    The group's decisions come in a callback, in the middle of anything; there they are only noted, and partitions are claimed by
    the next ``fetch``. So a step in hand ends under the claim it began under, and no claim waits while the group waits for it.
    """

    def __init__(
        self, settings: KafkaSettings, topic: str, group: str, claim: ClaimPartition
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._claim = claim
        self._given: dict[TopicPartition, float] = {}
        """What is to be claimed, and from which instant of the loop's clock on."""
        self._next: dict[int, int] = {}
        self._started = False
        self._assigned = False
        """Whether the group has said what this member has: it may be nothing, where there are more members than partitions."""
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

    async def fetch(self, timeout_seconds: float, *, but: Collection[int] = ()) -> Sequence[Batch]:
        with self._answering():
            await self._start()
            await self._claim_given(but)
            free = [one for one in sorted(self._next) if one not in but]
            if self._next and not free:
                return []
            found = await self._found(free, timeout_seconds)
        # The group may have decided anew meanwhile, and taken some of these back.
        return [
            self._batch(partition, found.get(self._pair(partition), ()))
            for partition in free
            if partition in self._next
        ]

    async def _found(
        self, free: Sequence[int], timeout_seconds: float
    ) -> Mapping[TopicPartition, Sequence[Any]]:
        """What has come for these partitions: a batch of each that has one, once one of them has."""
        pairs = [self._pair(partition) for partition in free]
        most = self._settings.batch_records
        found: dict[TopicPartition, Sequence[Any]] = await self._consumer.getmany(
            *pairs, timeout_ms=int(timeout_seconds * 1_000), max_records=most
        )
        if found:  # the limit was for all of them together
            for pair in pairs:
                if pair not in found:
                    found |= await self._consumer.getmany(pair, timeout_ms=0, max_records=most)
        return found

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

    def _batch(self, partition: int, found: Sequence[Any]) -> Batch:
        expected = self._next[partition]
        records = [as_record(one) for one in found]
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
        self._assigned = True
        _log.info("reads %s, partitions %s", self._topic, sorted(pair.partition for pair in pairs))

    async def _claim_given(self, but: Collection[int]) -> None:
        """Claim what the group gave, see that the log holds what follows each position, and read on from there.

        Not those with a step in hand, which ends under the claim it began under.
        """
        given, now = self._given, asyncio.get_running_loop().time()
        pairs = [
            pair for pair, since in given.items() if since <= now and pair.partition not in but
        ]
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

    def revoked(self) -> None:
        """The group shares everything out anew."""
        self._given = {}
        self._assigned = False
        self._next.clear()

    def lose(self, partition: int, error: FencedError) -> None:
        """The group says within a session whose it is now; if it still gives it to this member then, claim it again."""
        if self._next.pop(partition, None) is None:
            return  # already given back
        _log.warning("%s; waiting for the group to give it again", error)
        pair = self._pair(partition)
        self._consumer.pause(pair)
        again = asyncio.get_running_loop().time() + self._settings.session_seconds
        self._given[pair] = again

    async def stands(self) -> Mapping[int, PartitionLag] | None:
        """Where each partition stands; told to the group as well, for the tools that watch it: nothing reads it back."""
        if not self._assigned or 0.0 in self._given.values():
            return None
        offsets = {self._pair(partition): offset for partition, offset in self._next.items()}
        with self._answering():
            if not offsets:
                return {}
            ends = await self._consumer.end_offsets(list(offsets))
            with suppress(CommitFailedError, IllegalStateError):  # the group is deciding anew
                await self._consumer.commit(offsets)
        return {
            pair.partition: PartitionLag(offset, ends[pair]) for pair, offset in offsets.items()
        }

    async def close(self) -> None:
        if self._started:
            await stop_client(self._consumer)


def as_record(found: Any) -> Record:
    """A record as aiokafka gives it; one without a value is an empty one, which nothing can read."""
    return Record(found.offset, found.key or b"", found.value or b"")


def _require_kept(pair: TopicPartition, offset: int, first: int, end: int) -> None:
    """The log must still have what follows a position: a silent skip would lose events."""
    if not first <= offset <= end:
        raise TruncatedLogError(
            f"{pair.topic} partition {pair.partition} holds offsets {first} to {end}, not the "
            f"database's position {offset}: restore the whole log, or see “A topic lost” in docs/operations.md"
        )


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes the group's decisions on."""

    def __init__(self, subscription: GroupMember) -> None:
        self._subscription = subscription

    @override
    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._subscription.take(list(assigned))

    @override
    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self._subscription.revoked()
