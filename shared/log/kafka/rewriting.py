"""A partition without some of its records: the others are copied to its end, and all before deleted.

Kafka cannot change a record, and compacts by key alone. Copies keep key, value and headers, and have
the offset that they had first in a header (``ORIGIN_HEADER``), so that whoever reads the topic from its
beginning can read it in the old order. The header names the topic's ID too: in a topic that was made
again from a copy of its records, with their headers, it says nothing. Nothing is deleted before every
copy was read back.

Brokers delete whole segments. An empty record comes first, with which a new one begins. So a record is gone from their disks only if the segment that it stands
in was closed before the copies: ``segment.ms`` after it was written at the latest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import uuid4

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import KafkaError

from shared.errors import UnavailableError
from shared.log.kafka.cluster import KafkaLog
from shared.log.kafka.group import as_record, origin_header
from shared.log.kafka.topics import administration, topic_settings
from shared.log.ports import ORIGIN_HEADER, Record, origin_offset

RECORDS_TOGETHER: Final = 2_000
"""Records copied between two waits for the services."""

_COPY_HEADER: Final = "echeance-copy"
"""Which rewriting a copy is of."""
_OWN_HEADERS: Final = (ORIGIN_HEADER, _COPY_HEADER)
MARGIN: Final = timedelta(minutes=1)
"""By which clocks of producers may differ."""
_SEGMENT_MILLISECONDS: Final = "segment.ms"

WaitUntilRead = Callable[[int], Awaitable[None]]
"""Called with an offset: returns once the services have read up to there."""


class RewrittenPartition(NamedTuple):
    """What became of a partition: records copied and dropped, and where it begins now.

    ``not_before`` is set where nothing was done yet: from when the segment of the last record to drop is
    closed.
    """

    copied: int = 0
    dropped: int = 0
    begins_at: int = 0
    not_before: datetime | None = None


class RewriteError(Exception):
    """Copies are not what was to be copied; nothing was deleted."""


class _Found(NamedTuple):
    """How many records are to drop, and the time of the last."""

    records: int
    last_at: datetime


async def rewrite_partition(
    log: KafkaLog,
    topic: str,
    partition: int,
    drops: Callable[[Record], bool],
    pace: WaitUntilRead,
    now: datetime,
) -> RewrittenPartition:
    """Rewrite a partition without the records that ``drops`` names; nothing is done where there are none.

    Raises :class:`UnavailableError`, or :class:`RewriteError`. Interrupted, it leaves copies that are
    duplicates, and may be repeated.
    """
    first, end = await log.bounds(topic, partition)
    found = await _find(log, topic, partition, (first, end), drops)
    if not found.records:
        return RewrittenPartition(begins_at=first)
    settings = await topic_settings(log.settings, topic)
    segment = timedelta(milliseconds=int(settings[_SEGMENT_MILLISECONDS]))
    closed = found.last_at + segment + MARGIN
    if closed > now:
        return RewrittenPartition(begins_at=first, not_before=closed)
    await pace(end)
    # The first record from now on closes the segment of those before; there may be none to copy.
    await log.append_raw(topic, partition, [Record(0, b"", b"")])
    copier = _Copier(log, topic, partition, pace, await log.topic_id(topic))
    async for records in log.replay(topic, partition, first, end):
        await copier.copy(
            [one for one in records if not drops(one) and not _is_left_over(one, first)]
        )
    await copier.verify(end)
    await _delete(log, topic, partition, end)
    return RewrittenPartition(copier.copied, found.records, end)


def _is_left_over(record: Record, first: int) -> bool:
    """Whether a record is a copy, of an interrupted rewriting, of one that is still there."""
    origin = origin_offset(record)
    return origin != record.offset and origin >= first


async def _find(
    log: KafkaLog,
    topic: str,
    partition: int,
    bounds: tuple[int, int],
    drops: Callable[[Record], bool],
) -> _Found:
    records = last_at = 0
    topic_id = await log.topic_id(topic)
    async for fetched in log.fetch_raw(topic, partition, *bounds):
        for one in fetched:
            if drops(as_record(one, topic_id)):
                records, last_at = records + 1, max(last_at, one.timestamp)
    return _Found(records, datetime.fromtimestamp(last_at / 1_000, UTC))


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

    async def copy(self, records: list[Record]) -> None:
        for at in range(0, len(records), RECORDS_TOGETHER):
            some = records[at : at + RECORDS_TOGETHER]
            copies = [self._as_copy(one) for one in some]
            positions = await self._log.append_raw(self._topic, self._partition, copies)
            for one in some:
                _add(self._sent, one)
            self.copied += len(some)
            await self._pace(positions[-1] + 1)

    def _as_copy(self, record: Record) -> Record:
        others = [one for one in record.headers if one[0] not in _OWN_HEADERS]
        origin = origin_header(self._topic_id, origin_offset(record))
        return record._replace(headers=(*others, origin, (_COPY_HEADER, self._run)))

    async def verify(self, first: int) -> None:
        """Read all copies back, in order; raises :class:`RewriteError`."""
        read, count = hashlib.sha256(), 0
        async for records in self._log.replay(self._topic, self._partition, first):
            for one in records:
                if (_COPY_HEADER, self._run) in one.headers:
                    _add(read, one)
                    count += 1
        if count != self.copied or read.digest() != self._sent.digest():
            raise RewriteError(
                f"{self._topic} partition {self._partition}: {self.copied} records were copied, and "
                f"{count} read back that are not all the same; nothing was deleted"
            )


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
