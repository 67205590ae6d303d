"""The compliance service's step of the loop: a batch of snapshots → tallies and alerts.

Only the newest snapshot of each file counts, and only if its version is greater than that of the one
already folded: a snapshot published late by a fenced clock changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.compliance.alerts import SERVICE, law, rows
from services.compliance.projection.step import Step
from services.compliance.projection.store import ComplianceStore
from shared.database import Claim, Write
from shared.domain import UNREADABLE, Catalogue, ClockSnapshot, decode_snapshot
from shared.log import Batch, Outcome, RejectedRecord

FILES_PER_YIELD = 500
"""Files folded between two yields to the event loop, for acknowledgements and heartbeats."""


_Fold = tuple[ClockSnapshot | None, ClockSnapshot]
"""A file's last snapshot folded, and the newer one."""


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
        self._computing = asyncio.Lock()
        """One partition computes at a time, as in the clock's worker."""

    async def claim(self, partition: int) -> int:
        self._claims[partition] = await self._store.claim(partition)
        self._recounted_to[partition] = await self._store.recounted_to(partition)
        return self._claims[partition].next_offset

    def has_due(self, batch: Batch, now: datetime) -> bool:
        return batch.next_offset > self._claims[batch.partition].next_offset

    async def handle(self, batch: Batch, now: datetime) -> Outcome[list[Write]] | None:
        if not self.has_due(batch, now):
            return None
        newest, refused = _newest(batch)
        folded = await self._store.snapshots(list(newest))
        recounted_to = self._recounted_to[batch.partition]
        step = Step(batch.partition, now, self._zone, recounted_to)
        folds: list[_Fold] = []
        async with self._computing:
            for number, (file_id, (snapshot, value)) in enumerate(newest.items()):
                if number % FILES_PER_YIELD == 0:
                    await asyncio.sleep(0)
                before = folded.get(file_id)
                if before is None or snapshot.version > before.version:
                    step.fold(before, snapshot, value)
                    folds.append((before, snapshot))
        writes = [*step.writes(batch.next_offset), *await self._alert_writes(batch, folds, now)]
        return Outcome(batch.partition, batch.next_offset, {}, writes, refused)

    async def _alert_writes(
        self, batch: Batch, folds: Sequence[_Fold], now: datetime
    ) -> Sequence[Write]:
        """The alerts that these snapshots raise, update and resolve, and their tallies."""
        candidates = [fold for fold in folds if law.may_change(*fold)]
        stored = await self._store.alerts([after.file_id for _, after in candidates])
        changed = [
            alert
            for before, after in candidates
            for alert in law.alert_changes(
                stored.get(after.file_id, ()), before, after, now, warned=self._warned
            )
        ]
        before = (alert for of_file in stored.values() for alert in of_file)
        return rows.writes(before, changed, batch.partition, batch.next_offset)

    async def commit(self, outcome: Outcome[list[Write]]) -> None:
        claim = self._claims[outcome.partition]
        self._claims[outcome.partition] = await self._store.commit(
            claim, outcome.next_offset, outcome.rows
        )


def _newest(batch: Batch) -> tuple[dict[str, tuple[ClockSnapshot, bytes]], list[RejectedRecord]]:
    """The newest snapshot of each file in a batch, and the records that are not snapshots."""
    newest: dict[str, tuple[ClockSnapshot, bytes]] = {}
    refused = []
    for record in batch.records:
        try:
            snapshot = decode_snapshot(record.value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            refused.append(RejectedRecord(record, UNREADABLE, str(error)))
            continue
        earlier = newest.get(snapshot.file_id)
        if earlier is None or snapshot.version > earlier[0].version:
            newest[snapshot.file_id] = snapshot, record.value
    return newest, refused
