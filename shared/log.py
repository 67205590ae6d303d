"""The log's ports, and the one loop: consume → handle → publish → commit.

Every service that reads the log runs this loop and no other. Publish-then-commit repeats after a crash but never skips; the
commit is one transaction whose first statement is the fence, so a process that lost its partition writes nothing. What repeats
is harmless because histories are sets and snapshots carry their version (docs/architecture.md).
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

FILE_EVENTS = "echeance.file-events"
FILE_CLOCKS = "echeance.file-clocks"
BREACH_ALERTS = "echeance.breach-alerts"
DEAD_LETTERS = "echeance.dead-letters"

R = TypeVar("R")


class UnavailableError(Exception):
    """The log or the database does not answer now; nothing was lost, and trying again later is right."""


class FencedError(Exception):
    """Another process has taken this partition; nothing was written."""


class TruncatedLogError(Exception):
    """A position lies past the log's end: the log was restored shorter than the database. Nothing may be skipped: stop."""


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


class Outcome(NamedTuple, Generic[R]):
    """What a step decided: records to publish, then rows to commit together with the position."""

    partition: int
    next_offset: int
    publish: Mapping[str, Sequence[NewRecord]]
    rows: R


class Log(Protocol):
    """An append-only log of partitions."""

    @property
    def partitions(self) -> int:
        """How many partitions every topic has."""

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        """Return, in order, where each record stands, once every record is durable; raises :class:`UnavailableError`."""

    def subscribe(self, topic: str, group: str, claim: Claim) -> Subscription:
        """Read a topic as one of a group; ``claim`` is called for each partition before its first record is read."""


class Subscription(Protocol):
    """A reader's place in every partition it owns."""

    async def fetch(self, timeout_seconds: float) -> Sequence[Batch]:
        """One batch for each owned partition, waiting up to the timeout when none has a record."""

    def lose(self, partition: int, error: FencedError) -> None:
        """Hand out no more of a partition that has another owner; raise the error where there can be no other."""

    async def lag(self) -> Mapping[int, int]:
        """Records not yet fetched, by owned partition."""

    async def close(self) -> None:
        """Give the partitions back."""


Claim = Callable[[int], Awaitable[int]]
"""Fence out a partition's previous owner and return the offset to read from."""


class Worker(Protocol[R]):
    """What a service does with a partition's records."""

    async def claim(self, partition: int) -> int: ...

    async def handle(self, batch: Batch, now: datetime) -> Outcome[R] | None:
        """The next step a batch, or time alone, asks for; called again after each commit until nothing follows."""

    async def commit(self, outcome: Outcome[R]) -> None:
        """Write rows and position in one transaction; raises :class:`FencedError`."""


async def run(
    log: Log,
    subscription: Subscription,
    worker: Worker[R],
    now: Callable[[], datetime],
    *,
    timeout_seconds: float,
) -> int:
    """One turn of the loop over every owned partition; the number of records consumed."""
    consumed = 0
    for batch in await subscription.fetch(timeout_seconds):
        try:
            await _settle(log, worker, batch, now)
        except FencedError as error:
            subscription.lose(batch.partition, error)
        consumed += len(batch.records)
    return consumed


async def _settle(log: Log, worker: Worker[R], batch: Batch, now: Callable[[], datetime]) -> None:
    while (outcome := await worker.handle(batch, now())) is not None:
        for topic, records in outcome.publish.items():
            await log.append(topic, records)
        await worker.commit(outcome)


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
