"""Where to go on from in long files that change again and again, so that an event that comes last need not
have all before it read and counted anew.

Pure. A checkpoint is derived from the full evaluation, held in memory alone, and of the history that a
row has under its generation, or not used: what it gives equals the full evaluation to the byte
(tests/unit/clock/test_checkpoints.py). What cannot change any more, such as answered requests and
ended cycles, it has as JSON, which is copied. An event that could change it is evaluated in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from msgspec import Raw
from msgspec.structs import replace

from services.clock.evaluator import (
    EvaluatedRow,
    Evaluator,
    SnapshotVersion,
    StoredFile,
    evaluated_row,
    snapshot_of,
)
from services.clock.event_allowance import beginnings, one_source_surely_allowed
from services.clock.histories import FileHistory, appended
from services.clock.incoming import UNCOUNTABLE
from shared.domain import (
    Catalogue,
    Decided,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    FileCheckpoint,
    FileReading,
    Reached,
    Received,
    Reopened,
    Voided,
    Withdrawn,
    cycles,
    encode,
)

CHECKPOINT_BYTES: Final = 32 << 20
"""Stored bytes of all files of a process that have a checkpoint, which takes about as much memory."""
_MOST_PENDING: Final = 32
"""Events since the last moment at which nothing was asked for; of more a file has no checkpoint."""

_READ_ON: Final = frozenset(
    {Decided, DocumentsReceived, DocumentsRequested, Reached, Received, Reopened, Withdrawn}
)
"""Events that change nothing before them, unless they end the running cycle."""


class _Checkpoint(NamedTuple):
    """A file under a generation, by the events up to an offset, which have ``stored_bytes`` as JSON.

    All are of ``source``, and none voids another or was dated ahead. Ended cycles, anomalies and stops of the running cycle are
    JSON without the brackets of an array; ``refused`` are the anomalies found in counting, which come last. ``pending``
    are the events after ``file``.
    """

    generation: int
    position: int
    stored_bytes: int
    source: str
    ids: set[str]
    begins: int
    last_at: datetime
    changed_last: Event
    file: FileCheckpoint
    cycles: bytes
    anomalies: bytes
    refused: bytes
    stops: bytes
    pending: tuple[Event, ...] = ()


class Checkpoints:
    """The checkpoints of a process's files, those used last."""

    def __init__(
        self, catalogue: Catalogue, evaluator: Evaluator, most_bytes: int = CHECKPOINT_BYTES
    ) -> None:
        self._countable_range = catalogue.countable_range
        self._evaluator = evaluator
        self._most_bytes = most_bytes
        self._bytes = 0
        self._files: dict[str, tuple[int, _Checkpoint | None]] = {}
        """By file, the least recently used first: its size, and None where it was seen once."""

    def forget(self, file_id: str) -> None:
        """Drop what is held of a file."""
        size, _ = self._files.pop(file_id, (0, None))
        self._bytes -= size

    def evaluate(
        self,
        file_id: str,
        history: FileHistory,
        version: SnapshotVersion,
        partition: int,
        now: datetime,
    ) -> EvaluatedRow:
        """The full evaluation, as :meth:`Evaluator.evaluate` makes it; the second one of a file leaves a checkpoint.

        A file seen once has its place already. So where more files take turns than have room, none is
        given a checkpoint that it would lose before its use.
        """
        reading = self._evaluator.files.read(history.events, now)
        row = self._evaluator.row(file_id, history, reading, version, partition)
        checkpoint = None
        if file_id in self._files:
            checkpoint = self._checkpoint(history, reading, version)
        self._keep(file_id, len(history.stored), checkpoint)
        return row

    def row_after(
        self,
        stored: StoredFile,
        event: Event,
        event_bytes: int,
        version: SnapshotVersion,
        partition: int,
        now: datetime,
    ) -> EvaluatedRow | None:
        """The row and snapshot of a file with one more event, if a checkpoint is of its stored row and they follow from it."""
        _, known = self._files.get(stored.file_id, (0, None))
        if known is None or not _is_of(known, stored, version.generation):
            return None
        if (
            type(event) not in _READ_ON
            or event.source != known.source
            or not known.last_at < event.time <= now
            or event.id in known.ids
        ):
            return None
        begins = known.begins + isinstance(event, Received | Reopened)
        stored_bytes = known.stored_bytes + event_bytes
        if not one_source_surely_allowed(len(known.ids) + 1, begins, stored_bytes):
            return None
        pending = (*known.pending, event)
        try:
            self._countable_range.require_countable(event)
            reading = self._evaluator.files.read_on(known.file, pending, now)
        except UNCOUNTABLE:
            return None
        if any(cycle.ended is not None or not cycle.plain for cycle in reading.state.cycles):
            return None
        history = appended(stored.history, encode([event]))
        after = known._replace(
            position=version.position,
            stored_bytes=len(history),
            begins=begins,
            last_at=event.time,
            changed_last=_recorded_last(known.changed_last, event),
            pending=pending,
        )
        row = _row(stored.file_id, after, reading, version, history, partition)
        known.ids.add(event.id)
        self._keep(stored.file_id, after.stored_bytes, self._settled(after, reading))
        return row

    def _checkpoint(
        self, history: FileHistory, reading: FileReading, version: SnapshotVersion
    ) -> _Checkpoint | None:
        """That of a file which was evaluated in full, if it can have one."""
        events, state = history.events, reading.state
        source = events[0].source
        if state.next_at is not None or any(
            event.source != source or isinstance(event, Voided) for event in events
        ):
            return None
        found = self._evaluator.files.checkpoint(state)
        if found is None:
            return None
        file, stops = found
        clock, of_events = reading.clock, len(state.anomalies)
        ended = [one.state for one in clock.cycles]
        if file.reading.received_at is not None:
            ended.pop()
        return _Checkpoint(
            generation=version.generation,
            position=version.position,
            stored_bytes=len(history.stored),
            source=source,
            ids={event.id for event in events},
            begins=beginnings(events),
            last_at=events[-1].time,
            changed_last=cycles.changed_last(state.concerning),
            file=file,
            cycles=_extended(b"", ended),
            anomalies=_extended(b"", clock.anomalies[:of_events]),
            refused=_extended(b"", clock.anomalies[of_events:]),
            stops=_extended(b"", stops),
        )

    def _settled(self, known: _Checkpoint, reading: FileReading) -> _Checkpoint | None:
        """A checkpoint with what is pending, moved behind it where nothing is asked for any more."""
        found = self._evaluator.files.checkpoint(reading.state, known.file)
        if found is None:
            return known if len(known.pending) < _MOST_PENDING else None
        file, stops = found
        return known._replace(
            file=file,
            anomalies=_extended(known.anomalies, reading.clock.anomalies),
            stops=_extended(known.stops, stops),
            pending=(),
        )

    def _keep(self, file_id: str, size: int, checkpoint: _Checkpoint | None) -> None:
        self.forget(file_id)
        self._files[file_id] = size, checkpoint
        self._bytes += size
        while self._bytes > self._most_bytes:
            self.forget(next(iter(self._files)))


