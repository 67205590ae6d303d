"""The audit trail in the database: all its reads and writes.

Embedded, the table is the trail. Distributed, it is the index of the topic ``echeance.audit``, in
the order of its offsets. Rows are added, and removed after their time from the beginning of a
partition on; the head of what was removed stays, so that the rest can be verified.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import takewhile
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, Select, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.audit.chain import (
    ChainFault,
    Head,
    ReadLine,
    Verification,
    checkpointed,
    digest_of,
    read_line,
    verify_chains,
    without_file,
)
from shared.audit.record import AuditRecord, decode_record
from shared.audit.tables import audit_chains, audit_records, audit_removed, token_uses
from shared.database import Database, Write, engine
from shared.domain import from_microseconds, microseconds
from shared.http import Int32, Int64

_A_MINUTE = 60_000_000
_PAGE = 2_000
_TABLE_PARTITION = 0


class AuditCursor(NamedTuple):
    """Where a page of records ended."""

    at: Int64
    partition: Int32
    offset: Int64


class AuditFilter(NamedTuple):
    """Which records: from ``since``, before ``until``, of a name, of a file, of a kind."""

    since: datetime | None = None
    until: datetime | None = None
    name: str | None = None
    file: str | None = None
    kind: str | None = None


class AuditRow(NamedTuple):
    """A record as it is stored."""

    cursor: AuditCursor
    line: bytes

    @property
    def record(self) -> AuditRecord:
        """The record; of a line that somebody altered, that it cannot be read."""
        try:
            return decode_record(self.line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return AuditRecord(
                writer="",
                seq=0,
                previous="",
                at=from_microseconds(self.cursor.at),
                kind="change",
                by="nobody",
                what="unreadable",
            )


class AuditStore:
    """The trail, as it is read, verified and trimmed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(
        self, wanted: AuditFilter, after: AuditCursor | None, limit: int
    ) -> Sequence[AuditRow]:
        """Records, the newest first, from after a cursor on."""
        table = audit_records.c
        key = table.at, table.partition, table.offset
        query = _filtered(select(*key, table.line), wanted)
        if after is not None:
            query = query.where(tuple_(*key) < after)
        query = query.order_by(*(column.desc() for column in key)).limit(limit)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [AuditRow(AuditCursor(*row[:3]), bytes(row.line)) for row in rows]

    async def lines(self) -> AsyncIterator[bytes]:
        """Every line in the order of a partition, one partition after the other."""
        async for row in self._ordered():
            yield bytes(row.line)

    async def verify(self, claims: Iterable[tuple[str, Head]]) -> Verification:
        """Verify the chains against heads that were written down, and what searches go by."""
        misfiled: list[ChainFault] = []

        async def lines() -> AsyncIterator[ReadLine]:
            async for row in self._ordered():
                read = read_line(bytes(row.line))
                yield read
                if (one := read.record) is None:
                    continue  # the verification of the chains reports it
                if (row.at, row.kind, row.name, row.file_id) != _searched(one):
                    misfiled.append(ChainFault("misfiled", one.writer, one.seq))

        result = await verify_chains(lines(), await self.removed(), claims)
        return result._replace(faults=[*result.faults, *misfiled])

    async def _ordered(self) -> AsyncIterator[Row[Any]]:
        """Every row in the order of a partition, one partition after the other."""
        key = audit_records.c.partition, audit_records.c.offset
        after = (-1, -1)
        while True:
            query = select(audit_records).where(tuple_(*key) > after)
            query = query.order_by(*key).limit(_PAGE)
            async with self._database.reading() as connection:
                rows = (await connection.execute(query)).all()
            for row in rows:
                yield row
            if len(rows) < _PAGE:
                return
            after = (rows[-1].partition, rows[-1].offset)

    async def digests(self, partition: int, first: int, last: int) -> Mapping[int, str]:
        """The digests of a partition's records from one offset to another, by offset."""
        table = audit_records.c
        query = select(table.offset, table.line).where(
            table.partition == partition, table.offset.between(first, last)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        lines = [(row.offset, bytes(row.line)) for row in rows]
        return {offset: digest_of(line, decode_record(line)) for offset, line in lines}

    async def last_offset(self, partition: int) -> int:
        """The offset of a partition's last record; -1 where there is none."""
        async with self._database.reading() as connection:
            return await _last_offset(connection, partition)

    async def heads(self, since: datetime | None = None) -> Mapping[str, Head]:
        """The last record of each chain that moved since an instant."""
        query = select(audit_chains)
        if since is not None:
            query = query.where(audit_chains.c.at >= microseconds(since))
        async with self._database.reading() as connection:
            rows = await connection.execute(query)
            return {row.writer: Head(row.seq, row.sha256) for row in rows}

    async def removed(self) -> Mapping[str, Head]:
        """Of each chain, the last record that was removed after its time."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(audit_removed))
            return {row.writer: Head(row.seq, row.sha256) for row in rows}

    async def checkpoints(self) -> Sequence[tuple[str, Head]]:
        """The heads that checkpoints name."""
        query = select(audit_records.c.line).where(audit_records.c.kind == "checkpoint")
        async with self._database.reading() as connection:
            lines = (await connection.execute(query)).scalars().all()
        named: list[tuple[str, Head]] = []
        for line in lines:
            try:
                named += checkpointed(decode_record(bytes(line)))
            except (msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError):
                continue  # the verification of its chain reports it
        return named

    async def last_uses(self) -> Mapping[str, datetime]:
        """When each secret was last used, to the minute, by its shown beginning."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(token_uses))
            return {row.token: from_microseconds(row.at) for row in rows}

    async def trim(self, now: datetime, days: int) -> int:
        """Remove records older than so many whole days; how many were removed."""
        midnight = datetime.combine(now.date(), time(), now.tzinfo)
        before, table = microseconds(midnight - timedelta(days=days)), audit_records.c
        removed, partition = 0, -1
        while True:
            following = select(func.min(table.partition)).where(table.partition > partition)
            async with self._database.reading() as connection:
                found = (await connection.execute(following)).scalar_one()
            if found is None:
                return removed
            partition = found
            while count := await self._trim_part(partition, before):
                removed += count

    async def _trim_part(self, partition: int, before: int) -> int:
        """Remove the first rows of a partition that are older, and store their heads with that."""
        table = audit_records.c
        first = select(table.offset, table.at, table.line).where(table.partition == partition)
        async with self._database.transaction(short=False) as connection:
            rows = (await connection.execute(first.order_by(table.offset).limit(_PAGE))).all()
            old = list(takewhile(lambda row: row.at < before, rows))
            if not old:
                return 0
            heads: dict[str, Head] = {}
            for row in old:
                line, record = read_line(bytes(row.line))
                if record is not None:
                    heads[record.writer] = Head(record.seq, digest_of(line, record))
            values = [(writer, head.seq, head.sha256) for writer, head in heads.items()]
            await engine.write_rows(connection, [Write(audit_removed, values)])
            gone = delete(audit_records).where(
                table.partition == partition, table.offset <= old[-1].offset
            )
            await connection.execute(gone)
        return len(old)


async def _last_offset(connection: AsyncConnection, partition: int) -> int:
    last = select(func.max(audit_records.c.offset)).where(audit_records.c.partition == partition)
    found: int | None = (await connection.execute(last)).scalar_one()
    return -1 if found is None else found


class ForgottenRecords(NamedTuple):
    """Records of a file, and lines among them that are no records: somebody altered them."""

    records: int
    unreadable: int


async def forget_file(connection: AsyncConnection, file_id: str) -> ForgottenRecords:
    """Remove a file's identifier from its records, in a transaction of the owner of the tables.

    The chains are verified as before; a line that cannot be read is as unreadable then.
    """
    table = audit_records.c
    of_file = select(table.partition, table.offset, table.line).where(table.file_id == file_id)
    rows = (await connection.execute(of_file)).all()
    unreadable = 0
    for row in rows:
        changed = update(audit_records).where(
            table.partition == row.partition, table.offset == row.offset
        )
        line, is_record = without_file(bytes(row.line), file_id)
        unreadable += not is_record
        await connection.execute(changed.values(file_id=None, line=line))
    return ForgottenRecords(len(rows), unreadable)


async def precede_topic(connection: AsyncConnection) -> None:
    """Move every record of the index to before offset 0, in their order, as the owner of the tables.

    Its topic was made again, and the offsets of that begin at 0.
    """
    table = audit_records.c
    ends = select(table.partition, func.min(table.offset), func.max(table.offset))
    for partition, first, last in await connection.execute(ends.group_by(table.partition)):
        below = last + 1 - min(first, 0)  # no row comes to where another still is
        moved = update(audit_records).where(table.partition == partition)
        await connection.execute(moved.values(offset=table.offset - below))


class TableSink:
    """The port :class:`shared.audit.recorder.AuditSink` where the table is the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = AuditRows()
        self._store = AuditStore(database)

    async def write(self, lines: Sequence[bytes], writer: str) -> None:
        async with self._database.transaction() as connection:
            begin = await _last_offset(connection, _TABLE_PARTITION) + 1
            placed = [(place, line, decode_record(line)) for place, line in enumerate(lines, begin)]
            writes = self._rows.of(_TABLE_PARTITION, placed)
            await engine.write_rows(connection, writes)

    async def heads(self, since: datetime) -> Mapping[str, Head]:
        return await self._store.heads(since)


class AuditRows:
    """Lines as rows, with the heads of their chains, and the last use of each token."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        """When each token's use was last stored: once a minute is enough."""

    def of(self, partition: int, lines: Sequence[tuple[int, bytes, AuditRecord]]) -> list[Write]:
        """The writes for lines at their offsets, each with the record that it is of."""
        records: list[tuple[Any, ...]] = []
        chains: dict[str, tuple[Any, ...]] = {}
        used: dict[str, tuple[str, str, int]] = {}
        for offset, line, one in lines:
            at, kind, name, file = _searched(one)
            records.append((partition, offset, at, kind, name, file, line))
            chains[one.writer] = (one.writer, one.seq, digest_of(line, one), at)
            if (
                one.token
                and name
                and one.status != 401
                and at - self._used.get(one.token, 0) >= _A_MINUTE
            ):
                self._used[one.token] = at
                used[one.token] = (one.token, name, at)
        return [
            Write(audit_records, records),
            Write(audit_chains, list(chains.values())),
            Write(token_uses, list(used.values())),
        ]


def _searched(record: AuditRecord) -> tuple[int, str, str, str | None]:
    """The columns that searches go by: ``at``, ``kind``, ``name`` and ``file_id``."""
    name, file = record.name.replace("\0", ""), record.file.replace("\0", "")
    return record.at_microseconds, record.kind, name, file or None


def _filtered(query: Select[Any], wanted: AuditFilter) -> Select[Any]:
    table = audit_records.c
    if wanted.since is not None:
        query = query.where(table.at >= microseconds(wanted.since))
    if wanted.until is not None:
        query = query.where(table.at < microseconds(wanted.until))
    for column, value in (
        (table.name, wanted.name),
        (table.file_id, wanted.file),
        (table.kind, wanted.kind),
    ):
        if value is not None:
            query = query.where(column == value)
    return query
