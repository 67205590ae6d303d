"""Cleaning a data directory: the log and the tables lose the identifiers, then the file itself does.

Records keep their offsets and become empty: an empty record held something of a file that is
forgotten, and readers skip it. SQLite leaves what was deleted in free pages and in its WAL, so the
file is then written anew (VACUUM, with ``secure_delete``) and the WAL truncated.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import inspect, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.erasure.mentions import Mentions
from services.clock.dead_letter_index import dead_letters
from services.compliance.explanations import explanations
from services.compliance.preview import previews
from shared.audit import forget_file
from shared.database import Database
from shared.domain import decode_dead_letter, microseconds
from shared.erasure import MEASURED_ANEW, UNLINKED, ErasureProgress, ErasureStore, unlink
from shared.errors import UnavailableError
from shared.log import DEAD_LETTERS, log_records
from shared.metrics import Metrics

CLEAN_SECONDS: Final = 10.0
FILES_TOGETHER: Final = 1_000
"""Files that one transaction cleans the log and the tables of."""
_VACUUM_SECONDS: Final = 3_600.0
_BUSY_SECONDS: Final = 60.0
_KEYS_TOGETHER: Final = 500
_LETTERS_TOGETHER: Final = 1_000
_RECOUNT_COPIES: Final = ("before_recount_tallies", "before_recount_cycles")
_log = logging.getLogger("echeance.erasure")


async def clean_directory(database: Database, path: Path, now: datetime) -> int:
    """Clean the log, the tables and the file of everything forgotten; how many erasures that ends.

    Raises :class:`UnavailableError`, or ``sqlite3.Error`` where the disk has no room for a copy.
    """
    store = ErasureStore(database)
    await unlink_all(database, store)
    if not await store.at_stage(UNLINKED, 1):
        return 0
    async with database.without_writers():
        await asyncio.to_thread(_vacuum, path)
    return await store.finish(microseconds(now))


async def clean_periodically(
    database: Database,
    path: Path,
    now: Callable[[], datetime],
    metrics: Metrics,
    stop: asyncio.Event,
) -> None:
    """Clean until stopped: the log and the tables at once, the file at most once an hour."""
    store = ErasureStore(database)
    progress = ErasureProgress(database, metrics)
    clock = asyncio.get_running_loop().time
    next_vacuum = 0.0
    while not stop.is_set():
        try:
            if clock() < next_vacuum:
                await unlink_all(database, store)
            elif ended := await clean_directory(database, path, now()):
                next_vacuum = clock() + _VACUUM_SECONDS
                _log.info("erasures done: %d", ended)
            await progress.refresh()
        except (UnavailableError, sqlite3.Error) as error:
            _log.warning("forgotten files are not erased yet: %s", error)
        try:
            async with asyncio.timeout(CLEAN_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue


async def unlink_all(database: Database, store: ErasureStore) -> None:
    """Clean the log and the tables of every file that compliance has renamed."""
    while rows := await store.at_stage(MEASURED_ANEW, FILES_TOGETHER):
        letters = await _letters_that_name(database, [row.file_id for row in rows])
        async with database.transaction() as connection:
            await _empty_records(connection, [row.file_id for row in rows], letters)
            await clean_tables(connection, [row.file_id for row in rows])
            await unlink(connection, [row.reference for row in rows])


async def clean_tables(connection: AsyncConnection, file_ids: Collection[str]) -> None:
    """Delete what the services' own tables still say of files, or write it without them."""
    mentions = Mentions(file_ids)
    for file_id in file_ids:
        await forget_file(connection, file_id)
    for some in _batches(list(file_ids)):
        of_files = dead_letters.delete().where(dead_letters.c.file_id.in_(some))
        await connection.execute(of_files)
    letters = select(dead_letters.c.partition, dead_letters.c.offset, dead_letters.c.detail)
    for row in (await connection.execute(letters)).all():
        if mentions.within(row.detail.encode()):
            key = (dead_letters.c.partition == row.partition) & (
                dead_letters.c.offset == row.offset
            )
            await connection.execute(dead_letters.delete().where(key))
    for row in (await connection.execute(select(previews))).all():
        if mentions.within(row.document):
            await connection.execute(previews.delete().where(previews.c.made_at == row.made_at))
    for row in (await connection.execute(select(explanations))).all():
        written = {name: mentions.redacted(getattr(row, name)) for name in ("fr", "en")}
        if written != {"fr": row.fr, "en": row.en}:
            key = [column == getattr(row, column.name) for column in explanations.primary_key]
            await connection.execute(update(explanations).where(*key).values(**written))


async def _letters_that_name(
    database: Database, file_ids: Collection[str]
) -> Sequence[RecordPlace]:
    """Where dead letters that name a file stand, and the records that they are of."""
    mentions = Mentions(file_ids)
    found: list[RecordPlace] = []
    place = log_records.c.partition, log_records.c.offset
    after: tuple[int, int] = (-1, -1)
    page = select(*place, log_records.c.value).where(log_records.c.topic == DEAD_LETTERS)
    while True:
        following = page.where(tuple_(*place) > after).order_by(*place).limit(_LETTERS_TOGETHER)
        async with database.reading() as connection:
            rows = (await connection.execute(following)).all()
        for row in rows:
            named = place_of_mention(row.value, mentions)
            if named is not None:
                found += [named, RecordPlace(DEAD_LETTERS, row.partition, row.offset)]
        if len(rows) < _LETTERS_TOGETHER:
            return found
        after = rows[-1].partition, rows[-1].offset
        await asyncio.sleep(0)


class RecordPlace(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int


def place_of_mention(stored: bytes, mentions: Mentions) -> RecordPlace | None:
    """Where the record of a dead letter stands that names one of some files; None if it names none."""
    if not stored:
        return None
    letter = decode_dead_letter(stored)
    headers = (value for _, value in letter.headers)
    parts = (letter.key, letter.value, letter.detail.encode(), *headers)
    if not any(mentions.within(part) for part in parts):
        return None
    return RecordPlace(letter.topic, letter.partition, letter.offset)


async def _empty_records(
    connection: AsyncConnection, file_ids: Sequence[str], others: Sequence[RecordPlace]
) -> None:
    """Empty the records of files in every topic; one scan of the log for some hundreds of files."""
    emptied = update(log_records).values(key=b"", value=b"")
    for some in _batches([one.encode() for one in file_ids]):
        await connection.execute(emptied.where(log_records.c.key.in_(some)))
    for topic, partition, offset in others:
        place = (log_records.c.partition == partition) & (log_records.c.offset == offset)
        await connection.execute(emptied.where(log_records.c.topic == topic, place))
        if topic == DEAD_LETTERS:
            of_letter = (dead_letters.c.partition == partition) & (dead_letters.c.offset == offset)
            await connection.execute(dead_letters.delete().where(of_letter))
    # The copies of an interrupted rebuild: the next one drops them anyway.
    names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    for name in set(_RECOUNT_COPIES).intersection(names):
        await connection.execute(text(f"DROP TABLE {name}"))


def _batches(values: Sequence[Any]) -> Sequence[Sequence[Any]]:
    return [values[at : at + _KEYS_TOGETHER] for at in range(0, len(values), _KEYS_TOGETHER)]


def _vacuum(path: Path) -> None:
    """Write the database file anew, without what was deleted, and truncate its WAL."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
    with closing(connection):
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("a reader kept the write-ahead log from being truncated")
