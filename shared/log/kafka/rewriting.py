"""A partition without some of its records: the others are copied to its end, and all before deleted.

Kafka cannot change a record, and compacts by key alone. Copies keep key, value and headers. Headers of
their own say the offset that a record had first (``ORIGIN_HEADER``) and when it was written, so that
whoever reads the topic from its beginning can read it in the old order, and a record is kept no longer
than the topic keeps any. The first names the topic's ID too: in a topic that was made again from a copy
of its records, with their headers, it says nothing. Nothing is deleted before every copy was read back.

Brokers delete whole segments. An empty record comes first, with which a new one begins where the one
before is as old as ``segment.ms``. So bytes of a record are gone from their disks once a partition is
rewritten ``segment.ms`` after it was put there; of a *recent* one, by the next time at the latest.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import uuid4

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import KafkaError

from shared.errors import UnavailableError
from shared.log.kafka.cluster import KafkaLog
from shared.log.kafka.group import as_record, origin_header
from shared.log.kafka.topics import administration, topic_settings
from shared.log.ports import ORIGIN_HEADER, Record, is_copy, is_emptied, origin_offset

RECORDS_TOGETHER: Final = 2_000
"""Records copied between two waits for the services."""

_COPY_HEADER: Final = "echeance-copy"
"""Which rewriting a copy is of."""
_WRITTEN_HEADER: Final = "echeance-written"
"""When a copy's record was written first, in milliseconds since 1970."""
_OWN_HEADERS: Final = (ORIGIN_HEADER, _COPY_HEADER, _WRITTEN_HEADER)
MARGIN: Final = timedelta(minutes=1)
"""By which clocks of producers may differ."""
_SEGMENT_MILLISECONDS: Final = "segment.ms"
_RETENTION_MILLISECONDS: Final = "retention.ms"

WaitUntilRead = Callable[[int], Awaitable[None]]
"""Called with an offset: returns once the services have read up to there."""


def _nothing(_record: Record) -> None:
    """Of a record that goes whole."""


class Erasure(NamedTuple):
    """What a topic loses: records of some files, ``files_of`` each.

    ``left_of`` is what is written in place of one, None if nothing. With ``last_holds`` readers go by
    the last record of a key: one that was written meanwhile comes again behind the copies.
    """

    files_of: Callable[[Record], Set[str]]
    left_of: Callable[[Record], Record | None] = _nothing
    last_holds: bool = False

    def without_files(self, record: Record) -> Record | None:
        """What is written again of any record."""
        return self.left_of(record) if self.files_of(record) else record


class RewrittenPartition(NamedTuple):
    """What became of a partition: records copied, those of the files, those past the topic's retention.

    It begins now at ``begins_at``. Of the files in ``recent`` the brokers may keep bytes, which nobody
    can read, until it is rewritten again, ``segment.ms`` from now.
    """

    copied: int = 0
    erased: int = 0
    expired: int = 0
    begins_at: int = 0
    recent: frozenset[str] = frozenset()


class RewriteError(Exception):
    """Copies are not what was to be copied; nothing was deleted."""


class _Found(NamedTuple):
    """How many records are of the files, of which of them recent ones are, and the time of the first record."""

    records: int
    recent: frozenset[str]
    first_at: int


async def segment_time(log: KafkaLog, topic: str) -> timedelta:
    """After which a segment of a topic is closed at the latest, with :data:`MARGIN`."""
    return _segment_time(await topic_settings(log.settings, topic))


def _segment_time(settings: Mapping[str, str]) -> timedelta:
    return timedelta(milliseconds=int(settings[_SEGMENT_MILLISECONDS])) + MARGIN


