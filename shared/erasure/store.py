"""What the services know of forgotten files, and how far each erasure is.

An erasure is *decided* by the clock that reads the request, *noted* with the row that it replaces, *measured* once compliance has renamed
the file, *unlinked* once the log no longer names it (its identifiers are deleted from here as well),
and *erased* once the stores are clean.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import Database, engine, positions
from shared.domain import microseconds
from shared.erasure.tables import erasure_keys, erasure_positions, erasures, forgotten_files

GRANTED: Final = "decided"
NOTED: Final = "noted"
MEASURED_ANEW: Final = "measured"
UNLINKED: Final = "unlinked"
ERASED: Final = "erased"

EVERY_OFFSET: Final = (1 << 63) - 1
"""Requests are decided by the live clock alone: to a rebuild all are."""

REPEAT: Final = "repeat"
"""Who asked, where nobody did."""
_REST: Final = "rest"
"""Begins the reference of an erasure of what a topic may hold of a file after its own."""

_COPIED: Final = "erasure"
"""In the table of positions: up to where the clock had read a partition before it was copied forward."""

_NOTE_COPIED: Final = text(
    'INSERT INTO positions (service, "partition", next_offset, epoch) '
    'VALUES (:service, :partition, :next_offset, 0) ON CONFLICT (service, "partition") '
    "DO UPDATE SET next_offset = excluded.next_offset "
    "WHERE positions.next_offset < excluded.next_offset"
)

_DIGESTS: Final = select(forgotten_files.c.digest)
_PLACED_DIGESTS: Final = select(forgotten_files.c.digest, forgotten_files.c.partition)
_REFERENCE_BYTES: Final = 8
_ROWS_TOGETHER: Final = 1_000


class NoteOfErasure(NamedTuple):
    """A row of the table; ``pseudonym`` is None where nothing of the file was counted."""

    reference: str
    file_id: str
    pseudonym: str | None
    requested_by: str
    requested_at: int
    stage: str

    @classmethod
    def decided(
        cls, file_id: str, pseudonym: str | None, requested_by: str, requested_at: int
    ) -> Self:
        """Of a file that is to be forgotten."""
        stage = MEASURED_ANEW if pseudonym is None else GRANTED
        reference = secrets.token_hex(_REFERENCE_BYTES)
        return cls(reference, file_id, pseudonym, requested_by, requested_at, stage)

    @classmethod
    def repeat(cls, file_id: str, digest: str, now: datetime) -> Self:
        """Of a file that was forgotten before and has come again: what came is erased too.

        However often it comes, there is one row of it.
        """
        reference = f"{REPEAT}-{digest}"
        return cls(reference, file_id, None, REPEAT, microseconds(now), MEASURED_ANEW)

    @classmethod
    def rest(cls, file_id: str, digest: str, now: datetime) -> Self:
        """Of a file whose erasure is done, but for bytes in segments of topics that are open yet."""
        return cls.repeat(file_id, digest, now)._replace(reference=f"{_REST}-{digest}")

    def row(self, partition: int) -> Mapping[str, Any]:
        """As the table keeps it."""
        return {**self._asdict(), "partition": partition, "erased_at": None}


def is_rest(erasure: Any) -> bool:
    """Whether an erasure is of what was left in open segments (:meth:`NoteOfErasure.rest`)."""
    return bool(erasure.reference.startswith(f"{_REST}-"))


class FileDigests:
    """The digests of forgotten files, by which their repeated events are known."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key = b""

    async def known(self, partition: int) -> bool:
        """Whether any file of a partition was forgotten."""
        mine = _DIGESTS.where(forgotten_files.c.partition == partition).limit(1)
        async with self._database.reading() as connection:
            return (await connection.execute(mine)).first() is not None

    async def forgotten(self, file_ids: Collection[str]) -> Mapping[str, str]:
        """The files among these that were forgotten, with their digests."""
        if not file_ids:
            return {}
        by_digest = {await self.digest(file_id): file_id for file_id in file_ids}
        column = forgotten_files.c.digest
        rows = await self._database.rows_by_key(_DIGESTS, column, list(by_digest))
        return {by_digest[row[0]]: row[0] for row in rows}

    async def repeats(
        self, file_ids: Collection[str], now: datetime
    ) -> Mapping[str, Mapping[str, Any]]:
        """The files among these that were forgotten, each with the row of its erasure.

        Whoever met them in a topic, some time after, has what names them there erased so.
        """
        by_digest = {
            digest: file_id for file_id, digest in (await self.forgotten(file_ids)).items()
        }
        if not by_digest:
            return {}
        column = forgotten_files.c.digest
        rows = await self._database.rows_by_key(_PLACED_DIGESTS, column, list(by_digest))
        return {
            by_digest[digest]: NoteOfErasure.repeat(by_digest[digest], digest, now).row(partition)
            for digest, partition in rows
        }

    async def digest(self, file_id: str) -> str:
        """A keyed digest, 128 bits in hexadecimal."""
        if not self._key:
            async with self._database.reading() as connection:
                key = (await connection.execute(select(erasure_keys.c.key))).scalar_one()
            self._key = bytes.fromhex(key)
        return blake2b(file_id.encode(), digest_size=16, key=self._key).hexdigest()


