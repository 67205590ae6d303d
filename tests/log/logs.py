"""The logs that the contract is held to, and a patient reader.

Each maker returns a function that opens the log of a test anew, as a process that starts again would find it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.log.ports import Archive, Batch, ClaimPartition, Log, NewRecord, Record, Subscription
from shared.log.sqlite import SqliteLog

PARTITIONS = 3
BATCH_RECORDS = 5
TOPIC, OTHER_TOPIC = "echeance.contract", "echeance.contract-other"
GROUP = "contract"


class WholeLog(Log, Archive, Protocol):
    """All that a log can do."""


Opening = Callable[[], AbstractAsyncContextManager[WholeLog]]


def sqlite_logs(folder: Path) -> Callable[[], AbstractAsyncContextManager[SqliteLog]]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[SqliteLog]:
        database = Database(f"sqlite+aiosqlite:///{folder / 'log.sqlite'}")
        await migrate(database)
        try:
            yield SqliteLog(database, partitions=PARTITIONS, batch_records=BATCH_RECORDS)
        finally:
            await database.close()

    return opened


def record(partition: int, number: int) -> NewRecord:
    return NewRecord(partition, f"key-{number}".encode(), f"value-{number}".encode())


def starting_at(*offsets: int) -> ClaimPartition:
    """Claims the first partitions at these offsets, the others at their first record."""

    async def claim(partition: int) -> int:
        return offsets[partition] if partition < len(offsets) else 0

    return claim


async def fetched(subscription: Subscription, count: int) -> Sequence[Batch]:
    """The batches that bring so many records, however many fetches that takes; fails when they do not come."""
    batches: list[Batch] = []
    for _ in range(100):
        if sum(len(batch.records) for batch in batches) >= count:
            return batches
        batches += [batch for batch in await subscription.fetch(0.5) if batch.records]
    raise AssertionError(f"only {batches} came of {count} records")


async def read(log: Log, topic: str, count: int, *offsets: int) -> Mapping[int, list[Record]]:
    """So many records of a topic, by partition, read from these offsets on."""
    subscription = log.subscribe(topic, GROUP, starting_at(*offsets))
    found: dict[int, list[Record]] = {}
    for batch in await fetched(subscription, count):
        found.setdefault(batch.partition, []).extend(batch.records)
    await subscription.close()
    return found
