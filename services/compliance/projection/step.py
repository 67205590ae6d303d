"""What a step of compliance writes: newer snapshots of files, and the rows that follow from what each of them changes.

Pure. Everything a snapshot changes is found by comparing it with the one folded before, and is committed with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from services.compliance.projection import corrections as memberships
from services.compliance.projection.corrections import Correction, ordinal
from services.compliance.projection.listing_key import of_snapshot
from services.compliance.projection.rollups import rollup_cells
from services.compliance.projection.snapshot_tallies import (
    OPEN,
    TallyKey,
    anomalies,
    difference,
    tally_keys,
)
from services.compliance.projection.tables import (
    anomaly_tallies,
    compliance_files,
    corrections_table,
    measured_cycles,
    open_tallies,
    tallies,
)
from shared.database import Row, Write
from shared.domain import ClockSnapshot, microseconds


class Step:
    """Snapshots of one partition, folded one by one as of ``now``; ``zone`` makes local days of instants."""

    def __init__(self, partition: int, now: datetime, zone: tzinfo) -> None:
        self._partition = partition
        self._now = now
        self._zone = zone
        self._files: list[Row] = []
        self._cycles: list[Row] = []
        self._corrections: list[Mapping[str, Any]] = []
        self._taken_back: list[TallyKey] = []
        self._added: list[TallyKey] = []
        self._anomalies: Counter[tuple[str, str, str]] = Counter()

    def fold(self, before: ClockSnapshot | None, snapshot: ClockSnapshot, value: bytes) -> None:
        """Take a file's newer snapshot, stored as ``value``, in the place of the one before."""
        file_id, stands = snapshot.file_id, of_snapshot(snapshot)
        known = snapshot.standard, snapshot.unit, stands.column, stands.breaches_at
        self._files.append((file_id, self._partition, value, *known))
        self._added += tally_keys(snapshot, self._zone)
        if snapshot.anomalies:
            self._anomalies.update(anomalies(snapshot))
        if before is not None:
            self._taken_back += tally_keys(before, self._zone)
            if before.anomalies:
                self._anomalies.subtract(anomalies(before))
        was, is_now = (
            memberships.measured_cycles_of(before),
            memberships.measured_cycles_of(snapshot),
        )
        if was != is_now:
            for number, membership in memberships.changed_answers(was, is_now):
                self._cycles.append((file_id, number, self._partition, *membership))
        for correction in memberships.corrections_of(before, snapshot, self._now, self._zone):
            self._corrections.append(_correction(snapshot, correction))

    def writes(self, position: int) -> list[Write]:
        """What to write, with the position that explains it."""
        partition = self._partition
        past: list[Row] = []
        present: list[Row] = []
        for cell, files in rollup_cells(difference(self._taken_back, self._added)).items():
            basis, _, *place = cell
            if basis in OPEN:
                present.append((basis, *place, partition, files))
            else:
                past.append((*cell, partition, files))
        counted = [
            (*found, partition, events) for found, events in self._anomalies.items() if events
        ]
        noted = {
            "partition": partition,
            "position": position,
            "noted_at": microseconds(self._now),
        }
        numbered = [
            {**row, **noted, "number": number} for number, row in enumerate(self._corrections)
        ]
        return [
            Write(compliance_files, self._files),
            Write(tallies, past, adds_to="files"),
            Write(open_tallies, present, adds_to="files"),
            Write(anomaly_tallies, counted, adds_to="events"),
            Write(measured_cycles, self._cycles),
            Write.named(corrections_table, numbered),
        ]


def _correction(snapshot: ClockSnapshot, correction: Correction) -> dict[str, Any]:
    old, new, cause = correction.old, correction.new, correction.cause
    return {
        **correction.answer._asdict(),
        "file_id": snapshot.file_id,
        "generation": snapshot.generation,
        "old_day": ordinal(old.day) if old else None,
        "old_result": _result(old.on_time) if old else None,
        "new_day": ordinal(new.day) if new else None,
        "new_result": _result(new.on_time) if new else None,
        "source": cause.source if cause else None,
        "event_id": cause.id if cause else None,
        "event_type": cause.type if cause else None,
        "recorded_at": microseconds(cause.recorded_at) if cause else None,
    }


def _result(on_time: bool) -> str:
    return "on_time" if on_time else "late"
