"""The audit trail as a topic: processes append, and one of compliance keeps the index of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from shared.audit.chain import Head
from shared.audit.record import decode_record
from shared.audit.store import AuditRows, AuditStore
from shared.database import Claim, Database, Write, engine
from shared.domain import UNREADABLE
from shared.log import (
    AUDIT,
    Appender,
    Batch,
    NewRecord,
    Outcome,
    Record,
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


class AuditIndexWorker:
    """The port :class:`shared.log.ports.Worker` of the index."""

    service = AUDIT_SERVICE

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = AuditRows()
        self._claims: dict[int, Claim] = {}

    async def claim(self, partition: int) -> int:
        async with self._database.transaction() as connection:
            self._claims[partition] = await engine.claim(connection, AUDIT_SERVICE, partition)
        return self._claims[partition].next_offset

    def has_due(self, batch: Batch, now: datetime) -> bool:
        return batch.next_offset > self._claims[batch.partition].next_offset

    async def handle(self, batch: Batch, now: datetime) -> Outcome[list[Write]] | None:
        if not self.has_due(batch, now):
            return None
        readable: list[tuple[int, bytes]] = []
        rejected = []
        for record in batch.records:
            error = _fault_of(record)
            if error is None:
                readable.append((record.offset, record.value))
            else:
                rejected.append(RejectedRecord(record, UNREADABLE, error))
        writes = self._rows.of(batch.partition, readable)
        return Outcome(batch.partition, batch.next_offset, {}, writes, rejected)

    async def commit(self, outcome: Outcome[list[Write]]) -> None:
        claim = self._claims[outcome.partition]
        self._claims[outcome.partition] = await self._database.commit(
            claim, outcome.next_offset, outcome.rows
        )


def _fault_of(record: Record) -> str | None:
    """Why a record of the topic is no audit record; None if it is one."""
    try:
        decode_record(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)
    return None
