"""The index's step of the loop, and the query of one source's letters.

The topic is the truth; the index has a row for each letter that belongs to a source
(:func:`shared.log.dead_letters.origin_of`), committed with the position behind the fence. Letters of
nobody, such as bytes that are no event, are not in it: operators read the topic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock.dead_letter_index.tables import dead_letters
from shared.database import Database, Write
from shared.domain import UNREADABLE, DeadLetter, decode_dead_letter, microseconds
from shared.erasure import FileDigests, erasures
from shared.http import Int32, Int64
from shared.log import Batch, IndexWorker, Outcome, RejectedRecord
from shared.log.dead_letters import LetterOrigin, file_of, origin_of

SERVICE = "dead-letters"


class LetterCursor(NamedTuple):
    """Where a page of letters ended."""

    at: Int64
    partition: Int32
    offset: Int64


class DeadLetterIndex:
    """All reads of the index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, source: str, after: LetterCursor | None, limit: int) -> Sequence[Any]:
        """Rows of a source's letters, the newest first, from after a cursor on."""
        table = dead_letters.c
        key = table.at, table.partition, table.offset
        query = select(dead_letters).where(table.source == source)
        if after is not None:
            query = query.where(tuple_(*key) < after)
        query = query.order_by(*(column.desc() for column in key)).limit(limit)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).all()


class DeadLetterWorker(IndexWorker):
    """The port :class:`shared.log.ports.Worker` of the index.

    A letter of a file that was forgotten before is left out, and its topic cleaned of it.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, SERVICE)
        self._digests = FileDigests(database)

    async def handle(self, batch: Batch, now: datetime) -> Outcome[list[Write]] | None:
        if not self.has_due(batch, now):
            return None
        letters, rejected = [], []
        for record in batch.records:
            if not record.value:  # it was about a file that is forgotten
                continue
            try:
                letters.append((record.offset, decode_dead_letter(record.value)))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                rejected.append(RejectedRecord(record, UNREADABLE, str(error)))
        gone = await self._digests.repeats({file_of(one) for _, one in letters} - {""}, now)
        placed = [
            _row(batch.partition, offset, one)
            for offset, one in letters
            if file_of(one) not in gone
        ]
        rows = [row for row in placed if row is not None]
        writes = [Write.named(dead_letters, rows), Write.named(erasures, gone.values())]
        return Outcome(batch.partition, batch.next_offset, {}, writes, rejected)


async def reset_index(connection: AsyncConnection) -> None:
    """Empty the index: its topic was made again, and is read from its beginning."""
    await connection.execute(dead_letters.delete())


def _row(partition: int, offset: int, letter: DeadLetter) -> Mapping[str, Any] | None:
    """The row of a letter; None if it belongs to no source."""
    origin = origin_of(letter)
    if origin is None:
        return None
    row = {
        "partition": partition,
        "offset": offset,
        "source": origin.source,
        "at": _set_aside_at(letter.at, origin),
        "reason": letter.reason,
        "detail": letter.detail,
        "topic": letter.topic,
        "record_partition": letter.partition,
        "record_offset": letter.offset,
        "event_id": origin.event_id,
        "event_type": origin.event_type,
        "file_id": origin.file_id,
    }
    # PostgreSQL refuses NUL in texts, which whoever writes to the log past ingest may have put there.
    return {
        name: value.replace("\0", "") if isinstance(value, str) else value
        for name, value in row.items()
    }


def _set_aside_at(at: datetime | None, origin: LetterOrigin) -> int:
    """When a letter was set aside; at the earliest when its event was recorded, if not noted."""
    known = at or origin.recorded_at
    return 0 if known is None else microseconds(known)
