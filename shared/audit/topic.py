"""The audit trail as a topic: processes append, and one of compliance keeps the index of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from typing_extensions import override

from shared.audit.chain import Head, digest_of, forgotten, read_line
from shared.audit.record import AuditRecord, decode_record
from shared.audit.store import AuditRows, AuditStore
from shared.database import Database, Write
from shared.domain import UNREADABLE
from shared.erasure import FileDigests, erasures
from shared.errors import TruncatedLogError
from shared.log import (
    AUDIT,
    Appender,
    Archive,
    Batch,
    IndexWorker,
    NewRecord,
    Outcome,
    Record,
    RejectedRecord,
    is_copy,
    is_emptied,
    partition_of,
)
from shared.metrics import Metrics, series

_Line = tuple[int, bytes, AuditRecord]
AUDIT_SERVICE = "audit"
"""The consumer group of the index, and the key of its positions."""


class TopicSink:
    """The port :class:`shared.audit.recorder.AuditSink` over the topic; a chain has one partition.

    ``index`` is where the process can see the heads of the others, if it can.
    """

    def __init__(self, log: Appender, index: AuditStore | None = None) -> None:
        self._log = log
        self._index = index

    async def write(self, lines: Sequence[bytes], writer: str) -> None:
        key = writer.encode()
        partition = partition_of(key, self._log.partitions)
        await self._log.append(AUDIT, [NewRecord(partition, key, line) for line in lines])

    async def heads(self, since: datetime) -> Mapping[str, Head]:
        return {} if self._index is None else await self._index.heads(since)


class AuditIndexWorker(IndexWorker):
    """The port :class:`shared.log.ports.Worker` of the index.

    Rows are only ever added. Where positions were lost, the topic is read from its first record
    again, and what has its row already is left out.

    Processes without the database (ingest) may name a forgotten file in the topic: the index does not,
    and has the topic cleaned of it. Copies, of a topic that was cleaned, are in the index already.
    """

    def __init__(self, database: Database, metrics: Metrics) -> None:
        super().__init__(database, AUDIT_SERVICE)
        self._rows = AuditRows()
        self._digests = FileDigests(database)
        self._unnamed = metrics.counter(series.AUDIT_UNNAMED)
        self._store = AuditStore(database)
        self._indexed: dict[int, int] = {}
        """The last offset of each partition that had a row when it was claimed."""

    @override
    async def claim(self, partition: int) -> int:
        next_offset = await super().claim(partition)
        self._indexed[partition] = await self._store.last_offset(partition)
        return next_offset

    async def handle(self, batch: Batch, now: datetime) -> Outcome[list[Write]] | None:
        if not self.has_due(batch, now):
            return None
        readable: list[_Line] = []
        rejected = []
        for record in batch.records:
            if is_emptied(record) or is_copy(record):
                continue
            try:
                readable.append((record.offset, record.value, decode_record(record.value)))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                rejected.append(RejectedRecord(record, UNREADABLE, str(error)))
        new = await self._new(batch.partition, readable)
        gone = await self._digests.repeats({one.file for _, _, one in new if one.file}, now)
        indexed = [_without(*one) if one[2].file in gone else one for one in new]
        self._unnamed.inc(sum(one.file in gone for _, _, one in new))
        writes = self._rows.of(batch.partition, indexed)
        writes.append(Write.named(erasures, gone.values()))
        return Outcome(batch.partition, batch.next_offset, {}, writes, rejected)

    async def _new(self, partition: int, lines: Sequence[_Line]) -> Sequence[_Line]:
        """The lines that have no row yet; raises :class:`TruncatedLogError` where a row is of another record."""
        if not lines or lines[0][0] > self._indexed[partition]:
            return lines
        known = await self._store.digests(partition, lines[0][0], lines[-1][0])
        for offset, line, record in lines:
            if known.get(offset, digest := digest_of(line, record)) != digest:
                raise TruncatedLogError(
                    f"{AUDIT}[{partition}] has another record at {offset} than its index: "
                    "begin with this topic: echeance topics adopt audit"
                )
        return [one for one in lines if one[0] not in known]


async def indexed_to(
    log: Archive, index: AuditStore, partition: int, first: int, position: int
) -> int:
    """The first offset below a position at which a topic has another record than its index, or its end.

    From there on nothing of a topic that was put back to an earlier day, or made again, is indexed.
    """
    offset = first
    async for records in log.replay(AUDIT, partition, first, position):
        digests = await index.digests(partition, records[0].offset, records[-1].offset)
        for record in records:
            if not _is_indexed(record, digests.get(record.offset)):
                return record.offset
            offset = record.offset + 1
    return offset


def _is_indexed(record: Record, digest: str | None) -> bool:
    """Whether a record is the one of a row with this digest, or one that has no row."""
    if is_emptied(record) or is_copy(record):
        return True
    line, read = read_line(record.value)
    return digest == (None if read is None else digest_of(line, read))


def _without(offset: int, line: bytes, record: AuditRecord) -> _Line:
    """A record without its file, as it is indexed."""
    line = forgotten(record)
    return offset, line, decode_record(line)
