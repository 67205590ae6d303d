"""The compliance service's step of the loop: a batch of snapshots → tallies and alerts.

Only the newest snapshot of each file counts, and only if its version is greater than that of the one
already folded: a snapshot published late by a fenced clock changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from services.compliance.alerts import SERVICE, law, rows
from services.compliance.projection.forgetting import Renamings, is_renaming
from services.compliance.projection.step import Step
from services.compliance.projection.store import ComplianceStore
from shared.database import Claim, Write
from shared.domain import PSEUDONYM_MARK, UNREADABLE, Catalogue, ClockSnapshot, decode_snapshot
from shared.erasure import NoteOfErasure, erasures
from shared.errors import UnavailableError
from shared.log import Batch, Outcome, Record, RejectedRecord

_MARK = PSEUDONYM_MARK.encode()

FILES_PER_YIELD = 20
"""Files folded between two yields to the event loop, for acknowledgements and heartbeats."""


_Fold = tuple[ClockSnapshot | None, ClockSnapshot]
"""A file's last snapshot folded, and the newer one."""


class ComplianceRows(NamedTuple):
    """What one step writes, and the files that it renames."""

    writes: Sequence[Write]
    renamings: Renamings | None = None


class ComplianceWorker:
    """The port :class:`shared.log.ports.Worker` of compliance."""

    service = SERVICE

    def __init__(self, store: ComplianceStore, catalogue: Catalogue) -> None:
        self._store = store
        self._warned = {
            name for name, standard in catalogue.standards.items() if standard.has_thresholds
        }
        self._zone = catalogue.zone
        self._claims: dict[int, Claim] = {}
        self._recounted_to: dict[int, int] = {}
        self._has_forgotten: dict[int, bool] = {}
        self._computing = asyncio.Lock()
        """One partition computes at a time, as in the clock's worker."""

    async def claim(self, partition: int) -> int:
        self._claims[partition] = await self._store.claim(partition)
        self._recounted_to[partition] = await self._store.recounted_to(partition)
        self._has_forgotten[partition] = await self._store.digests.known(partition)
        return self._claims[partition].next_offset

    def has_due(self, batch: Batch, now: datetime) -> bool:
        return batch.next_offset > self._claims[batch.partition].next_offset

    async def handle(self, batch: Batch, now: datetime) -> Outcome[ComplianceRows] | None:
        if not self.has_due(batch, now):
            return None
        # What renames files is a step of its own, after what came before it.
        batch, renamed = _until_renaming(batch, self._claims[batch.partition].next_offset)
        newest, refused = _newest(batch)
        pseudonyms = await self._pseudonyms(renamed)
        folded = await self._store.snapshot_bytes([*newest, *pseudonyms])
        for file_id, pseudonym in pseudonyms.items():
            if file_id in folded:
                folded[pseudonym] = folded.pop(file_id)
        late = await self._forgotten(batch.partition, newest.keys() - folded.keys())
        for file_id in late:
            del newest[file_id]  # published by a clock that had lost its partition
        recounted_to = self._recounted_to[batch.partition]
        step = Step(batch.partition, now, self._zone, recounted_to)
        may_alert: list[_Fold] = []
        async with self._computing:
            for number, (file_id, (snapshot, value)) in enumerate(newest.items()):
                if number % FILES_PER_YIELD == 0:
                    await asyncio.sleep(0)
                # One decoded here is still in the processor's cache when it is read.
                stored = folded.get(file_id)
                before = None if stored is None else decode_snapshot(stored)
                if before is not None and before.file_id != file_id:
                    before = replace(before, file_id=file_id)  # a pseudonym, whatever its version
                elif before is not None and snapshot.version <= before.version:
                    continue
                step.fold(before, snapshot, value)
                if law.may_change(before, snapshot):
                    may_alert.append((before, snapshot))
        writes = step.writes(batch.next_offset)
        if not pseudonyms:
            writes += await self._alert_writes(batch, may_alert, now)
        again = [
            NoteOfErasure.repeat(file_id, digest, now).row(batch.partition)
            for file_id, digest in late.items()
        ]
        writes.append(Write.named(erasures, again))
        renamings = Renamings(batch.partition, pseudonyms) if pseudonyms else None
        rows = ComplianceRows(writes, renamings)
        return Outcome(batch.partition, batch.next_offset, {}, rows, refused)

    async def _forgotten(self, partition: int, file_ids: Iterable[str]) -> Mapping[str, str]:
        """The files among these, which have no row, that were forgotten, with their digests."""
        if not self._has_forgotten[partition]:
            return {}
        return await self._store.digests.forgotten(list(file_ids))

    async def _pseudonyms(self, renamed: Sequence[ClockSnapshot]) -> Mapping[str, str]:
        """Which file each first snapshot under a pseudonym renames; those that are renamed are left out.

        Raises ``UnavailableError`` until the clock has committed: it publishes first.
        """
        if not renamed:
            return {}
        names = {one.file_id for one in renamed}
        done = await self._store.snapshots(list(names))
        files = await self._store.files_of([one for one in names if one not in done])
        if len(files) + len(done) < len(names):
            raise UnavailableError("the clock has not noted yet which files it forgot")
        return {file_id: pseudonym for pseudonym, file_id in files.items()}

    async def _alert_writes(
        self, batch: Batch, folds: Sequence[_Fold], now: datetime
    ) -> Sequence[Write]:
        """The alerts that these snapshots raise, update and resolve, and their tallies."""
        stored = await self._store.alerts([after.file_id for _, after in folds])
        changed = [
            alert
            for before, after in folds
            for alert in law.alert_changes(
                stored.get(after.file_id, ()), before, after, now, warned=self._warned
            )
        ]
        before = (alert for of_file in stored.values() for alert in of_file)
        return rows.writes(before, changed, batch.partition, batch.next_offset)

    async def commit(self, outcome: Outcome[ComplianceRows]) -> None:
        claim = self._claims[outcome.partition]
        writes, renamings = outcome.rows
        changes = [] if renamings is None else [renamings]
        self._claims[outcome.partition] = await self._store.commit(
            claim, outcome.next_offset, writes, *changes
        )
        if renamings is not None:
            self._has_forgotten[outcome.partition] = True