async def rewrite_partition(
    log: KafkaLog,
    topic: str,
    partition: int,
    erasure: Erasure,
    pace: WaitUntilRead,
    now: datetime,
    *,
    dropped_at: datetime | None = None,
) -> RewrittenPartition:
    """Rewrite a partition; nothing is done where it has no record of the files.

    Unless recent ones were dropped from it, at ``dropped_at`` perhaps, and it was not rewritten since
    their segment is closed. Raises :class:`UnavailableError`, or :class:`RewriteError`. Interrupted, it
    leaves copies that are duplicates, and may be repeated.
    """
    first, end = await log.bounds(topic, partition)
    settings = await topic_settings(log.settings, topic)
    closed = _segment_time(settings)
    bounds = (first, end)
    found = await _find(
        log, topic, partition, bounds, erasure.files_of, _milliseconds(now - closed)
    )
    is_due = dropped_at is not None and found.first_at < _milliseconds(dropped_at + closed)
    if not found.records and not is_due:
        return RewrittenPartition(begins_at=first)
    await pace(end)
    # The first record from now on closes the segment of those before; there may be none to copy.
    await log.append_raw(topic, partition, [Record(0, b"", b"")])
    copier = _Copier(log, topic, partition, pace, await log.topic_id(topic))
    retention, expired = int(settings[_RETENTION_MILLISECONDS]), 0
    kept_from = _milliseconds(now) - retention if retention >= 0 else 0
    async for records in replay_in_order(log, topic, partition, bounds):
        changed = [(erasure.without_files(one.record), one.written_at) for one in records]
        left = [WrittenRecord(one, at) for one, at in changed if one is not None]
        kept = [one for one in left if one.written_at >= kept_from]
        expired += len(left) - len(kept)
        await copier.copy(kept)
    await copier.verify(end)
    if erasure.last_holds:
        await copier.repeat_overtaken(end)
    await _delete(log, topic, partition, end)
    return RewrittenPartition(copier.copied, found.records, expired, end, found.recent)


class WrittenRecord(NamedTuple):
    """A record, and when it was written first, in milliseconds since 1970."""

    record: Record
    written_at: int


async def replay_in_order(
    log: KafkaLog, topic: str, partition: int, bounds: tuple[int, int] | None = None
) -> AsyncIterator[Sequence[WrittenRecord]]:
    """The records of a partition in the order in which they stood first, each once.

    First the copies of what is deleted, which are in that order, then the others, without the empty ones
    that rewritings begin with. Copies of what stands there still were left by an interrupted one. Raises
    :class:`UnavailableError`.
    """
    first, end = bounds or await log.bounds(topic, partition)
    topic_id = await log.topic_id(topic)
    seen = bytearray(first // 8 + 1)
    """A bit for each offset that is deleted, set once a copy of it was read."""

    def is_new(origin: int) -> bool:
        known = seen[origin >> 3] >> (origin & 7) & 1
        seen[origin >> 3] |= 1 << (origin & 7)
        return not known

    async for fetched in log.fetch_raw(topic, partition, first, end) if first else _none():
        copies = [(as_record(one, topic_id), one) for one in fetched]
        yield [
            _written(record, one)
            for record, one in copies
            if origin_offset(record) < first and is_new(origin_offset(record))
        ]
    async for fetched in log.fetch_raw(topic, partition, first, end):
        records = [(as_record(one, topic_id), one) for one in fetched]
        yield [
            _written(record, one)
            for record, one in records
            if not is_copy(record) and not is_emptied(record)
        ]


async def _none() -> AsyncIterator[Sequence[Any]]:
    """Of a partition of which nothing was deleted yet, and that has no copies."""
    return
    yield


def _written(record: Record, fetched: Any) -> WrittenRecord:
    if is_copy(record):
        for name, value in record.headers:
            if name == _WRITTEN_HEADER and value.isdigit():
                return WrittenRecord(record, int(value))
    return WrittenRecord(record, fetched.timestamp)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000)


