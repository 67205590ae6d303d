"""What a step of compliance writes: newer snapshots of files, and the rows that follow from what each of them changes.

Pure. Everything a snapshot changes is found by comparing it with the one folded before, and is committed with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from services.compliance import memberships
from services.compliance.contributions import (
    OPEN,
    Key,
    anomalies,
    contributions,
    difference,
)
from services.compliance.grains import cells
from services.compliance.memberships import Correction, Membership
from services.compliance.tables import (
    anomaly_tallies,
    compliance_files,
    corrections,
    measured_cycles,
    open_tallies,
    tallies,
)
from services.compliance.worklist import place
from shared.events import ClockSnapshot
from shared.instants import microseconds
from shared.writes import Write


class Rows(NamedTuple):
    """What one step writes: the files it folded, and what else goes with them."""

    files: Sequence[Mapping[str, Any]]
    others: Sequence[Write]

    def writes(self) -> list[Write]:
        """All of it."""
        return [Write(compliance_files, self.files), *self.others]


class Step:
    """Snapshots of one partition, folded one by one as of ``now``; ``zone`` makes local days of instants."""

    def __init__(self, partition: int, now: datetime, zone: tzinfo) -> None:
        self._partition = partition
        self._now = now
        self._zone = zone
        self._files: list[Mapping[str, Any]] = []
        self._cycles: list[Mapping[str, Any]] = []
        self._corrections: list[Mapping[str, Any]] = []
        self._taken_back: list[Key] = []
        self._added: list[Key] = []
        self._anomalies: Counter[tuple[str, str, str]] = Counter()

    def fold(self, before: ClockSnapshot | None, snapshot: ClockSnapshot, value: bytes) -> None:
        """Take a file's newer snapshot, stored as ``value``, in the place of the one before."""
        self._files.append(_file(self._partition, snapshot, value))
        self._added += contributions(snapshot, self._zone)
        self._anomalies.update(anomalies(snapshot))
        if before is not None:
            self._taken_back += contributions(before, self._zone)
            self._anomalies.subtract(anomalies(before))
        listed = memberships.memberships(before), memberships.memberships(snapshot)
        for membership in memberships.changed(*listed):
            self._cycles.append(_cycle(self._partition, snapshot.file_id, membership))
        for correction in memberships.corrections(before, snapshot, self._now, self._zone):
            self._corrections.append(_correction(snapshot, correction))

    def rows(self, position: int) -> Rows:
        """What to write, with the position that explains it."""
        partition = {"partition": self._partition}
        past: list[Mapping[str, Any]] = []
        present: list[Mapping[str, Any]] = []
        for cell, files in cells(difference(self._taken_back, self._added)).items():
            row = {**cell._asdict(), **partition, "files": files}
            (present if cell.basis in OPEN else past).append(row)
        counted = [
            {"source": source, "reason": reason, "unit": unit, "events": events, **partition}
            for (source, reason, unit), events in self._anomalies.items()
            if events
        ]
        noted = {**partition, "position": position, "noted_at": microseconds(self._now)}
        numbered = [
            {**row, **noted, "number": number} for number, row in enumerate(self._corrections)
        ]
        others = [
            Write(tallies, past, adds_to="files"),
            Write(open_tallies, present, adds_to="files"),
            Write(anomaly_tallies, counted, adds_to="events"),
            Write(measured_cycles, self._cycles),
            Write(corrections, numbered),
        ]
        return Rows(self._files, others)


def _file(partition: int, snapshot: ClockSnapshot, value: bytes) -> dict[str, Any]:
    stands = place(snapshot)
    return {
        "file_id": snapshot.file_id,
        "partition": partition,
        "snapshot": value,
        "standard": snapshot.standard,
        "unit": snapshot.unit,
        "stage": stands.kept,
        "breaches_at": stands.breaches_at,
    }


def _cycle(partition: int, file_id: str, membership: Membership) -> dict[str, Any]:
    return {
        **membership._asdict(),
        "file_id": file_id,
        "partition": partition,
        "received_on": membership.received_on.toordinal(),
        "decided_on": _ordinal(membership.decided_on),
        "due_on": _ordinal(membership.due_on),
    }


def _correction(snapshot: ClockSnapshot, correction: Correction) -> dict[str, Any]:
    old, new, cause = correction.old, correction.new, correction.cause
    return {
        **correction.answer._asdict(),
        "file_id": snapshot.file_id,
        "generation": snapshot.generation,
        "old_day": _ordinal(old.day) if old else None,
        "old_result": _result(old.on_time) if old else None,
        "new_day": _ordinal(new.day) if new else None,
        "new_result": _result(new.on_time) if new else None,
        "source": cause.source if cause else None,
        "event_id": cause.id if cause else None,
        "event_type": cause.type if cause else None,
        "recorded_at": microseconds(cause.recorded_at) if cause else None,
    }


def _result(on_time: bool) -> str:
    return "on_time" if on_time else "late"


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()