def _until_renaming(batch: Batch, first: int) -> tuple[Batch, Sequence[ClockSnapshot]]:
    """The records from an offset on up to one that renames a file; or, with none before it, all that do.

    With their snapshots in the second case.
    """
    records = [one for one in batch.records if one.offset >= first]
    if not [one for one in records if one.key.startswith(_MARK)]:
        return batch._replace(records=records), ()
    renaming: list[ClockSnapshot] = []
    others = 0
    for place, record in enumerate(records):
        snapshot = _renaming_snapshot(record)
        if (others and snapshot is not None) or (renaming and snapshot is None and record.value):
            return Batch(batch.partition, records[:place], record.offset), renaming
        if snapshot is not None:
            renaming.append(snapshot)
        others += snapshot is None and bool(record.value)
    return batch._replace(records=records), renaming


def _renaming_snapshot(record: Record) -> ClockSnapshot | None:
    """The snapshot of a record that renames a file; of any other None, mostly without reading it."""
    if not record.value or not record.key.startswith(_MARK):
        return None
    try:
        snapshot = decode_snapshot(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return snapshot if is_renaming(snapshot) else None


def _newest(batch: Batch) -> tuple[dict[str, tuple[ClockSnapshot, bytes]], list[RejectedRecord]]:
    """The newest snapshot of each file in a batch, and the records that are not snapshots."""
    newest: dict[str, tuple[ClockSnapshot, bytes]] = {}
    refused = []
    for record in batch.records:
        try:
            snapshot = decode_snapshot(record.value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if not record.value:  # a tombstone: the file is forgotten
                continue
            refused.append(RejectedRecord(record, UNREADABLE, str(error)))
            continue
        earlier = newest.get(snapshot.file_id)
        if earlier is None or snapshot.version > earlier[0].version:
            newest[snapshot.file_id] = snapshot, record.value
    return newest, refused
