"""Cleaning a data directory: the log and the tables lose the identifiers, then the file itself does.

Records keep their offsets and become empty: an empty record held something of a file that is
forgotten, and readers skip it. SQLite leaves what was deleted in free pages and in its WAL, so the
file is then written anew (VACUUM, with ``secure_delete``) and the WAL truncated.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import inspect, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.erasure.letters import LettersOfFiles, LetterVerdict, RecordPlace, Sources, sources_of
from echeance.erasure.mentions import Mentions
from services.clock import SERVICE as CLOCK
from services.clock.dead_letter_index import dead_letters
from services.compliance.explanations import explanations
from services.compliance.preview import previews
from shared.audit import forget_file
from shared.database import Database, positions
from shared.domain import microseconds
from shared.erasure import MEASURED_ANEW, UNLINKED, ErasureProgress, ErasureStore, unlink
from shared.errors import UnavailableError
from shared.log import DEAD_LETTERS, FILE_EVENTS, UNDER_FILES, log_records
from shared.metrics import Metrics
from shared.process import wait_for_stop

CLEAN_SECONDS: Final = 10.0
FILES_TOGETHER: Final = 1_000
"""Files that one transaction cleans the log and the tables of."""
SETTLED: Final = timedelta(seconds=10)
"""After a request the running system waits so long: the audit record of it is written by then."""
_VACUUM_SECONDS: Final = 3_600.0
_RETRY_SECONDS: Final = 600.0
"""Between attempts to write the file anew: whoever writes waits meanwhile."""
_BUSY_SECONDS: Final = 60.0
_KEYS_TOGETHER: Final = 500
_LETTERS_TOGETHER: Final = 1_000
_LETTERS_PER_YIELD: Final = 50
_RECOUNT_COPIES: Final = ("before_recount_tallies", "before_recount_cycles")
_log = logging.getLogger("echeance.erasure")


class Cleaning(NamedTuple):
    """What was done: erasures that this ended, and dead letters that name a file without being under it.

    ``letters`` went with the records that they are of; ``letters_left`` are of other sources, or of none that
    anything vouches for. ``unreadable`` audit records of a file are none; they lost its identifier all the same.
    """

    erased: int = 0
    letters: int = 0
    letters_left: int = 0
    unreadable: int = 0


async def clean_directory(
    database: Database, path: Path, now: datetime, before: datetime | None = None
) -> Cleaning:
    """Clean the log, the tables and the file of everything forgotten, or asked for ``before`` then.

    Raises :class:`UnavailableError`, or ``sqlite3.Error`` where the disk has no room for a copy.
    """
    store = ErasureStore(database)
    unlinked = await unlink_all(database, store, before, repeats=True)
    if not await store.at_stage(UNLINKED, 1):
        return unlinked
    async with database.without_writers():
        await asyncio.to_thread(_vacuum, path)
    return unlinked._replace(erased=await store.finish(microseconds(now)))


async def clean_periodically(
    database: Database,
    path: Path,
    now: Callable[[], datetime],
    metrics: Metrics,
    stop: asyncio.Event,
) -> None:
    """Clean until stopped."""
    cleaner, clock = PeriodicCleaner(database, path, metrics), asyncio.get_running_loop().time
    while not stop.is_set():
        await cleaner.turn(now(), clock())
        await wait_for_stop(stop, CLEAN_SECONDS)


class PeriodicCleaner:
    """Cleans the log and the tables at once, the file at most once an hour.

    What a publisher repeats of forgotten files goes with the file: no publisher keeps the writer busy.
    """

    def __init__(self, database: Database, path: Path, metrics: Metrics) -> None:
        self._database = database
        self._path = path
        self._store = ErasureStore(database)
        self._progress = ErasureProgress(database, metrics)
        self._next_vacuum = 0.0

    async def turn(self, now: datetime, seconds: float) -> None:
        """Do what is due at ``now`` and at this time of the event loop's clock; what fails is logged, and tried again."""
        before = now - SETTLED
        try:
            if seconds < self._next_vacuum:
                await unlink_all(self._database, self._store, before, repeats=False)
            elif ended := (await clean_directory(self._database, self._path, now, before)).erased:
                self._next_vacuum = seconds + _VACUUM_SECONDS
                _log.info("erasures done: %d", ended)
        except (UnavailableError, sqlite3.Error) as error:
            self._next_vacuum = max(self._next_vacuum, seconds + _RETRY_SECONDS)
            _log.warning("forgotten files are not erased yet: %s", error)
        with suppress(UnavailableError):  # the next turn shows it
            await self._progress.refresh()


