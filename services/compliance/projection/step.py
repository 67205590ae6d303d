"""The rows that one step of compliance writes: newer snapshots, and what each changes in the tallies.

Performs no IO. Each snapshot is compared with the one folded before; all rows of a step, its alerts and
its position are committed in one transaction.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from services.compliance.projection import listing_key, tables
from services.compliance.projection.corrections import (
    Correction,
    CycleKey,
    MeasuredCycle,
    changed_answers,
    corrections_of,
    measured_cycles_of,
    ordinal,
)
from services.compliance.projection.delay_tallies import DelayKey, delay_cells, delay_keys
from services.compliance.projection.known_changes import (
    RECOUNT,
    concerns_past,
    known_at,
    known_cells,
    local_ordinal,
    superseded,
)
from services.compliance.projection.listing_key import NOT_LISTED, ListingKey
from services.compliance.projection.rollups import rollup_cells
from services.compliance.projection.snapshot_tallies import (
    OPEN_BASES,
    TallyKey,
    anomalies_of,
    count,
    difference,
    has_results,
    repeated_keys,
    tally_keys,
)
from services.compliance.projection.stop_rules import changed_findings, stop_facts
from shared.database import StoredRow, Write
from shared.domain import ClockSnapshot, encode, microseconds


class Step:
    """Snapshots of one partition, folded one by one as of ``now``; ``zone`` gives their local days."""

    def __init__(self, partition: int, now: datetime, zone: tzinfo, recounted_to: int = 0) -> None:
        self._partition = partition
        self._recounted_to = recounted_to
        self._now = now
        self._zone = zone
        self._files: list[StoredRow] = []
        self._cycles: list[StoredRow] = []
        self._findings: list[StoredRow] = []
        self._corrections: list[Mapping[str, Any]] = []
        self._known_cycles: list[tuple[StoredRow, StoredRow]] = []
        self._known_files: dict[int, list[str]] = defaultdict(list)
        self._changes: dict[int, dict[TallyKey, int]] = defaultdict(dict)
        """The changes of tallies by the day on which they became known: summed at once, as most meet again."""
        self._delays_removed: list[DelayKey] = []
        self._delays_added: list[DelayKey] = []
        self._anomalies: Counter[tuple[str, str, str]] = Counter()

    def fold(self, before: ClockSnapshot | None, snapshot: ClockSnapshot, value: bytes) -> None:
        """Replace a file's snapshot by a newer one, stored as ``value``."""
        known_on = self._known_on(before, snapshot)
        self._list(before, snapshot, value, known_on)
        self._tally(before, snapshot, known_on)
        if has_results(snapshot) or (before is not None and has_results(before)):
            self._measure(before, snapshot, known_on)
        for correction in corrections_of(before, snapshot, self._now, self._zone):
            self._corrections.append(_correction(snapshot, correction))

    def _tally(self, before: ClockSnapshot | None, snapshot: ClockSnapshot, known_on: int) -> None:
        new = tally_keys(snapshot, self._zone)
        old = tally_keys(before, self._zone) if before is not None else []
        if old and new and old[0] == new[0]:  # a reception, which seldom changes
            del old[0], new[0]
        self._change(known_on, old, new)
        if snapshot.anomalies:
            self._anomalies.update(anomalies_of(snapshot))
        if before is not None and before.anomalies:
            self._anomalies.subtract(anomalies_of(before))

    def _change(self, known_on: int, old: Iterable[TallyKey], new: Iterable[TallyKey]) -> None:
        changes = self._changes[known_on]
        count(changes, new, 1)
        count(changes, old, -1)

    def _measure(
        self, before: ClockSnapshot | None, snapshot: ClockSnapshot, known_on: int
    ) -> None:
        """What a file had, or has, that ended or is overdue: delays, measured cycles, stops to verify."""
        self._delays_added += delay_keys(snapshot)
        if before is not None:
            self._delays_removed += delay_keys(before)
        file_id = snapshot.file_id
        old, new = measured_cycles_of(before), measured_cycles_of(snapshot)
        if old != new:
            changed = changed_answers(old, new)
            self._cycles += [(file_id, *key, self._partition, *cycle) for key, cycle in changed]
            if before is None:
                if any(concerns_past(cycle, known_on) for _, cycle in changed):
                    self._known_files[known_on].append(file_id)
            else:
                self._keep_earlier(file_id, old, changed, known_on)
        self._verify(before, snapshot, known_on)

    def _keep_earlier(
        self,
        file_id: str,
        old: Mapping[CycleKey, MeasuredCycle],
        changed: Iterable[tuple[CycleKey, MeasuredCycle]],
        known_on: int,
    ) -> None:
        """Cycles as they were listed, where that changes too late for a day of theirs."""
        for cycle_key, cycle in changed:
            earlier = superseded(old.get(cycle_key), cycle, known_on)
            if earlier is not None:
                key = file_id, *cycle_key, known_on
                self._known_cycles.append((key, (self._partition, *earlier)))

    def _known_on(self, before: ClockSnapshot | None, snapshot: ClockSnapshot) -> int:
        """The local day on which what changes became known; ``RECOUNT`` where nothing did.

        A rebuild folds a file once more for each event that it had: a crossing is of none.
        """
        position = snapshot.position
        if position < self._recounted_to and (before is None or before.position < position):
            return RECOUNT
        return local_ordinal(known_at(before, snapshot, self._now), self._zone)

    def _verify(self, before: ClockSnapshot | None, snapshot: ClockSnapshot, known_on: int) -> None:
        """The tallies of stops, and the cycles that are to verify."""
        old, new = stop_facts(before), stop_facts(snapshot)
        if old != new:
            self._change(known_on, old.keys, new.keys)
            for (of_standard, cycle, rule), row in changed_findings(old.rows, new.rows):
                key = snapshot.file_id, of_standard, cycle, rule
                self._findings.append((*key, self._partition, *row))

    def _list(
        self, before: ClockSnapshot | None, snapshot: ClockSnapshot, value: bytes, known_on: int
    ) -> None:
        """The row of a file; where it has several standards, or had, one of each beside it."""
        after, earlier = listing_key.parts(snapshot), listing_key.parts(before) if before else {}
        key = NOT_LISTED if after else listing_key.of_snapshot(snapshot)
        self._files.append(self._row(snapshot, "", value, key))
        if after or earlier:
            gone = dict.fromkeys(earlier, listing_key.without_cycles(snapshot))
            for standard, part in {**gone, **after}.items():
                of_part = listing_key.of_snapshot(part)
                self._files.append(self._row(part, standard, encode(part), of_part))
            old = repeated_keys(before, self._zone) if before is not None else []
            self._change(known_on, old, repeated_keys(snapshot, self._zone))

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
        changes = {
            known_on: Counter({key: files for key, files in changed.items() if files})
            for known_on, changed in self._changes.items()
        }
        for cell, files in rollup_cells(_together(changes)).items():
            basis, _, *key = cell
            if basis in OPEN_BASES:
                present.append((basis, *key, partition, files))
            else:
                past.append((*cell, partition, files))
        changes.pop(RECOUNT, None)
        known = [(*cell, partition, files) for cell, files in known_cells(changes).items()]
        longer = difference(self._delays_removed, self._delays_added)
        delays = [(*cell, partition, files) for cell, files in delay_cells(longer).items()]
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
            Write(tables.known_tallies, known, adds_to="files"),
            Write(tables.known_cycles, [(*key, position, *row) for key, row in self._known_cycles]),
            Write(
                tables.known_files,
                [
                    (partition, known_on, position, json.dumps(files))
                    for known_on, files in self._known_files.items()
                ],
            ),
            Write.named(tables.corrections_table, numbered),
        ]


def _together(changes: Mapping[int, Counter[TallyKey]]) -> Mapping[TallyKey, int]:
    """The changes of all days on which they became known; usually there is one."""
    if len(changes) == 1:
        return next(iter(changes.values()))
    total: Counter[TallyKey] = Counter()
    for changed in changes.values():
        total.update(changed)
    return total


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
