"""Cleaning Kafka and PostgreSQL of what is forgotten: ``echeance forget --clean``.

Topics first, then tables, and identifiers last: what is interrupted is done again from the beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

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
from echeance.erasure.mentions import Mentions
from services.clock import SERVICE as CLOCK
from services.clock import dead_letter_index
from services.clock.dead_letter_index import dead_letters
from shared.audit import AUDIT_SERVICE, read_line, without_file
from shared.database import Database, Write, engine, rebuilds
from shared.domain import from_microseconds, microseconds
from shared.erasure import (
    MEASURED_ANEW,
    UNLINKED,
    ErasureStore,
    FileDigests,
    NoteOfErasure,
    erasures,
    is_rest,
    unlink,
)
from shared.log import (
    AUDIT,
    BREACH_ALERTS,
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    NewRecord,
    Record,
    origin_offset,
)
from shared.log.kafka import (
    Erasure,
    KafkaLog,
    RewrittenPartition,
    WaitUntilRead,
    rewrite_partition,
    segment_time,
)

FILES_AT_ONCE: Final = 10_000
"""Files that one rewriting of the topics leaves out."""

REWRITTEN: Final = (FILE_EVENTS, DEAD_LETTERS, BREACH_ALERTS, AUDIT)
"""The topics that are rewritten; ``file-clocks`` is compacted."""

_NONE: Final = frozenset[str]()
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
    ``letters_left`` name one and are of another source, or of none. ``unreadable`` audit records of a file
    are none. ``waiting`` are erasures that are not done yet; of those the first can ``not_before`` a time.
    """

    partitions: Mapping[tuple[str, int], RewrittenPartition]
    erased: int
    waiting: int
    not_before: datetime | None
    letters: int
    letters_left: int
    unreadable: int


async def clean_servers(
    log: KafkaLog, database: Database, now: Callable[[], datetime], advance: Callable[[int], None]
) -> Cleaned:
    """Rewrite topics, then tables, without the files that are forgotten; ``advance`` gets records copied.

    Files wait until the segments of what was written of them are closed. What came of one since, which a
    publisher may repeat each day, is an erasure of its own, and keeps none waiting.

    Raises :class:`RebuildingError`, :class:`StalledError`, ``UnavailableError``, ``RewriteError``, and
    ``DBAPIError`` where the role is not the owner of the tables.
    """
    store = ErasureStore(database)
    await _require_no_rebuild(database)
    closed = max([await segment_time(log, topic) for topic in REWRITTEN])
    rows = await store.at_stage(MEASURED_ANEW, FILES_AT_ONCE, now() - closed)
    done: dict[tuple[str, int], RewrittenPartition] = {}
    letters, unreadable = _NamedRecords(), 0
    if rows:
        sources = await sources_of(database, rows)
        letters = await _letters_of(log, sources)
        rests = [from_microseconds(row.requested_at) for row in rows if is_rest(row)]
        recent: set[str] = set()
        for one in topics_to_rewrite(sources, letters.digests):
            for partition in range(log.partitions):
                erasure = one.of_partition(partition)
                pace = _pace_of(one, database, store, partition, advance)
                await _require_no_rebuild(database)
                rewritten = await rewrite_partition(
                    log,
                    one.topic,
                    partition,
                    erasure,
                    pace,
                    now(),
                    dropped_at=max(rests, default=None),
                )
                recent |= rewritten.recent
                if rewritten.copied or rewritten.erased:
                    done[one.topic, partition] = rewritten
                    if one.topic == DEAD_LETTERS:
                        await _forget_letters(database, partition, rewritten.begins_at)
        # A clock that had lost its partition may have published a file after its tombstone.
        tombstones = [NewRecord(row.partition, row.file_id.encode(), b"") for row in rows]
        await log.append(FILE_CLOCKS, tombstones)
        await _audit_read(log, database)
        rest = await _rest_of(database, rows, recent, now())
        async with database.transaction() as connection:
            unreadable = await clean_tables(connection, sources)
            await unlink(connection, rows)
            await engine.write_rows(connection, [Write.named(erasures, rest)])
    erased = 0
    if await store.at_stage(UNLINKED, 1):
        await vacuum(database)
        erased = await store.finish(microseconds(now()))
    left = await store.unfinished()
    first = min((at for stage, at in left if stage == MEASURED_ANEW), default=None)
    not_before = None if first is None else from_microseconds(first) + closed
    return Cleaned(done, erased, len(left), not_before, letters.named, letters.left, unreadable)


