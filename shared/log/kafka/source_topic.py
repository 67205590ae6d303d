"""A topic of another system, read as a member of a group and appended to our own log.

The reader has no database: its positions are the offsets that the group committed, each with the
identifier of the topic and the attempts of its next record as metadata. The brokers fence them by
the group's generation. A commit follows the append, so a crash between the two repeats records and
never skips one; an event that is appended twice counts once, by its source and id (decision 13).

Another system owns the topic, and may make it again, or let records expire before they were read.
Neither stops the reader: it goes on where nothing is skipped, and says what is lost.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from typing_extensions import override

from shared.errors import FencedError, TruncatedLogError, UnavailableError
from shared.log.kafka.group import GroupMember
from shared.log.kafka.settings import KafkaSettings
from shared.log.ports import Appender, Batch, ClaimPartition, NewRecord, Position, Subscription

_PARALLELISM = 8
_log = logging.getLogger("echeance.kafka")

CountLost = Callable[[int], None]
"""Called with the number of records that expired before they were read."""


class CommittedPosition(NamedTuple):
    """A partition's position as the group has it.

    ``attempt`` is an offset, and how many processes began to work there and did not come back.
    """

    offset: int
    topic_id: str
    attempt: tuple[int, int] = (0, 0)

    @property
    def metadata(self) -> str:
        """What is committed beside the offset."""
        return json.dumps({"topic_id": self.topic_id, "attempt": self.attempt})


def committed_position(offset: int, metadata: str) -> CommittedPosition:
    """The position of a commit; one that another program wrote is of an unknown topic."""
    try:
        members = json.loads(metadata)
        at, count = members["attempt"]
        return CommittedPosition(offset, str(members["topic_id"]), (int(at), int(count)))
    except (ValueError, TypeError, KeyError):
        return CommittedPosition(offset, "")


class Resumption(NamedTuple):
    """From where a partition is read, what to tell of it, and how many records are lost."""

    position: CommittedPosition
    told: str = ""
    lost: int = 0


def resumption(
    committed: CommittedPosition | None, topic_id: str, first: int, end: int
) -> Resumption:
    """Where to read a partition that holds offsets from ``first`` up to ``end``. Pure."""
    beginning = CommittedPosition(first, topic_id)
    if committed is None:
        return Resumption(beginning)
    if not committed.topic_id:  # an operator set the offset with Kafka's tools
        committed = committed._replace(topic_id=topic_id)
    if committed.topic_id != topic_id:
        return Resumption(beginning, "the topic was made again, and is read from its beginning")
    if committed.offset < first:
        lost = first - committed.offset
        told = f"records {committed.offset} to {first - 1} expired before they were read"
        return Resumption(beginning, told, lost)
    if committed.offset > end:
        told = f"it ends at {end}, before the position {committed.offset}: the brokers lost records"
        return Resumption(CommittedPosition(end, topic_id), told)
    return Resumption(committed)


class SourceTopic:
    """The ports ``Log``, ``AttemptCounter`` and ``TopicIdentityCheck`` over a topic of others.

    ``log`` is our own, which records are appended to.
    """

    def __init__(
        self, log: Appender, settings: KafkaSettings, topic: str, count_lost: CountLost
    ) -> None:
        self._log = log
        self._settings = settings
        self._topic = topic
        self._count_lost = count_lost
        self._member: _SourceMember | None = None
        self._topic_id = ""
        self._positions: dict[int, CommittedPosition] = {}
        self.parallelism = _PARALLELISM

    @property
    def partitions(self) -> int:
        """How many partitions our own topics have."""
        return self._log.partitions

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        return await self._log.append(topic, records)

    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        self._topic_id, self._positions = "", {}
        self._member = _SourceMember(self._settings, topic, group, claim)
        return self._member

    async def require(self) -> None:
        """Raise ``UnavailableError`` if there is no topic, or another one: it is claimed anew."""
        current = await self._joined.topic_id()
        if current is None:
            raise UnavailableError(f"the brokers do not know the topic {self._topic}")
        if self._topic_id not in ("", current):
            raise UnavailableError(f"the topic {self._topic} was made again")
        self._topic_id = current

    async def claim(self, partition: int) -> int:
        """The offset to read a partition from."""
        committed, first, end = await self._joined.state(partition)
        found = resumption(committed, self._topic_id, first, end)
        if found.told:
            _log.warning("%s, partition %d: %s", self._topic, partition, found.told)
            await self._commit(partition, found.position)
            self._count_lost(found.lost)
        self._positions[partition] = found.position
        return found.position.offset

    async def commit(self, partition: int, next_offset: int) -> None:
        """Advance a position once everything before it is durable; raises ``FencedError``."""
        await self._commit(partition, CommittedPosition(next_offset, self._topic_id))

    async def count(self, partition: int, offset: int) -> int:
        at, count = self._positions[partition].attempt
        return count if at == offset else 0

    async def begin(self, partition: int, offset: int) -> int:
        count = await self.count(partition, offset) + 1
        position = self._positions[partition]
        await self._commit(partition, position._replace(attempt=(offset, count)))
        return count

    async def end(self, partition: int) -> None:
        position = self._positions[partition]
        if position.attempt != (0, 0):
            await self._commit(partition, position._replace(attempt=(0, 0)))

    async def _commit(self, partition: int, position: CommittedPosition) -> None:
        await self._joined.commit(partition, position)
        self._positions[partition] = position

    @property
    def _joined(self) -> _SourceMember:
        assert self._member is not None  # the loop subscribes first
        return self._member


class _SourceMember(GroupMember):
    """A group member whose positions are those of the group."""

    @override
    async def fetch(
        self, timeout_seconds: float, *, exclude: Collection[int] = ()
    ) -> Sequence[Batch]:
        try:
            return await super().fetch(timeout_seconds, exclude=exclude)
        except TruncatedLogError as error:  # claimed anew, what is lost is told
            raise UnavailableError(str(error)) from error

    @override
    async def _publish_positions(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Publish nothing: what was fetched is not appended yet."""

    async def state(self, partition: int) -> tuple[CommittedPosition | None, int, int]:
        """What the group committed, and the offsets that a partition begins and ends at."""
        pair = self._pair(partition)
        with self._answering():
            commits = await self._consumer._coordinator.fetch_committed_offsets([pair])
            firsts = await self._consumer.beginning_offsets([pair])
            ends = await self._consumer.end_offsets([pair])
        found = commits.get(pair)
        committed = None if found is None else committed_position(found.offset, found.metadata)
        return committed, firsts[pair], ends[pair]

    async def commit(self, partition: int, position: CommittedPosition) -> None:
        """Commit to the group; raises ``FencedError`` if the partition is another's by now."""
        pair = self._pair(partition)
        try:
            async with asyncio.timeout(
                self._settings.append_seconds
            ):  # the client retries for ever
                await self._consumer.commit({pair: (position.offset, position.metadata)})
        except (CommitFailedError, IllegalStateError) as error:
            raise FencedError(
                f"{self._topic} partition {partition} was given to another process"
            ) from error
        except (KafkaError, TimeoutError) as error:
            raise UnavailableError(f"the brokers do not answer: {error!r}") from error