class ErasureStore:
    """How far erasures are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def files_of(self, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """The file of each pseudonym whose erasure is noted, and not unlinked yet."""
        if not pseudonyms:
            return {}
        known = erasures.c.pseudonym.in_(pseudonyms) & (erasures.c.stage != GRANTED)
        query = select(erasures.c.pseudonym, erasures.c.file_id).where(known)
        async with self._database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def decided(self, partition: int) -> Sequence[NoteOfErasure]:
        """What a partition's owner has decided and not done yet, the first decided first."""
        table = erasures.c
        query = select(*(table[name] for name in NoteOfErasure._fields))
        query = query.where(table.stage == GRANTED, table.partition == partition)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(table.requested_at, table.reference))
            return [NoteOfErasure(*row) for row in rows]

    async def decided_to(self, partition: int) -> int:
        """Below which offset of a partition every request is decided; 0 where there was none."""
        mine = erasure_positions.c.partition == partition
        async with self._database.reading() as connection:
            query = select(erasure_positions.c.decided_to).where(mine)
            return (await connection.execute(query)).scalar_one_or_none() or 0

    async def copied_to(self, partition: int) -> int:
        """Below which offset the clock has read what is copied; 0 where nothing was, or a topic adopted since."""
        async with self._database.reading() as connection:
            noted = await engine.next_offsets(connection, _COPIED)
        return noted.get(partition, 0)

    async def note_copied(self, partition: int, offset: int) -> None:
        """Note that the clock has read a partition up to an offset, before more of it is copied."""
        noted = {"service": _COPIED, "partition": partition, "next_offset": offset}
        async with self._database.transaction() as connection:
            await connection.execute(_NOTE_COPIED, noted)

    async def at_stage(
        self, stage: str, limit: int, before: datetime | None = None, *, repeats: bool = True
    ) -> Sequence[Any]:
        """Erasures at a stage that were requested ``before`` then, the first requested first."""
        first = select(erasures).where(erasures.c.stage == stage)
        if before is not None:
            first = first.where(erasures.c.requested_at < microseconds(before))
        if not repeats:
            first = first.where(erasures.c.requested_by != REPEAT)
        first = first.order_by(erasures.c.requested_at, erasures.c.reference).limit(limit)
        async with self._database.reading() as connection:
            return (await connection.execute(first)).all()

    async def unfinished(self) -> Sequence[tuple[str, int]]:
        """The stage of each erasure that is not finished, and when it was requested."""
        query = select(erasures.c.stage, erasures.c.requested_at).where(erasures.c.stage != ERASED)
        async with self._database.reading() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]

    async def finish(self, at: int) -> int:
        """Note that the stores are clean of every unlinked file; how many erasures that ends."""
        ended = update(erasures).where(erasures.c.stage == UNLINKED)
        repeats = (erasures.c.stage == ERASED) & (erasures.c.requested_by == REPEAT)
        async with self._database.transaction() as connection:
            result = await connection.execute(ended.values(stage=ERASED, erased_at=at))
            await connection.execute(erasures.delete().where(repeats))
            return result.rowcount


async def reset_copied(connection: AsyncConnection) -> None:
    """Forget what was read: a topic was adopted, and its copies are read for the first time."""
    await connection.execute(positions.delete().where(positions.c.service == _COPIED))


async def unlink(connection: AsyncConnection, rows: Sequence[Any]) -> None:
    """Delete the identifiers of erasures as they were read: nothing says any more whose a life was.

    One that was asked for again meanwhile, since its file was repeated, stays to be done.
    """
    as_read = [(row.reference, row.requested_at) for row in rows]
    changes = {"file_id": None, "pseudonym": None, "stage": UNLINKED}
    for at in range(0, len(as_read), _ROWS_TOGETHER):
        of_these = tuple_(erasures.c.reference, erasures.c.requested_at).in_(
            as_read[at : at + _ROWS_TOGETHER]
        )
        await connection.execute(update(erasures).where(of_these).values(**changes))