async def _rest_of(
    database: Database, rows: Sequence[Any], recent: Set[str], now: datetime
) -> Sequence[Mapping[str, Any]]:
    """The rows of erasures to come: of files whose records stood in segments that were open."""
    digests, partitions = FileDigests(database), {row.file_id: row.partition for row in rows}
    return [
        NoteOfErasure.rest(one, await digests.digest(one), now).row(partitions[one])
        for one in sorted(recent)
    ]


class _NamedRecords(FoundLetters):
    """Letters, and the digest of the record in ``file-events`` that each is of, by where that stands."""

    def __init__(self) -> None:
        super().__init__()
        self.digests: dict[tuple[int, int], tuple[bytes, frozenset[str]]] = {}

    @override
    def add(self, verdict: LetterVerdict) -> None:
        super().add(verdict)
        if verdict.place is not None and verdict.place.topic == FILE_EVENTS:
            place = verdict.place.partition, verdict.place.offset
            self.digests[place] = verdict.digest, verdict.files


async def _letters_of(log: KafkaLog, sources: Sources) -> _NamedRecords:
    """The dead letters of files, which say where records stand that do not have the key of one."""
    judge, found = LettersOfFiles(sources).judge, _NamedRecords()
    for partition in range(log.partitions):
        async for records in log.replay(DEAD_LETTERS, partition):
            for one in records:
                found.add(judge(one.key, one.value))
    return found


class TopicErasure(NamedTuple):
    """How a topic loses files: :class:`shared.log.kafka.Erasure`, whose files are asked of a partition's records.

    ``service`` reads the topic, if one of ours does.
    """

    topic: str
    service: str | None
    files_of: Callable[[int, Record], Set[str]]
    left_of: Callable[[Record], Record | None] | None = None
    last_holds: bool = False

    def of_partition(self, partition: int) -> Erasure:
        """What one partition loses."""
        whole = Erasure(partial(self.files_of, partition), last_holds=self.last_holds)
        return whole if self.left_of is None else whole._replace(left_of=self.left_of)


def topics_to_rewrite(
    sources: Sources, digests: Mapping[tuple[int, int], tuple[bytes, frozenset[str]]]
) -> Sequence[TopicErasure]:
    """How each topic loses these files; ``digests`` are those of the records of dead letters, with their files."""
    keys, letters = {one.encode(): frozenset((one,)) for one in sources}, LettersOfFiles(sources)
    mentions = Mentions(sources)

    def under_files(_partition: int, record: Record) -> Set[str]:
        return keys.get(record.key, _NONE)

    def of_events(partition: int, record: Record) -> Set[str]:
        if record.key in keys:
            return keys[record.key]
        # A topic made again has another record there.
        for offset in (record.offset, origin_offset(record)):
            digest, files = digests.get((partition, offset), (b"", _NONE))
            if digest and digest == content_digest(record.value):
                return files
        return _NONE

    def of_letters(_partition: int, record: Record) -> Set[str]:
        return letters.judge(record.key, record.value).files

    def of_requests(_partition: int, record: Record) -> Set[str]:
        one = read_line(record.value).record
        return mentions.named(record.value) if one is None else sources.keys() & {one.file}

    def without_files(record: Record) -> Record:
        value = record.value
        for file in of_requests(0, record):
            value, _ = without_file(value, file)
        return record._replace(value=value)

    return (
        TopicErasure(FILE_EVENTS, CLOCK, of_events),
        TopicErasure(DEAD_LETTERS, dead_letter_index.SERVICE, of_letters),
        TopicErasure(BREACH_ALERTS, None, under_files, last_holds=True),
        TopicErasure(AUDIT, AUDIT_SERVICE, of_requests, without_files),
    )


def _pace_of(
    one: TopicErasure,
    database: Database,
    store: ErasureStore,
    partition: int,
    advance: Callable[[int], None],
) -> WaitUntilRead:
    """What waits for the reader of a topic."""
    if one.service is None:
        return partial(_no_pace, advance)
    pace = partial(_pace, database, one.service, partition, advance)
    return partial(_pace_noted, pace, store, partition) if one.topic == FILE_EVENTS else pace


async def _no_pace(advance: Callable[[int], None], offset: int) -> None:
    """Of a topic that others read, as they can."""
    advance(offset)


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
