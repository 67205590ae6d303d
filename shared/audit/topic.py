"""The audit trail as a topic: processes append, and one of compliance keeps the index of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from shared.audit.chain import Head
from shared.audit.record import AuditRecord, decode_record
from shared.audit.store import AuditRows, AuditStore
from shared.database import Database, Write
from shared.domain import UNREADABLE
from shared.log import (
    AUDIT,
    Appender,
    Batch,
    IndexWorker,
    NewRecord,
    Outcome,
    RejectedRecord,
    partition_of,
)

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
    """The port :class:`shared.log.ports.Worker` of the index."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, AUDIT_SERVICE)
        self._rows = AuditRows()

    async def handle(self, batch: Batch, now: datetime) -> Outcome[list[Write]] | None:
        if not self.has_due(batch, now):
            return None
        readable: list[tuple[int, bytes, AuditRecord]] = []
        rejected = []
        for record in batch.records:
            try:
                readable.append((record.offset, record.value, decode_record(record.value)))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                rejected.append(RejectedRecord(record, UNREADABLE, str(error)))
        writes = self._rows.of(batch.partition, readable)
        return Outcome(batch.partition, batch.next_offset, {}, writes, rejected)
