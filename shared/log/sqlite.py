"""The log on SQLite: the embedded default, one process, all partitions its own.

A record is durable when its transaction has committed (WAL, synchronous FULL). Only this process
appends, so the ends are cached, and a consumer that has caught up waits without a query.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from itertools import starmap

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    bindparam,
    delete,
    func,
    select,
)

from shared.database import Database, Write, metadata
from shared.errors import FencedError, TruncatedLogError
from shared.log.ports import (
    Batch,
    ClaimPartition,
    NewRecord,
    PartitionLag,
    Position,
    Record,
    Subscription,
)
from shared.tracing import Headers

log_records = Table(
    "log_records",
    metadata,
    Column("topic", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("topic", "partition", "offset"),
    sqlite_with_rowid=False,
)

_RECORDS = (
    select(log_records.c.offset, log_records.c.key, log_records.c.value)
    .where(log_records.c.topic == bindparam("topic"))
    .where(log_records.c.partition == bindparam("partition"))
    .where(log_records.c.offset >= bindparam("first"))
    .order_by(log_records.c.offset)
    .limit(bindparam("most"))
)

_WAL_RESET = {(3, 44): (3, 44, 6), (3, 50): (3, 50, 7)}
"""By minor version, the patch with the fix of https://sqlite.org/wal.html#walresetbug."""
_WAL_RESET_SINCE = (3, 51, 3)

_MOST_HEADERS = 10_000


def has_wal_reset_bug(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Whether SQLite may corrupt a database when two connections write and checkpoint."""
    return version < _WAL_RESET.get(version[:2], _WAL_RESET_SINCE)


class SqliteLog:
    """The port :class:`shared.log.ports.Log` over one table; ``batch_records`` bounds a fetch."""

    parallelism = 2  # one partition commits while another computes

    def __init__(self, database: Database, *, partitions: int, batch_records: int) -> None:
        self._database = database
        self.partitions = partitions
        self.batch_records = batch_records
        self._ends: dict[str, list[int]] = {}
        self._headers: OrderedDict[tuple[str, int, int], Headers] = OrderedDict()
        """Of the last traced records: a trace ends where the process does, and no row tells of it."""
        self._appending: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._appended = asyncio.Condition()
        self._wakes = 0

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        if not records:
            return []
        async with self._appending[topic]:
            ends = list(await self.ends(topic))
            positions = []
            rows = []
            for partition, key, value, headers in records:
                offset = ends[partition]
                ends[partition] += 1
                positions.append(Position(partition, offset))
                rows.append((topic, partition, offset, key, value))
                if headers:
                    self._keep_headers((topic, partition, offset), headers)
            try:
                await self._database.write_sqlite([Write(log_records, rows, only_new=True)])
            except BaseException:
                self._ends.pop(topic, None)  # in doubt: read again before the next append
                raise
            self._ends[topic] = ends
        async with self._appended:
            self._appended.notify_all()
        return positions

    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        return _SqliteSubscription(self, topic, claim)

    async def ends(self, topic: str) -> Sequence[int]:
        """The next offset of each partition."""
        if topic not in self._ends:
            query = (
                select(log_records.c.partition, func.max(log_records.c.offset))
                .where(log_records.c.topic == topic)
                .group_by(log_records.c.partition)
            )
            ends = [0] * self.partitions
            async with self._database.reading() as connection:
                for partition, last in await connection.execute(query):
                    ends[partition] = last + 1
            self._ends.setdefault(topic, ends)
        return self._ends[topic]

    async def read(
        self, topic: str, partition: int, offset: int, limit: int | None = None
    ) -> Sequence[Record]:
        """Records of a partition from an offset on: ``limit``, or ``batch_records``."""
        most = self.batch_records if limit is None else limit
        sent = {"topic": topic, "partition": partition, "first": offset, "most": most}
        records = list(starmap(Record, await self._database.read_sqlite(_RECORDS, sent)))
        if not self._headers:
            return records
        return [
            one._replace(headers=self._headers.get((topic, partition, one.offset), ()))
            for one in records
        ]

    def _keep_headers(self, place: tuple[str, int, int], headers: Headers) -> None:
        self._headers[place] = headers
        if len(self._headers) > _MOST_HEADERS:
            self._headers.popitem(last=False)

    async def replay(
        self, topic: str, partition: int, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Sequence[Record]]:
        end = (await self.ends(topic))[partition]
        last = end if last is None else min(last, end)
        while first < last and (records := await self.read(topic, partition, first)):
            yield [record for record in records if record.offset < last]
            first = records[-1].offset + 1

    async def wait_past(
        self, topic: str, offsets: Mapping[int, int], timeout_seconds: float
    ) -> None:
        """Return when a partition has a record at or after its offset, at a wake, or after the timeout."""
        wakes = self._wakes

        def arrived() -> bool:
            ends = self._ends[topic]
            return wakes != self._wakes or any(
                ends[partition] > offset for partition, offset in offsets.items()
            )

        await self.ends(topic)
        try:
            async with asyncio.timeout(timeout_seconds), self._appended:
                await self._appended.wait_for(arrived)
        except TimeoutError:
            return

    async def wake(self) -> None:
        """Let every fetch that waits return."""
        self._wakes += 1
        async with self._appended:
            self._appended.notify_all()

    async def trim(self, topic: str, partition: int, offset: int) -> None:
        """Delete records below an offset, except the last, from which the end is known."""
        ends = await self.ends(topic)
        below = min(offset, ends[partition] - 1)
        gone = delete(log_records).where(
            log_records.c.topic == topic,
            log_records.c.partition == partition,
            log_records.c.offset < below,
        )
        async with self._database.transaction(short=False) as connection:
            await connection.execute(gone)


class _SqliteSubscription:
    """All partitions of a topic, claimed at the first fetch."""

    def __init__(self, log: SqliteLog, topic: str, claim: ClaimPartition) -> None:
        self._log = log
        self._topic = topic
        self._claim = claim
        self._next: dict[int, int] = {}

    async def fetch(
        self, timeout_seconds: float, *, exclude: Collection[int] = ()
    ) -> Sequence[Batch]:
        if not self._next:
            self._next = {
                partition: await self._claim(partition) for partition in range(self._log.partitions)
            }
        await self._log.wait_past(self._topic, self._next, timeout_seconds)
        ends = await self._log.ends(self._topic)
        left = self._log.batch_records
        batches = []
        free = self._next.keys() - exclude
        # The most behind first, so that none starves.
        for partition in sorted(free, key=lambda one: self._next[one] - ends[one]):
            batch = await self._batch(partition, ends[partition], left)
            self._next[partition] = batch.next_offset
            left -= len(batch.records)
            batches.append(batch)
        return batches

    async def _batch(self, partition: int, end: int, limit: int) -> Batch:
        """The next records of a partition, at most ``limit``."""
        offset = self._next[partition]
        if offset > end:
            raise TruncatedLogError(
                f"{self._topic} partition {partition} ends at {end}, before the "
                f"database's position {offset}: restore the whole log, or rebuild"
            )
        if offset == end or not limit:
            return Batch(partition, (), offset)
        records = await self._log.read(self._topic, partition, offset, limit)
        return Batch(partition, records, records[-1].offset + 1 if records else offset)

    def revoke(self, partition: int, error: FencedError) -> None:
        raise error  # the data directory is locked, so there is no other owner

    async def lag(self) -> Mapping[int, PartitionLag]:
        ends = await self._log.ends(self._topic)
        return {
            partition: PartitionLag(offset, ends[partition])
            for partition, offset in self._next.items()
        }

    async def close(self) -> None:
        self._next = {}
