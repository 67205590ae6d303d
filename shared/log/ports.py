"""The log's ports: records in topics and partitions, read from a position, and what a service does with them.

The loop that joins them is in shared/log/loop.py. A partition of a key is chosen as Kafka's own clients choose it.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Generic, NamedTuple, Protocol, TypeVar

from shared.errors import FencedError

FILE_EVENTS = "echeance.file-events"
FILE_CLOCKS = "echeance.file-clocks"
BREACH_ALERTS = "echeance.breach-alerts"
DEAD_LETTERS = "echeance.dead-letters"

R = TypeVar("R")


class Identity(NamedTuple):
    """Which topic it is that has a name, of all that had or will have it, and in how many partitions it is cut."""

    topic_id: str
    partitions: int


class NewRecord(NamedTuple):
    """A record to append; its partition comes from its key (:func:`partition_of`)."""

    partition: int
    key: bytes
    value: bytes


class Record(NamedTuple):
    """A record as it is read, with where it stands in its partition."""

    offset: int
    key: bytes
    value: bytes


class Position(NamedTuple):
    """Where a record stands."""

    partition: int
    offset: int


class Batch(NamedTuple):
    """What follows the position in one partition, possibly nothing; ``next_offset`` is the position after it."""

    partition: int
    records: Sequence[Record]
    next_offset: int

    def split_records(self) -> list[Batch]:
        """Batches of one record; together they go as far as this one."""
        ends = [one.offset for one in self.records[1:]] + [self.next_offset]
        return [
            Batch(self.partition, [one], end) for one, end in zip(self.records, ends, strict=True)
        ]


class RejectedRecord(NamedTuple):
    """A record that is of no use, and why: ``reason`` is one word, ``detail`` a sentence for whoever looks at it."""

    record: Record
    reason: str
    detail: str


class Outcome(NamedTuple, Generic[R]):
    """What a step decided: records to publish or to set aside, then rows to commit together with the position.

    ``duplicates`` counts by source the events that said nothing new.
    """

    partition: int
    next_offset: int
    publish: Mapping[str, Sequence[NewRecord]]
    rows: R
    refused: Sequence[RejectedRecord] = ()
    duplicates: Mapping[str, int] = MappingProxyType({})


class PartitionLag(NamedTuple):
    """Where a reader stands in a partition (the next offset it will read), and where the partition ends."""

    next_offset: int
    end: int


class Appender(Protocol):
    """The end of the log where records are written."""

    @property
    def partitions(self) -> int:
        """How many partitions every topic has."""

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        """Return, in order, where each record stands, once every record is durable; raises :class:`UnavailableError`."""


class Log(Appender, Protocol):
    """An append-only log of partitions, shared out among its readers."""

    @property
    def parallelism(self) -> int:
        """How many partitions a reader should work on side by side."""

    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        """Read a topic as one of a group; ``claim`` is called for each partition before its first record is read."""


class Archive(Protocol):
    """The log as it is read again from the beginning, apart from any group."""

    @property
    def partitions(self) -> int: ...

    async def ends(self, topic: str) -> Sequence[int]:
        """The next offset of each partition."""

    def replay(
        self, topic: str, partition: int, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Sequence[Record]]:
        """A partition's records from an offset to another, or to its end as it is now; raises :class:`UnavailableError`."""


class Subscription(Protocol):
    """A reader's place in every partition it owns."""

    async def fetch(self, timeout_seconds: float, *, but: Collection[int] = ()) -> Sequence[Batch]:
        """One batch for each owned partition but these, waiting up to the timeout when none has a record."""

    def lose(self, partition: int, error: FencedError) -> None:
        """Hand out no more of a partition that has another owner; raise the error where there can be no other."""

    async def stands(self) -> Mapping[int, PartitionLag] | None:
        """Where each owned partition stands; None while it is not settled which these are, or they are still to be claimed."""

    async def close(self) -> None:
        """Give the partitions back."""


ClaimPartition = Callable[[int], Awaitable[int]]
"""Fence out a partition's previous owner and return the offset to read from."""


class Worker(Protocol[R]):
    """What a service does with a partition's records."""

    @property
    def service(self) -> str:
        """Under which name it is one of a group, and keeps its positions."""

    async def claim(self, partition: int) -> int: ...

    async def handle(self, batch: Batch, now: datetime) -> Outcome[R] | None:
        """The next step that a batch asks for, or when it is worked through, that time alone does; called again after each commit.

        None when nothing follows. What time alone asks for may be left for later: it is asked for again with the next batch.
        """

    async def commit(self, outcome: Outcome[R]) -> None:
        """Write rows and position in one transaction; raises :class:`FencedError`."""


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as Kafka's own clients choose it (murmur2, KIP-480's keyed case)."""
    return (_murmur2(key) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    length = len(data)
    whole = length & ~3
    mixed = 0x9747B28C ^ length
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        word = word * 0x5BD1E995 & 0xFFFFFFFF
        word = (word ^ word >> 24) * 0x5BD1E995 & 0xFFFFFFFF
        mixed = (mixed * 0x5BD1E995 & 0xFFFFFFFF) ^ word
    if tail := data[whole:]:
        mixed = (mixed ^ int.from_bytes(tail, "little")) * 0x5BD1E995 & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return mixed ^ mixed >> 15
