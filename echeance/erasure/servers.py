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

from echeance.erasure.cleaning import RecordPlace, clean_tables, place_of_mention
from echeance.erasure.holders import TABLE_RULES
from echeance.erasure.mentions import Mentions
from services.clock import SERVICE as CLOCK
from services.clock import dead_letter_index
from services.clock.dead_letter_index import dead_letters
from shared.database import Database, rebuilds
from shared.domain import microseconds
from shared.erasure import MEASURED_ANEW, UNLINKED, ErasureStore, unlink
from shared.log import DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS, NewRecord, Record, origin_offset
from shared.log.kafka import KafkaLog, RewrittenPartition, rewrite_partition

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

    ``waiting`` are erasures that some topic has not done; it can ``not_before`` a time.
    """

    partitions: Mapping[tuple[str, int], RewrittenPartition]
    erased: int
    waiting: int
    not_before: datetime | None


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
    if rows:
        files = [row.file_id for row in rows]
        for topic, service, drops in _drops(files, await _named_places(log, files)):
            for partition in range(log.partitions):
                pace = partial(_pace, database, service, partition, advance)
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
            async with database.transaction() as connection:
                await clean_tables(connection, files)
                await unlink(connection, [row.reference for row in rows])
    erased = 0
    if await store.at_stage(UNLINKED, 1):
        await vacuum(database)
        erased = await store.finish(microseconds(now()))
    waiting = len(await store.unfinished())
    return Cleaned(done, erased, waiting, max(waits, default=None))


async def _named_places(log: KafkaLog, file_ids: Sequence[str]) -> frozenset[RecordPlace]:
    """Where records stand that name a file without having its key, as their dead letters say."""
    mentions = Mentions(file_ids)
    found: set[RecordPlace | None] = set()
    for partition in range(log.partitions):
        async for records in log.replay(DEAD_LETTERS, partition):
            found.update(place_of_mention(one.value, mentions) for one in records)
    return frozenset(one for one in found if one is not None)


def _drops(
    file_ids: Sequence[str], places: frozenset[RecordPlace]
) -> Sequence[tuple[str, str, Callable[[Record], bool]]]:
    """The topics to rewrite, which service reads each, and which of its records are of these files."""
    keys, mentions = frozenset(one.encode() for one in file_ids), Mentions(file_ids)

    offsets = {place.offset for place in places if place.topic == FILE_EVENTS}

    def of_files(record: Record) -> bool:
        # What cannot be read stands in few places; another partition's record there is looked at.
        if record.key in keys:
            return True
        named = record.offset in offsets or origin_offset(record) in offsets
        return named and mentions.within(record.value)

    def letters_of_files(record: Record) -> bool:
        return record.key in keys or place_of_mention(record.value, mentions) is not None

    return (
        (FILE_EVENTS, CLOCK, of_files),
        (DEAD_LETTERS, dead_letter_index.SERVICE, letters_of_files),
    )


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