async def unlink_all(
    database: Database, store: ErasureStore, before: datetime | None = None, *, repeats: bool
) -> Cleaning:
    """Clean the log and the tables of every file that compliance has renamed."""
    done = Cleaning()
    while rows := await store.at_stage(MEASURED_ANEW, FILES_TOGETHER, before, repeats=repeats):
        sources = await sources_of(database, rows)
        letters = await _letters_of(database, sources)
        async with database.transaction(short=False) as connection:
            await _empty_records(connection, list(sources), letters.places)
            unreadable = await clean_tables(connection, sources)
            await unlink(connection, rows)
        letters.tell()
        done = Cleaning(
            0,
            done.letters + letters.named,
            done.letters_left + letters.left,
            done.unreadable + unreadable,
        )
    return done


async def clean_tables(connection: AsyncConnection, sources: Sources) -> int:
    """Delete what the services' own tables still say of files, or write it without them.

    How many of their audit records cannot be read.
    """
    mentions, unreadable = Mentions(sources), 0
    for file_id in sources:
        unreadable += (await forget_file(connection, file_id)).unreadable
    if unreadable:
        _log.error(
            "%d audit records of forgotten files cannot be read: somebody altered them", unreadable
        )
    for some in _batches(list(sources)):
        of_files = dead_letters.delete().where(dead_letters.c.file_id.in_(some))
        await connection.execute(of_files)
    place = dead_letters.c.partition, dead_letters.c.offset
    letters = select(*place, dead_letters.c.source, dead_letters.c.detail)
    for row in (await connection.execute(letters)).all():
        named = mentions.named(row.detail.encode())
        if any(row.source in sources[one] for one in named):
            key = (place[0] == row.partition) & (place[1] == row.offset)
            await connection.execute(dead_letters.delete().where(key))
    for row in (await connection.execute(select(previews))).all():
        if mentions.named(row.document):
            await connection.execute(previews.delete().where(previews.c.made_at == row.made_at))
    for row in (await connection.execute(select(explanations))).all():
        written = {name: mentions.redacted(getattr(row, name)) for name in ("fr", "en")}
        if written != {"fr": row.fr, "en": row.en}:
            key = [column == getattr(row, column.name) for column in explanations.primary_key]
            await connection.execute(update(explanations).where(*key).values(**written))
    return unreadable


class FoundLetters:
    """Dead letters of files: where they and their records stand, and how many only name a file."""

    def __init__(self) -> None:
        self.places: list[RecordPlace] = []
        self.named = 0
        self.left = 0

    def add(self, verdict: LetterVerdict) -> None:
        """Count a letter, and note its record."""
        self.named += verdict.goes and verdict.names
        self.left += verdict.names and not verdict.goes
        if verdict.place is not None:
            self.places.append(verdict.place)

    def tell(self) -> None:
        """Log what became of letters that only name a file."""
        if self.named or self.left:
            _log.info(
                "dead letters that name a forgotten file: %d erased, %d of another source or none left",
                self.named,
                self.left,
            )


async def _letters_of(database: Database, sources: Sources) -> FoundLetters:
    judge, found = LettersOfFiles(sources).judge, FoundLetters()
    place = log_records.c.partition, log_records.c.offset
    after: tuple[int, int] = (-1, -1)
    page = select(*place, log_records.c.key, log_records.c.value)
    page = page.where(log_records.c.topic == DEAD_LETTERS)
    while True:
        following = page.where(tuple_(*place) > after).order_by(*place).limit(_LETTERS_TOGETHER)
        async with database.reading() as connection:
            rows = (await connection.execute(following)).all()
        for number, row in enumerate(rows):
            if number % _LETTERS_PER_YIELD == 0:
                await asyncio.sleep(0)
            verdict = judge(row.key, row.value)
            found.add(verdict)
            if verdict.goes:
                found.places.append(RecordPlace(DEAD_LETTERS, row.partition, row.offset))
        if len(rows) < _LETTERS_TOGETHER:
            return found
        after = rows[-1].partition, rows[-1].offset


async def _empty_records(
    connection: AsyncConnection, file_ids: Sequence[str], others: Sequence[RecordPlace]
) -> None:
    """Empty the records of files in every topic; one scan of the log for some hundreds of files.

    What the clock has still to read it drops, counts and notes again.
    """
    emptied = update(log_records).values(key=b"", value=b"")
    of_clock = (positions.c.service == CLOCK) & (positions.c.partition == log_records.c.partition)
    read_to = select(positions.c.next_offset).where(of_clock).scalar_subquery()
    is_read = (log_records.c.topic != FILE_EVENTS) | (log_records.c.offset < read_to)
    under_files = log_records.c.topic.in_(UNDER_FILES)
    for some in _batches([one.encode() for one in file_ids]):
        await connection.execute(emptied.where(log_records.c.key.in_(some), under_files, is_read))
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
