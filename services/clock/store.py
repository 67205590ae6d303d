"""The clock's database: histories, the timers' due instants, and the generation of each partition.

Rows, position and generation are written in one transaction behind the fence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, NamedTuple, Self

from msgspec import Meta
from sqlalchemy import Column, ColumnElement, and_, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock.evaluator import STORED_COLUMNS, EvaluatedRow, StoredFile
from services.clock.tables import clock_files, clock_generations
from shared.database import Claim, Database, Write, engine, rebuilds
from shared.domain import LAST, SNAPSHOT_REVISION, Catalogue, History, decode_history
from shared.erasure import (
    GRANTED,
    ErasureStore,
    FileDigests,
    NoteOfErasure,
    erasure_positions,
    erasures,
    forgotten_files,
    not_forgotten,
)
from shared.http import FileKey
from shared.log import topic_identity

SERVICE = "clock"
_OF_FILES = select(*(clock_files.c[name] for name in STORED_COLUMNS))


class CatalogueRefusedError(Exception):
    """This process's catalogue may not take over the partition; the message says what to do."""


class Generation(NamedTuple):
    """The catalogue a partition is counted under, and what its snapshots say (``SNAPSHOT_REVISION``).

    ``regenerated_after`` is set while its files are re-evaluated.
    """

    number: int
    catalogue: str
    revision: int
    catalogue_digest: str
    regenerated_after: str | None
    snapshot_revision: int = SNAPSHOT_REVISION

    @classmethod
    def under(cls, number: int, catalogue: Catalogue, regenerated_after: str | None) -> Self:
        return cls(
            number, catalogue.catalogue, catalogue.revision, catalogue.digest, regenerated_after
        )

    def row(self, partition: int) -> dict[str, Any]:
        """As the table keeps it."""
        columns = clock_generations.columns.keys()
        return dict(zip(columns, (partition, *self), strict=True))


class OwnedPartition(NamedTuple):
    """A partition as this process owns it."""

    claim: Claim
    generation: Generation


class OpenFileFilter(NamedTuple):
    """Which open files to list; None for all. ``units`` is what the reader may see."""

    stage: str | None = None
    standard: str | None = None
    unit: str | None = None
    units: frozenset[str] | None = None


class OpenFileCursor(NamedTuple):
    """Where a page ended."""

    breaches_at: Annotated[int, Meta(ge=0)]
    file_id: FileKey


class ClockRows(NamedTuple):
    """What one step writes; files ``forgotten`` become their pseudonyms, and ``erasures`` are noted.

    Below ``decided_to`` every request to forget a file is decided.
    """

    files: Sequence[EvaluatedRow]
    regenerated_after: str | None
    forgotten: Sequence[tuple[str, str]] = ()
    erasures: Sequence[NoteOfErasure] = ()
    decided_to: int | None = None


class ForgettingState(NamedTuple):
    """What the owner of a partition, who alone forgets its files, knows of them.

    ``decided`` are files to replace by their pseudonyms, ``has_forgotten`` is whether any was forgotten before;
    requests below the offset ``decided_to`` are decided.
    """

    decided: Sequence[NoteOfErasure]
    has_forgotten: bool
    decided_to: int

    def without(self, references: Collection[str]) -> ForgettingState:
        """The state without these erasures to do."""
        decided = [note for note in self.decided if note.reference not in references]
        return self._replace(decided=decided)

    def after(self, rows: ClockRows) -> ForgettingState:
        """The state once these rows are committed."""
        if not rows.erasures and rows.decided_to is None:
            return self
        changed = {note.reference for note in rows.erasures}
        decided = [note for note in self.decided if note.reference not in changed]
        decided += [note for note in rows.erasures if note.stage == GRANTED]
        has_forgotten = self.has_forgotten or bool(rows.erasures)
        return ForgettingState(decided, has_forgotten, max(self.decided_to, rows.decided_to or 0))


