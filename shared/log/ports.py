"""The log's ports: topics and records, who appends, who subscribes, and a service's worker.

``loop`` joins them. A key's partition is the one that Kafka's own clients choose.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from shared.errors import FencedError

FILE_EVENTS = "echeance.file-events"
FILE_CLOCKS = "echeance.file-clocks"
BREACH_ALERTS = "echeance.breach-alerts"
DEAD_LETTERS = "echeance.dead-letters"
AUDIT = "echeance.audit"
UNDER_FILES: Final = (FILE_EVENTS, FILE_CLOCKS, BREACH_ALERTS)
"""Topics whose records have the key of their file; a dead letter has that of any record."""

R = TypeVar("R")


class Identity(NamedTuple):
    """The identifier of a topic, which the brokers chose, and its number of partitions."""

    topic_id: str
    partitions: int


class NewRecord(NamedTuple):
    """A record to append; its partition comes from its key (:func:`partition_of`).

    ``headers`` say which trace it belongs to, if one.
    """

    partition: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


def with_headers(
    records: Sequence[NewRecord], headers: tuple[tuple[str, bytes], ...]
) -> Sequence[NewRecord]:
    """The same records with these headers."""
    return [one._replace(headers=headers) for one in records] if headers else records


class Record(NamedTuple):
    """A record as it is read, with its offset in its partition.

    ``headers`` are those of a topic of another system; the records of our own have that of a trace
    at most, which the embedded log keeps in memory only, and copies theirs (:func:`origin_offset`).
    """

    offset: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


def is_emptied(record: Record) -> bool:
    """Whether nothing is left of a record: it held something of a file that is forgotten.

    One with a key was written without a value, and is told as any other that cannot be read.
    """
    return not record.key and not record.value


ORIGIN_HEADER: Final = "echeance-origin"
"""Of a record that was copied to the end of its partition: the offset that it had first."""


def origin_offset(record: Record) -> int:
    """Where a record stood first: its offset, unless it is a copy."""
    for name, value in record.headers:
        if name == ORIGIN_HEADER and value.isdigit():
            return int(value)
    return record.offset


def is_copy(record: Record) -> bool:
    """Whether a record was read before, where it stood first: a topic was rewritten without a file."""
    return origin_offset(record) != record.offset


class Position(NamedTuple):
    """The partition and offset of a record."""

    partition: int
    offset: int


class Batch(NamedTuple):
    """What follows the position in one partition, perhaps nothing, and the position after it."""

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
    """A record that cannot be used; ``reason`` is one of the dead letters' reasons."""

    record: Record
    reason: str
    detail: str


class Outcome(NamedTuple, Generic[R]):
    """The result of a step: what to publish, and rows to commit together with the position.

    ``duplicates`` counts by source the events that a history had already, ``dropped`` those of files
    that were forgotten before; ``forgotten`` counts files by who asked to forget them.
    """

    partition: int
    next_offset: int
    publish: Mapping[str, Sequence[NewRecord]]
    rows: R
    rejected: Sequence[RejectedRecord] = ()
    duplicates: Mapping[str, int] = MappingProxyType({})
    dropped: Mapping[str, int] = MappingProxyType({})
    forgotten: Mapping[str, int] = MappingProxyType({})


class PartitionLag(NamedTuple):
    """A consumer's position in a partition (the next offset to read), and the partition's end."""

    next_offset: int
    end: int


class Appender(Protocol):
    """The log as a producer sees it."""

    @property
    def partitions(self) -> int:
        """How many partitions every topic has."""

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        """The position of each record, once all are durable; raises :class:`UnavailableError`."""


class Log(Appender, Protocol):
    """The log as a producer and a member of a consumer group see it."""

    @property
    def parallelism(self) -> int:
        """How many partitions a consumer should work on concurrently."""

    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        """Join a group; ``claim`` is called for each partition before its first record is read."""


class Archive(Protocol):
    """The log as it is read again from any offset, outside any group."""

    @property
    def partitions(self) -> int: ...

    async def ends(self, topic: str) -> Sequence[int]:
        """The next offset of each partition."""

    def replay(
        self, topic: str, partition: int, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Sequence[Record]]:
        """A partition's records from an offset to another, or to its present end.

        Raises :class:`UnavailableError`.
        """


class Subscription(Protocol):
    """A group member's partitions, and its position in each."""

    async def fetch(
        self, timeout_seconds: float, *, exclude: Collection[int] = ()
    ) -> Sequence[Batch]:
        """One batch for each owned partition, waiting up to the timeout when none has a record."""

    def revoke(self, partition: int, error: FencedError) -> None:
        """Stop fetching a partition that has another owner; raise where there can be none."""

    async def lag(self) -> Mapping[int, PartitionLag] | None:
        """Position and end of each owned partition; None while they are not all claimed."""

    async def close(self) -> None:
        """Leave the group."""


ClaimPartition = Callable[[int], Awaitable[int]]
"""Fence out a partition's previous owner and return the offset to read from."""


class Worker(Protocol[R]):
    """What a service does with a partition's records."""

    @property
    def service(self) -> str:
        """Its name as a consumer group, and the key of its positions."""

    async def claim(self, partition: int) -> int: ...

    def has_due(self, batch: Batch, now: datetime) -> bool:
        """Whether a batch without records has a step: the position moves, or time makes something due.

        Asks no database.
        """

    async def handle(self, batch: Batch, now: datetime) -> Outcome[R] | None:
        """The next step of a batch or, once it is consumed, of what time alone makes due.

        Called again after each commit, until None: nothing follows. What time makes due may wait
        for the next batch, which may be empty.
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