def _is_of(known: _Checkpoint, stored: StoredFile, generation: int) -> bool:
    """Whether a checkpoint is of a row: a partition may have had another owner since."""
    return (
        known.generation == stored.generation == generation
        and known.position == stored.position
        and known.stored_bytes == len(stored.history)
    )


def _row(
    file_id: str,
    known: _Checkpoint,
    reading: FileReading,
    version: SnapshotVersion,
    history: bytes,
    partition: int,
) -> EvaluatedRow:
    """A row with what changed since a checkpoint, and before it what did not."""
    clock, opening = reading.clock, reading.opening
    changed = snapshot_of(file_id, version, opening, clock, reading.units, known.changed_last)
    running = changed.cycles
    if running and known.stops:
        running = (replace(running[0], stops=_elements(known.stops, running[0].stops)),)
    anomalies = _elements(known.anomalies, changed.anomalies)
    if known.refused:
        anomalies = (*anomalies, Raw(known.refused))
    snapshot = replace(changed, cycles=_elements(known.cycles, running), anomalies=anomalies)
    return evaluated_row(snapshot, clock, version, history, partition)


def _recorded_last(before: Event, event: Event) -> Event:
    """Of two the one recorded last; at one instant, the one that happened last."""
    return event if event.recorded_at >= before.recorded_at else before


def _elements(before: bytes, after: Sequence[Any]) -> tuple[Any, ...]:
    """Values with others before them that are JSON already, which an encoder copies."""
    return (Raw(before), *after) if before else tuple(after)


def _extended(before: bytes, more: Sequence[Any]) -> bytes:
    """JSON values with more behind them, all separated by commas."""
    if not more:
        return before
    encoded = encode(more)[1:-1]
    return b"%b,%b" % (before, encoded) if before else encoded
