"""Cleaning Kafka and PostgreSQL of what is forgotten: ``echeance forget --clean``.

Topics first, then tables, and identifiers last: what is interrupted is done again from the beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from echeance.erasure.cleaning import FoundLetters, clean_tables
from echeance.erasure.holders import TABLE_RULES
from echeance.erasure.letters import (
    LettersOfFiles,
    LetterVerdict,
    Sources,
    content_digest,
    sources_of,
)
from services.clock import SERVICE as CLOCK
from services.clock import dead_letter_index
from services.clock.dead_letter_index import dead_letters
from shared.audit import AUDIT_SERVICE
from shared.database import Database, rebuilds
from shared.domain import microseconds
from shared.erasure import MEASURED_ANEW, UNLINKED, ErasureStore, unlink
from shared.log import (
    AUDIT,
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    NewRecord,
    Record,
    origin_offset,
)
from shared.log.kafka import KafkaLog, RewrittenPartition, WaitUntilRead, rewrite_partition

FILES_AT_ONCE: Final = 10_000
"""Files that one rewriting of the topics leaves out."""

_HOLD_FILES: Final = ("replaced", "renamed", "rewritten", "deleted", "ended")
_PACE_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 120.0
_STATISTICS: Final = "pg_catalog.pg_statistic"
"""Where ANALYZE keeps frequent values of columns, identifiers of files among them."""


class StalledError(Exception):
    """A service does not read on; the message names it. What was copied is copied again next time."""


class RebuildingError(Exception):
    """A rebuild is running, and reads the log from its beginning."""


class Cleaned(NamedTuple):
    """What was done, by topic and partition, and how many erasures that ended.

    ``letters`` are dead letters that named a file without being under it, and went with their records;
    ``letters_left`` name one and are of another source, or of none. ``waiting`` are erasures that some topic has not done; it can ``not_before`` a time.
    """

    partitions: Mapping[tuple[str, int], RewrittenPartition]
    erased: int
    waiting: int
    not_before: datetime | None
    letters: int
    letters_left: int


async def clean_servers(
    log: KafkaLog, database: Database, now: Callable[[], datetime], advance: Callable[[int], None]
) -> Cleaned:
    """Rewrite topics, then tables, without the files that are forgotten; ``advance`` gets records copied.

    Raises :class:`RebuildingError`, :class:`StalledError`, ``UnavailableError``, ``RewriteError``, and
    ``DBAPIError`` where the role is not the owner of the tables.
    """
    store = ErasureStore(database)
    await _require_no_rebuild(database)
    rows = await store.at_stage(MEASURED_ANEW, FILES_AT_ONCE)
    done: dict[tuple[str, int], RewrittenPartition] = {}
    waits: list[datetime] = []
    letters = _NamedRecords()
    if rows:
        sources = await sources_of(database, rows)
        letters = await _letters_of(log, sources)
        for topic, service, drops_of in topics_to_rewrite(sources, letters.digests):
            for partition in range(log.partitions):
                drops = partial(drops_of, partition)
                pace: WaitUntilRead = partial(_pace, database, service, partition, advance)
                if topic == FILE_EVENTS:
                    pace = partial(_pace_noted, pace, store, partition)
                await _require_no_rebuild(database)
                rewritten = await rewrite_partition(log, topic, partition, drops, pace, now())
                if rewritten.not_before is not None:
                    waits.append(rewritten.not_before)
                elif rewritten.dropped:
                    done[topic, partition] = rewritten
                    if topic == DEAD_LETTERS:
                        await _forget_letters(database, partition, rewritten.begins_at)
        if not waits:
            # A clock that had lost its partition may have published a file after its tombstone.
            tombstones = [NewRecord(row.partition, row.file_id.encode(), b"") for row in rows]
            await log.append(FILE_CLOCKS, tombstones)
            await _audit_read(log, database)
            async with database.transaction() as connection:
                await clean_tables(connection, sources)
                await unlink(connection, rows)
    erased = 0
    if await store.at_stage(UNLINKED, 1):
        await vacuum(database)
        erased = await store.finish(microseconds(now()))
    waiting = len(await store.unfinished())
    last = max(waits, default=None)
    return Cleaned(done, erased, waiting, last, letters.named, letters.left)


class _NamedRecords(FoundLetters):
    """Letters, and the digest of the record in ``file-events`` that each is of, by where that stands."""

    def __init__(self) -> None:
        super().__init__()
        self.digests: dict[tuple[int, int], bytes] = {}

    @override
    def add(self, verdict: LetterVerdict) -> None:
        super().add(verdict)
        if verdict.place is not None and verdict.place.topic == FILE_EVENTS:
            self.digests[verdict.place.partition, verdict.place.offset] = verdict.digest


async def _letters_of(log: KafkaLog, sources: Sources) -> _NamedRecords:
    """The dead letters of files, which say where records stand that do not have the key of one."""
    judge, found = LettersOfFiles(sources).judge, _NamedRecords()
    for partition in range(log.partitions):
        async for records in log.replay(DEAD_LETTERS, partition):
            for one in records:
                found.add(judge(one.key, one.value))
    return found


def topics_to_rewrite(
    sources: Sources, digests: Mapping[tuple[int, int], bytes]
) -> Sequence[tuple[str, str, Callable[[int, Record], bool]]]:
    """The topics to rewrite, which service reads each, and which records of a partition are of these files."""
    keys, letters = frozenset(one.encode() for one in sources), LettersOfFiles(sources)

    def of_files(partition: int, record: Record) -> bool:
        if record.key in keys:
            return True
        # A topic made again has another record there.
        for offset in (record.offset, origin_offset(record)):
            digest = digests.get((partition, offset))
            if digest is not None and digest == content_digest(record.value):
                return True
        return False

    def letters_of_files(_partition: int, record: Record) -> bool:
        return letters.judge(record.key, record.value).goes

    return (
        (FILE_EVENTS, CLOCK, of_files),
        (DEAD_LETTERS, dead_letter_index.SERVICE, letters_of_files),
    )


async def _audit_read(log: KafkaLog, database: Database) -> None:
    """Wait until audit records written before now are in the table, which loses their files next."""
    for partition, end in enumerate(await log.ends(AUDIT)):
        await _pace(database, AUDIT_SERVICE, partition, lambda _: None, end)


async def _pace(
    database: Database, service: str, partition: int, advance: Callable[[int], None], offset: int
) -> None:
    """Wait until a service has read a partition up to an offset; raises :class:`StalledError`."""
    clock = asyncio.get_running_loop().time
    before, moved_at = -1, clock()
    while (reached := (await database.positions(service)).get(partition, 0)) < offset:
        if reached != before:
            before, moved_at = reached, clock()
        elif clock() - moved_at > _PATIENCE_SECONDS:
            raise StalledError(service)
        await asyncio.sleep(_PACE_SECONDS)
    advance(offset)


async def _pace_noted(
    pace: WaitUntilRead, store: ErasureStore, partition: int, offset: int
) -> None:
    """The same of the clock, which is to know that it had read what is copied next."""
    await pace(offset)
    await store.note_copied(partition, offset)


async def _require_no_rebuild(database: Database) -> None:
    async with database.reading() as connection:
        if await rebuilds.rebuild_progress(connection):
            raise RebuildingError


async def _forget_letters(database: Database, partition: int, begins_at: int) -> None:
    """Delete the index's rows of letters that stand elsewhere now, where they are indexed again."""
    earlier = (dead_letters.c.partition == partition) & (dead_letters.c.offset < begins_at)
    async with database.transaction() as connection:
        await connection.execute(dead_letters.delete().where(earlier))


async def vacuum(database: Database) -> None:
    """Write every table that held files anew: PostgreSQL never clears the free part of a page.

    Each is locked while it is written. Statistics hold values of columns, so they are taken again first.
    """
    tables = [name for name, rule in TABLE_RULES.items() if rule in _HOLD_FILES]
    async with database.maintenance() as connection:
        present = set(
            (
                await connection.execute(
                    select(text("tablename"))
                    .select_from(text("pg_tables"))
                    .where(text("schemaname = current_schema()"))
                )
            ).scalars()
        )
        for name in (*(one for one in tables if one in present), _STATISTICS):
            analyze = "" if name == _STATISTICS else ", ANALYZE"
            await connection.execute(text(f"VACUUM (FULL{analyze}) {name}"))
        await _checkpoint(connection)


async def _checkpoint(connection: AsyncConnection) -> None:
    """Have old files of tables removed now; a role without that right leaves it to the server."""
    try:
        await connection.execute(text("CHECKPOINT"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