class ClockStore:
    """All reads and writes of the clock's tables."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.digests = FileDigests(database)

    async def claim(self, partition: int, catalogue: Catalogue) -> OwnedPartition:
        """Take a partition; begin a new generation if the catalogue is newer, or snapshots say more."""
        async with self.database.transaction() as connection:
            owned = await engine.claim(connection, SERVICE, partition)
            stored = clock_generations.c.partition == partition
            row = (await connection.execute(select(clock_generations).where(stored))).one_or_none()
            if row is None:
                first = Generation.under(1, catalogue, None)
                await connection.execute(clock_generations.insert().values(first.row(partition)))
                return OwnedPartition(owned, first)
            if not _is_newer(row, catalogue):
                return OwnedPartition(owned, Generation(*row[1:]))
            await _require_standards_in_use(connection, partition, catalogue)
            newer = Generation.under(row.generation + 1, catalogue, "")
            await connection.execute(
                update(clock_generations).where(stored).values(newer.row(partition))
            )
            return OwnedPartition(owned, newer)

    async def commit(
        self, owned: OwnedPartition, next_offset: int, rows: ClockRows
    ) -> OwnedPartition:
        """Write rows; raises ``FencedError`` and writes nothing if the partition was lost."""
        writes = [Write(clock_files, [row.columns() for row in rows.files])]
        after = owned.generation._replace(regenerated_after=rows.regenerated_after)
        if after != owned.generation:
            writes.append(Write.named(clock_generations, [after.row(owned.claim.partition)]))
        changes = []
        partition = owned.claim.partition
        if rows.decided_to is not None:
            writes.append(Write(erasure_positions, [(partition, rows.decided_to)]))
        if rows.forgotten or rows.erasures:
            digests = [await self.digests.digest(one.file_id) for one in rows.erasures]
            writes.append(Write(forgotten_files, [(one, partition) for one in digests]))
            noted = [one.row(partition) for one in rows.erasures]
            writes.append(Write.named(erasures, noted))
            changes.append(partial(_rename, rows.forgotten))
        moved = await self.database.commit(owned.claim, next_offset, writes, *changes)
        return OwnedPartition(moved, after)

    async def forgetting_state(self, partition: int) -> ForgettingState:
        """What is known of a partition's files to forget, for its owner."""
        store = ErasureStore(self.database)
        decided = await store.decided(partition)
        known = bool(decided) or await self.digests.known(partition)
        return ForgettingState(decided, known, await store.decided_to(partition))

    async def copied_to(self, partition: int) -> int:
        """Below which offset a partition's records were read before they were copied forward."""
        return await ErasureStore(self.database).copied_to(partition)

    async def rebuilding(self) -> bool:
        """Whether the clock's table is being rebuilt."""
        async with self.database.reading() as connection:
            return SERVICE in await rebuilds.rebuild_progress(connection)

    async def partitions(self) -> int:
        """How many partitions events have; of a directory all have positions from the start."""
        async with self.database.reading() as connection:
            stored = await topic_identity.stored_identity(connection, SERVICE)
            if stored is not None and stored.partitions is not None:
                return stored.partitions
            return await engine.partitions(connection, SERVICE)

    async def ended_before(
        self, partition: int, standard: str, instant: int, limit: int
    ) -> Sequence[str]:
        """Files of a standard or service that ended, and have not changed since, before an instant; the oldest first."""
        file = clock_files.c
        query = select(file.file_id).where(_ended_before(partition, standard, instant))
        query = query.order_by(file.crossed_at, file.file_id).limit(limit)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).scalars().all()

    async def number_ended_before(self, partition: int, standard: str, instant: int) -> int:
        """How many files :meth:`ended_before` has without a limit."""
        due = _ended_before(partition, standard, instant)
        query = select(func.count()).select_from(clock_files).where(due)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).scalar_one()

    async def reached(self, _wanted: Mapping[int, int]) -> Mapping[int, int]:
        """Up to which offset of each partition events are counted."""
        return await self.database.positions(SERVICE)

    async def require_ownership(self, owned: OwnedPartition) -> None:
        """Raise ``FencedError`` if another owner came."""
        await self.database.require_ownership(owned.claim)

    async def require(self, catalogue: Catalogue) -> None:
        """Raise :class:`CatalogueRefusedError` unless this catalogue may take every partition."""
        async with self.database.reading() as connection:
            for row in await connection.execute(select(clock_generations)):
                _is_newer(row, catalogue)

    async def require_candidate(self, candidate: Catalogue) -> None:
        """Raise :class:`CatalogueRefusedError` unless this catalogue could follow the present one.

        As :meth:`claim` does where it begins a generation, for every partition.
        """
        await self.require(candidate)
        async with self.database.reading() as connection:
            for row in await connection.execute(select(clock_generations)):
                await _require_standards_in_use(connection, row.partition, candidate)

    async def files_by_partition(self) -> Mapping[int, int]:
        """How many files each partition has."""
        counted = select(clock_files.c.partition, func.count()).group_by(clock_files.c.partition)
        async with self.database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(counted)}

    async def files(self, file_ids: Sequence[str]) -> dict[str, StoredFile]:
        """The files among these that exist."""
        rows = await self.database.rows_by_key(_OF_FILES, clock_files.c.file_id, file_ids)
        return {row[0]: StoredFile(*row) for row in rows}

    async def history(self, file_id: str) -> History | None:
        """The events of one file; None where there is no such file."""
        files = await self.files([file_id])
        return decode_history(files[file_id].history) if files else None

    async def crossing(self, partition: int, until: int, limit: int) -> Sequence[StoredFile]:
        """Files whose crossing is due, the longest due first."""
        due = clock_files.c.crosses_at
        return await self._of_partition(partition, due, due <= until, limit)

    async def next_crossing(self, partition: int) -> int | None:
        """When the partition's next crossing is due."""
        soonest = select(func.min(clock_files.c.crosses_at)).where(
            clock_files.c.partition == partition
        )
        async with self.database.reading() as connection:
            due: int | None = (await connection.execute(soonest)).scalar_one()
            return due

    async def open_files(
        self, selection: OpenFileFilter, after: OpenFileCursor | None, limit: int
    ) -> Sequence[tuple[OpenFileCursor, StoredFile]]:
        """Open files, soonest breach first, then those that wait; from after a cursor on."""
        query = (
            _OF_FILES.add_columns(clock_files.c.breaches_at)
            .where(clock_files.c.breaches_at.is_not(None))
            .order_by(clock_files.c.breaches_at, clock_files.c.file_id)
            .limit(limit)
        )
        for name in ("stage", "standard", "unit"):
            if (value := getattr(selection, name)) is not None:
                query = query.where(clock_files.c[name] == value)
        if selection.units is not None:
            query = query.where(clock_files.c.unit.in_(sorted(selection.units)))
        if after is not None:
            key = after._replace(breaches_at=min(after.breaches_at, LAST))
            query = query.where(tuple_(clock_files.c.breaches_at, clock_files.c.file_id) > key)
        async with self.database.reading() as connection:
            rows = await connection.execute(query)
            return [(OpenFileCursor(row[-1], row[0]), StoredFile(*row[:-1])) for row in rows]

    async def after(self, partition: int | None, file_id: str, limit: int) -> Sequence[StoredFile]:
        """A partition's files, or all, in order of identifier, from after one on."""
        name = clock_files.c.file_id
        return await self._of_partition(partition, name, name > file_id, limit)

    async def _of_partition(
        self, partition: int | None, order: Column[Any], condition: ColumnElement[bool], limit: int
    ) -> Sequence[StoredFile]:
        """The first files of a partition, or of all, that meet a condition, in the order of a column."""
        selection = _OF_FILES.where(condition)
        if partition is not None:
            selection = selection.where(clock_files.c.partition == partition)
        query = selection.order_by(order).limit(limit)
        async with self.database.reading() as connection:
            return [StoredFile(*row) for row in await connection.execute(query)]


