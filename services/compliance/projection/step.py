"""The rows that one step of compliance writes: newer snapshots, and what each changes in the tallies.

Performs no IO. Each snapshot is compared with the one folded before; all rows of a step, its alerts and
its position are committed in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from services.compliance.projection import listing_key, tables
from services.compliance.projection.corrections import (
    Correction,
    changed_answers,
    corrections_of,
    measured_cycles_of,
    ordinal,
)
from services.compliance.projection.delay_tallies import DelayKey, delay_cells, delay_keys
from services.compliance.projection.listing_key import NOT_LISTED, ListingKey
from services.compliance.projection.rollups import rollup_cells
from services.compliance.projection.snapshot_tallies import (
    OPEN_BASES,
    TallyKey,
    anomalies_of,
    difference,
    repeated_keys,
    tally_keys,
)
from services.compliance.projection.stop_rules import changed_findings, stop_facts
from shared.database import StoredRow, Write
from shared.domain import ClockSnapshot, encode, microseconds


class Step:
    """Snapshots of one partition, folded one by one as of ``now``; ``zone`` gives their local days."""

    def __init__(self, partition: int, now: datetime, zone: tzinfo) -> None:
        self._partition = partition
        self._now = now
        self._zone = zone
        self._files: list[StoredRow] = []
        self._cycles: list[StoredRow] = []
        self._findings: list[StoredRow] = []
        self._corrections: list[Mapping[str, Any]] = []
        self._removed: list[TallyKey] = []
        self._added: list[TallyKey] = []
        self._delays_removed: list[DelayKey] = []
        self._delays_added: list[DelayKey] = []
        self._anomalies: Counter[tuple[str, str, str]] = Counter()

    def fold(self, before: ClockSnapshot | None, snapshot: ClockSnapshot, value: bytes) -> None:
        """Replace a file's snapshot by a newer one, stored as ``value``."""
        file_id = snapshot.file_id
        self._list(before, snapshot, value)
        self._added += tally_keys(snapshot, self._zone)
        self._delays_added += delay_keys(snapshot)
        if snapshot.anomalies:
            self._anomalies.update(anomalies_of(snapshot))
        if before is not None:
            self._removed += tally_keys(before, self._zone)
            self._delays_removed += delay_keys(before)
            if before.anomalies:
                self._anomalies.subtract(anomalies_of(before))
        old, new = measured_cycles_of(before), measured_cycles_of(snapshot)
        if old != new:
            for cycle_key, cycle in changed_answers(old, new):
                self._cycles.append((file_id, *cycle_key, self._partition, *cycle))
        self._verify(before, snapshot)
        for correction in corrections_of(before, snapshot, self._now, self._zone):
            self._corrections.append(_correction(snapshot, correction))

    def _verify(self, before: ClockSnapshot | None, snapshot: ClockSnapshot) -> None:
        """The tallies of stops, and the cycles that are to verify."""
        old, new = stop_facts(before), stop_facts(snapshot)
        if old != new:
            self._removed += old.keys
            self._added += new.keys
            for (of_standard, cycle, rule), row in changed_findings(old.rows, new.rows):
                key = snapshot.file_id, of_standard, cycle, rule
                self._findings.append((*key, self._partition, *row))

    def _list(self, before: ClockSnapshot | None, snapshot: ClockSnapshot, value: bytes) -> None:
        """The row of a file; where it has several standards, or had, one of each beside it."""
        after, earlier = listing_key.parts(snapshot), listing_key.parts(before) if before else {}
        key = NOT_LISTED if after else listing_key.of_snapshot(snapshot)
        self._files.append(self._row(snapshot, "", value, key))
        if after or earlier:
            gone = dict.fromkeys(earlier, listing_key.without_cycles(snapshot))
            for standard, part in {**gone, **after}.items():
                of_part = listing_key.of_snapshot(part)
                self._files.append(self._row(part, standard, encode(part), of_part))
            self._added += repeated_keys(snapshot, self._zone)
            if before is not None:
                self._removed += repeated_keys(before, self._zone)

    def _row(
        self, snapshot: ClockSnapshot, of_standard: str, value: bytes, key: ListingKey
    ) -> StoredRow:
        listing = snapshot.standard, snapshot.unit, key.column, key.breaches_at
        return (snapshot.file_id, of_standard, self._partition, value, *listing)

    def writes(self, position: int) -> list[Write]:
        """The writes of the step, up to and including ``position``."""
        partition = self._partition
        past: list[StoredRow] = []
        present: list[StoredRow] = []
        for cell, files in rollup_cells(difference(self._removed, self._added)).items():
            basis, _, *key = cell
            if basis in OPEN_BASES:
                present.append((basis, *key, partition, files))
            else:
                past.append((*cell, partition, files))
        changes = difference(self._delays_removed, self._delays_added)
        delays = [(*cell, partition, files) for cell, files in delay_cells(changes).items()]
        counted = [
            (*anomaly, partition, events) for anomaly, events in self._anomalies.items() if events
        ]
        noted = {"partition": partition, "position": position, "noted_at": microseconds(self._now)}
        numbered = [
            {**row, **noted, "number": number} for number, row in enumerate(self._corrections)
        ]
        return [
            Write(tables.compliance_files, self._files),
            Write(tables.tallies, past, adds_to="files"),
            Write(tables.open_tallies, present, adds_to="files"),
            Write(tables.delay_tallies, delays, adds_to="files"),
            Write(tables.anomaly_tallies, counted, adds_to="events"),
            Write(tables.measured_cycles, self._cycles),
            Write(tables.stop_findings, self._findings),
            Write.named(tables.corrections_table, numbered),
        ]


def _correction(snapshot: ClockSnapshot, correction: Correction) -> dict[str, Any]:
    old, new, cause = correction.old, correction.new, correction.cause
    return {
        **correction.answer._asdict(),
        "file_id": snapshot.file_id,
        "generation": snapshot.generation,
        "old_day": ordinal(old.day) if old else None,
        "old_result": old.outcome if old else None,
        "new_day": ordinal(new.day) if new else None,
        "new_result": new.outcome if new else None,
        "source": cause.source if cause else None,
        "event_id": cause.id if cause else None,
        "event_type": cause.type if cause else None,
        "recorded_at": microseconds(cause.recorded_at) if cause else None,
    }
