"""From the history of a file to its row and the snapshot it publishes.

Pure. The row has the history, from which everything is computed, and the columns that timers and lists
select by.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from struct import Struct
from typing import Any, Final

from services.clock.histories import FileHistory
from shared.domain import (
    Catalogue,
    ChangedBy,
    ClockSnapshot,
    Event,
    FileCalculator,
    FileClock,
    FileReading,
    History,
    Received,
    Transfer,
    cycles,
    encode,
    listed_cycle,
    microseconds,
    short_name,
    sort_key,
)

_BIG_ENDIAN: Final = Struct(">q")

STORED_COLUMNS: Final = ("file_id", "history", "generation", "position", "digest")
"""What a step reads of a file's row."""


class StoredFile:
    """A file's row by :data:`STORED_COLUMNS`."""

    __slots__ = ("digest", "file_id", "generation", "history", "position")

    def __init__(
        self, file_id: str, history: bytes, generation: int, position: int, digest: int
    ) -> None:
        self.file_id = file_id
        self.history = history
        self.generation = generation
        self.position = position
        self.digest = digest


class SnapshotVersion:
    """Under which generation a file is evaluated, and the offset of the last event that changed it."""

    __slots__ = ("generation", "position")

    def __init__(self, generation: int, position: int) -> None:
        self.generation = generation
        self.position = position


class EvaluatedRow:
    """A file's new row by column, and the snapshot to publish."""

    __slots__ = (
        "breaches_at",
        "crossed_at",
        "crosses_at",
        "digest",
        "file_id",
        "generation",
        "history",
        "partition",
        "position",
        "snapshot",
        "stage",
        "standard",
        "unit",
    )

    def __init__(
        self,
        file_id: str,
        partition: int,
        history: bytes,
        version: SnapshotVersion,
        crossed_at: int,
        crosses_at: int | None,
        digest: int,
        standard: str | None,
        unit: str | None,
        stage: str | None,
        breaches_at: int | None,
        snapshot: bytes,
    ) -> None:
        self.file_id = file_id
        self.partition = partition
        self.history = history
        self.generation = version.generation
        self.position = version.position
        self.crossed_at = crossed_at
        self.crosses_at = crosses_at
        self.digest = digest
        self.standard = standard
        self.unit = unit
        self.stage = stage
        self.breaches_at = breaches_at
        self.snapshot = snapshot

    def columns(self) -> tuple[Any, ...]:
        """The row in the order of the table."""
        return (
            self.file_id,
            self.partition,
            self.history,
            self.generation,
            self.position,
            self.crossed_at,
            self.crosses_at,
            self.digest,
            self.standard,
            self.unit,
            self.stage,
            self.breaches_at,
        )

    def stored(self) -> StoredFile:
        """The row as a later step reads it."""
        return StoredFile(self.file_id, self.history, self.generation, self.position, self.digest)


class Evaluator:
    """Turns histories into rows and snapshots under one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.files = FileCalculator(catalogue)

    def clock(self, history: History, now: datetime) -> tuple[Received | None, FileClock]:
        """The reception that opened the file, and its clock."""
        reading = self.files.read(history, now)
        return reading.opening, reading.clock

    def unit(self, history: History, now: datetime) -> str | None:
        """The unit that has the file; None while its reception is not known."""
        state = self.files.state(history, now)
        return state.units[-1][1] if state.units else None

    def is_open(self, history: History, now: datetime) -> bool:
        """Whether a cycle of the file goes on; raises as :meth:`evaluate` does."""
        listed = listed_cycle(self.files.read(history, now).clock)
        return listed is not None and listed.state.ended_on is None

    def evaluate(
        self,
        file_id: str,
        history: FileHistory,
        *,
        partition: int,
        generation: int,
        position: int,
        now: datetime,
    ) -> EvaluatedRow:
        """The row and snapshot of a file; raises ``CoverageError`` or :class:`UnknownStandardError`."""
        reading = self.files.read(history.events, now)
        version = SnapshotVersion(generation, position)
        return self.row(file_id, history, reading, version, partition)

    def row(
        self,
        file_id: str,
        history: FileHistory,
        reading: FileReading,
        version: SnapshotVersion,
        partition: int,
    ) -> EvaluatedRow:
        """The row and snapshot of a file that was read."""
        snapshot = _snapshot(file_id, reading, version)
        return evaluated_row(snapshot, reading.clock, version, history.stored, partition)

    def snapshot(
        self, file_id: str, history: History, version: SnapshotVersion, now: datetime
    ) -> ClockSnapshot:
        """The snapshot of a file alone; raises as :meth:`evaluate` does."""
        return _snapshot(file_id, self.files.read(history, now), version)


def _snapshot(file_id: str, reading: FileReading, version: SnapshotVersion) -> ClockSnapshot:
    state = reading.state
    changed_by = cycles.changed_last(state.concerning)
    return snapshot_of(file_id, version, state.opening, reading.clock, state.units, changed_by)


def snapshot_of(
    file_id: str,
    version: SnapshotVersion,
    opening: Received | None,
    clock: FileClock,
    units: Sequence[tuple[datetime, str]],
    changed_by: Event,
) -> ClockSnapshot:
    """A snapshot; ``changed_by`` is the event recorded last, of those that concern the file."""
    word = short_name(type(changed_by))
    return ClockSnapshot(
        file_id=file_id,
        generation=version.generation,
        position=version.position,
        crossed_at=clock.crossed_at,
        changed_by=ChangedBy(
            source=changed_by.source,
            id=changed_by.id,
            type=word,
            recorded_at=changed_by.recorded_at,
        ),
        standard=opening.data.standard if opening else None,
        unit=units[-1][1] if units else None,
        cycles=tuple([cycle.state for cycle in clock.cycles]),
        anomalies=clock.anomalies,
        transfers=tuple([Transfer(*one) for one in units[1:]]) if len(units) > 1 else (),
    )


def evaluated_row(
    snapshot: ClockSnapshot,
    clock: FileClock,
    version: SnapshotVersion,
    history: bytes,
    partition: int,
) -> EvaluatedRow:
    """The row of a file by its snapshot and clock; ``history`` is its events as they are stored."""
    encoded = encode(snapshot)
    crosses_at = None if clock.crosses_at is None else microseconds(clock.crosses_at)
    stage, breaches_at = _listing(clock)
    return EvaluatedRow(
        snapshot.file_id,
        partition,
        history,
        version,
        microseconds(clock.crossed_at),
        crosses_at,
        _digest(encoded, crosses_at),
        snapshot.standard,
        snapshot.unit,
        stage,
        breaches_at,
        encoded,
    )


def _digest(snapshot: bytes, crosses_at: int | None) -> int:
    """A digest of the state and its next crossing: a new generation publishes a file when it changes.

    Version and cause are left out. The crossing is included because a fenced process may have
    published it under the old generation.
    """
    state = snapshot[snapshot.index(b'"standard":') :] + str(crosses_at).encode()
    number: int = _BIG_ENDIAN.unpack(blake2b(state, digest_size=8).digest())[0]
    return number


def _listing(clock: FileClock) -> tuple[str | None, int | None]:
    """How an open file is listed: its stage or ``waiting``, and the key it is sorted by."""
    listed = listed_cycle(clock)
    state = None if listed is None else listed.state
    if state is None or state.ended_on is not None:
        return None, None
    return state.stage or "waiting", sort_key(state)