def _ended_before(partition: int, standard: str, instant: int) -> ColumnElement[bool]:
    """Whether a file of a standard or service ended, and has not changed since, before an instant."""
    file = clock_files.c
    return and_(
        file.partition == partition,
        file.breaches_at.is_(None),
        file.standard == standard,
        file.crossed_at < instant,
        not_forgotten(file.file_id),
    )


async def _rename(files: Sequence[tuple[str, str]], connection: AsyncConnection) -> None:
    """Give the rows of files to their pseudonyms, before what they hold is written over."""
    for file_id, pseudonym in files:
        of_file = clock_files.c.file_id == file_id
        await connection.execute(update(clock_files).where(of_file).values(file_id=pseudonym))


async def _require_standards_in_use(
    connection: AsyncConnection, partition: int, catalogue: Catalogue
) -> None:
    """A newer catalogue keeps the standards of all files: else they could not be counted."""
    used = (
        select(clock_files.c.standard)
        .distinct()
        .where(clock_files.c.partition == partition, clock_files.c.standard.is_not(None))
    )
    known = catalogue.listed("standards")
    missing = set((await connection.execute(used)).scalars()).difference(known)
    if missing:
        raise CatalogueRefusedError(
            f"revision {catalogue.revision} of the catalogue {catalogue.catalogue!r} no longer has "
            f"{', '.join(sorted(missing))}, which files were received under: keep it, with an effective_to date"
        )


def _is_newer(row: Any, catalogue: Catalogue) -> bool:
    """Whether catalogue or snapshots are newer than the partition's; raises if they may not take it."""
    theirs = f"revision {row.revision} of the catalogue {row.catalogue!r}"
    if row.catalogue != catalogue.catalogue:
        raise CatalogueRefusedError(
            f"partition {row.partition} is counted under {theirs}; the catalogue given is "
            f"{catalogue.catalogue!r}: use the other one, or another data directory"
        )
    if row.revision > catalogue.revision:
        raise CatalogueRefusedError(
            f"partition {row.partition} is counted under {theirs}; this process has the older revision "
            f"{catalogue.revision}: start it with the newer catalogue"
        )
    if row.snapshot_revision > SNAPSHOT_REVISION:
        raise CatalogueRefusedError(
            f"partition {row.partition} is counted by a newer version of Échéance, whose snapshots say more "
            f"({row.snapshot_revision}, and {SNAPSHOT_REVISION} in this one): start the newer version"
        )
    if row.revision == catalogue.revision and row.catalogue_digest != catalogue.digest:
        raise CatalogueRefusedError(
            f"partition {row.partition} is counted under {theirs}, and this process has another text under "
            "the same revision: raise `revision` in the catalogue that changed"
        )
    says_more = row.snapshot_revision < SNAPSHOT_REVISION
    return bool(says_more or row.revision < catalogue.revision)
