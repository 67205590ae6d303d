"""A partition counted from its first event in bulk, without a database: each file once.

The clock's own worker counts, and its result does not depend on how the log is cut into batches
(:mod:`shared.domain.countable`): here a batch is all events of some files. Nothing is published.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import NamedTuple
from zlib import crc32

import msgspec
from typing_extensions import override

from services.clock.evaluator import EvaluatedRow, StoredFile
from services.clock.store import SERVICE, ClockStore, ForgettingState, Generation, OwnedPartition
from services.clock.worker import ClockWorker
from shared.database import Claim
from shared.domain import Catalogue
from shared.erasure import EVERY_OFFSET, FileDigests
from shared.log import FILE_EVENTS, Archive, Batch, Record, is_emptied, origin_offset

FILES_PER_BATCH = 5_000
"""Files counted and written at once."""

FilesOfEvents = Mapping[str, Sequence[Record]]


class RecountedRows(NamedTuple):
    """Rows of files, and the records they come from, ``rejected`` included."""

    rows: Sequence[EvaluatedRow]
    records: int
    rejected: int


class Recount:
    """The files of one partition under a generation, as of ``now``."""

    def __init__(
        self,
        catalogue: Catalogue,
        partition: int,
        generation: int,
        now: datetime,
        digests: FileDigests,
    ) -> None:
        claim = Claim(SERVICE, partition, 0, 0)
        owned = OwnedPartition(claim, Generation.under(generation, catalogue, None))
        self._worker = ClockWorker(_EmptyStore(owned, digests), catalogue)
        self._partition = partition
        self._now = now

    async def files(self, log: Archive, last: int, *, slices: int) -> AsyncIterator[RecountedRows]:
        """Every file of the partition up to an offset. Memory holds one slice of its records."""
        await self._worker.claim(self._partition)
        for number in range(slices):
            files: dict[str, list[Record]] = {}
            async for records in log.replay(FILE_EVENTS, self._partition, last=last):
                unreadable, empty = _gather(files, records, number, slices)
                yield RecountedRows((), unreadable + empty, unreadable)
            for part in _parts(files):
                yield await self._count(part)

    async def _count(self, files: FilesOfEvents) -> RecountedRows:
        records = [
            record for of_file in files.values() for record in sorted(of_file, key=_by_offset)
        ]
        batch = Batch(self._partition, records, 1 + max(record.offset for record in records))
        outcome = await self._worker.handle(batch, self._now)
        assert outcome is not None  # there are records
        return RecountedRows(outcome.rows.files, len(records), len(outcome.rejected))


class _EmptyStore(ClockStore):
    """A partition without files."""

    def __init__(self, owned: OwnedPartition, digests: FileDigests) -> None:
        self._owned = owned
        self.digests = digests

    @override
    async def claim(self, partition: int, catalogue: Catalogue) -> OwnedPartition:
        return self._owned

    @override
    async def forgetting_state(self, partition: int) -> ForgettingState:
        return ForgettingState((), has_forgotten=True, decided_to=EVERY_OFFSET)

    @override
    async def files(self, file_ids: Sequence[str]) -> dict[str, StoredFile]:
        return {}


class _Subject(msgspec.Struct):
    """The one field of an event that is decoded to gather its file's records."""

    subject: str


_by_offset = attrgetter("offset")
"""Where a topic was rewritten, records stand behind others that came later."""
_decode_subject = msgspec.json.Decoder(_Subject).decode


class _WithoutFile(NamedTuple):
    """Records of no file: ``unreadable``, or ``empty`` since their file is forgotten."""

    unreadable: int = 0
    empty: int = 0


def _gather(
    files: dict[str, list[Record]], records: Sequence[Record], number: int, slices: int
) -> _WithoutFile:
    """Group the records of one slice by file; those of none are counted in the first slice only."""
    unreadable = empty = 0
    for record in records:
        try:
            file_id = _decode_subject(record.value).subject
        except (msgspec.DecodeError, UnicodeDecodeError):
            if number == 0:
                emptied = is_emptied(record)
                unreadable, empty = unreadable + (not emptied), empty + emptied
            continue
        if crc32(file_id.encode()) % slices == number:
            first = Record(origin_offset(record), b"", record.value)
            files.setdefault(file_id, []).append(first)
    return _WithoutFile(unreadable, empty)


def _parts(files: dict[str, list[Record]]) -> Iterator[FilesOfEvents]:
    """Some files at a time, removed from ``files`` to free their memory."""
    while files:
        names = list(islice(files, FILES_PER_BATCH))
        yield {name: files.pop(name) for name in names}