async def _find(
    log: KafkaLog,
    topic: str,
    partition: int,
    bounds: tuple[int, int],
    files_of: Callable[[Record], Set[str]],
    recent_from: int,
) -> _Found:
    records = first_at = 0
    recent: set[str] = set()
    topic_id = await log.topic_id(topic)
    async for fetched in log.fetch_raw(topic, partition, *bounds):
        first_at = first_at or fetched[0].timestamp
        for one in fetched:
            if files := files_of(as_record(one, topic_id)):
                records += 1
                if one.timestamp >= recent_from:
                    recent |= files
    return _Found(records, frozenset(recent), first_at)


class _Copier:
    """Copies records to the end of their partition, and reads the copies back."""

    def __init__(
        self, log: KafkaLog, topic: str, partition: int, pace: WaitUntilRead, topic_id: str
    ) -> None:
        self._log = log
        self._topic = topic
        self._partition = partition
        self._pace = pace
        self._topic_id = topic_id
        self._run = uuid4().hex.encode()
        self._sent = hashlib.sha256()
        self.copied = 0

    async def copy(self, records: Sequence[WrittenRecord]) -> None:
        for at in range(0, len(records), RECORDS_TOGETHER):
            some = records[at : at + RECORDS_TOGETHER]
            end = await self._append(some)
            for one in some:
                _add(self._sent, one.record)
            self.copied += len(some)
            await self._pace(end)

    async def _append(self, records: Sequence[WrittenRecord]) -> int:
        """The offset behind the copies of these records."""
        copies = [self._as_copy(*one) for one in records]
        return (await self._log.append_raw(self._topic, self._partition, copies))[-1] + 1

    def _as_copy(self, record: Record, written_at: int) -> Record:
        others = [one for one in record.headers if one[0] not in _OWN_HEADERS]
        origin = origin_header(self._topic_id, origin_offset(record))
        written = (_WRITTEN_HEADER, str(written_at).encode())
        return record._replace(headers=(*others, origin, (_COPY_HEADER, self._run), written))

    async def verify(self, first: int) -> None:
        """Read all copies back, in order; raises :class:`RewriteError`."""
        read, count = hashlib.sha256(), 0
        async for records in self._log.replay(self._topic, self._partition, first):
            for one in records:
                if self._is_own(one):
                    _add(read, one)
                    count += 1
        if count != self.copied or read.digest() != self._sent.digest():
            raise RewriteError(
                f"{self._topic} partition {self._partition}: {self.copied} records were copied, and "
                f"{count} read back that are not all the same; nothing was deleted"
            )

    async def repeat_overtaken(self, first: int) -> None:
        """Copy what others wrote from ``first`` on where an older record of its key came behind it."""
        written: dict[bytes, list[WrittenRecord]] = defaultdict(list)
        while True:
            overtaken: list[WrittenRecord] = []
            async for fetched in self._log.fetch_raw(self._topic, self._partition, first):
                for one in fetched:
                    record = as_record(one, self._topic_id)
                    if self._is_own(record):
                        overtaken += written.pop(record.key, [])
                    elif record.key and not is_copy(record):
                        written[record.key].append(_written(record, one))
                first = fetched[-1].offset + 1
            if not overtaken:
                return
            await self._append(sorted(overtaken, key=lambda one: one.record.offset))

    def _is_own(self, record: Record) -> bool:
        return (_COPY_HEADER, self._run) in record.headers


def _add(digest: Any, record: Record) -> None:
    """Add a record, or its copy: what both have, and where it stood first."""
    others = [value for name, value in record.headers if name not in _OWN_HEADERS]
    for part in (str(origin_offset(record)).encode(), record.key, record.value, *others):
        digest.update(len(part).to_bytes(4, "big") + part)


async def _delete(log: KafkaLog, topic: str, partition: int, before: int) -> None:
    pair = TopicPartition(topic, partition)
    async with administration(log.settings) as admin:
        try:
            await admin.delete_records({pair: RecordsToDelete(before_offset=before)})
        except KafkaError as error:
            raise UnavailableError(f"{topic}: records cannot be deleted: {error!r}") from error
