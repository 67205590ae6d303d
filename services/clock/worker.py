"""The clock's step of the loop: a batch of one partition → histories, clocks, snapshots.

Three kinds of work share one path to publish and commit: files to re-evaluate because the catalogue changed, events that
arrived, and crossings that time alone made due. Each is bounded, so a night in which a million files cross is many small steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.clock.files import Evaluated, Evaluator, StoredFile, UnknownStandardError
from services.clock.store import ClockStore, Held, Rows
from shared import cycles
from shared.calendar import CoverageError
from shared.catalogue import Catalogue
from shared.events import DeadLetter, Event, decode_event, decode_history, encode
from shared.instants import microseconds
from shared.log import DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS, Batch, NewRecord, Outcome, Record

STEP_FILES = 2_000
"""How many files one step of crossings or of a new generation re-evaluates."""

_NOTHING_DUE = 1 << 62
_CONFLICT = "the file already has an event of this source and id with another content"


class ClockWorker:
    """The port :class:`shared.log.Worker` of the clock."""

    def __init__(self, store: ClockStore, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._evaluator = Evaluator(catalogue)
        self._held: dict[int, Held] = {}
        self._next_crossing: dict[int, int] = {}

    async def claim(self, partition: int) -> int:
        held = await self._store.claim(partition, self._catalogue)
        self._held[partition] = held
        self._next_crossing.pop(partition, None)
        return held.claim.next_offset

    async def handle(self, batch: Batch, now: datetime) -> Outcome[Rows] | None:
        self._catalogue.require_coverage(now)
        held = self._held[batch.partition]
        if held.generation.regenerated_after is not None:
            return await self._regenerate(held, held.generation.regenerated_after, now)
        if batch.next_offset > held.claim.next_offset:
            return await self._fold(held, batch, now)
        if await self._crossing_due(batch.partition) <= microseconds(now):
            return await self._cross(held, now)
        return None

    async def commit(self, outcome: Outcome[Rows]) -> None:
        partition = outcome.partition
        held = self._held[partition]
        self._held[partition] = await self._store.commit(held, outcome.next_offset, outcome.rows)
        if partition in self._next_crossing:
            due = [row["crosses_at"] for row in outcome.rows.files if row["crosses_at"] is not None]
            self._next_crossing[partition] = min([self._next_crossing[partition], *due])

    async def _crossing_due(self, partition: int) -> int:
        if partition not in self._next_crossing:
            due = await self._store.next_crossing(partition)
            self._next_crossing[partition] = _NOTHING_DUE if due is None else due
        return self._next_crossing[partition]

    async def _cross(self, held: Held, now: datetime) -> Outcome[Rows]:
        """Publish the files that time alone has changed."""
        partition = held.claim.partition
        due = await self._store.crossing(partition, microseconds(now), STEP_FILES)
        evaluated = [self._evaluate(held, file, decode_history(file.history), now) for file in due]
        del self._next_crossing[partition]  # asked again after the commit
        return self._outcome(held, held.claim.next_offset, evaluated)

    async def _regenerate(self, held: Held, after: str, now: datetime) -> Outcome[Rows]:
        """Re-evaluate files under a new generation; publish those whose state it changed."""
        files = await self._store.after(held.claim.partition, after, STEP_FILES)
        rows, changed = [], []
        for file in files:
            evaluated = self._evaluate(held, file, decode_history(file.history), now)
            rows.append(evaluated.row)
            if evaluated.digest != file.digest:
                changed.append(evaluated)
        reached = files[-1].file_id if len(files) == STEP_FILES else None
        step = self._outcome(held, held.claim.next_offset, changed)
        return step._replace(rows=Rows(rows, reached))

    async def _fold(self, held: Held, batch: Batch, now: datetime) -> Outcome[Rows]:
        """Add a batch's events to their files' histories."""
        arrived, dead = _decode(batch)
        stored = await self._store.files(list(arrived))
        evaluated = []
        for file_id, events in arrived.items():
            file = stored.get(file_id)
            known = decode_history(file.history) if file else []
            new, conflicting = _new_events(known, events)
            dead += [_dead(batch.partition, r, "conflict", _CONFLICT) for r in conflicting]
            if not new:
                continue
            changed = StoredFile(file_id, b"", 0, new[-1][0].offset, 0)
            history = cycles.history([*known, *(event for _, event in new)])
            try:
                evaluated.append(self._evaluate(held, changed, history, now))
            except CoverageError as error:
                dead += [_dead(batch.partition, r, "outside_coverage", str(error)) for r, _ in new]
            except UnknownStandardError as error:
                dead += [_dead(batch.partition, r, "unknown_standard", str(error)) for r, _ in new]
        return self._outcome(held, batch.next_offset, evaluated, dead=dead)

    def _evaluate(
        self, held: Held, file: StoredFile, history: Sequence[Event], now: datetime
    ) -> Evaluated:
        return self._evaluator.evaluate(
            file.file_id,
            history,
            partition=held.claim.partition,
            generation=held.generation.number,
            position=file.position,
            now=now,
        )

    def _outcome(
        self,
        held: Held,
        next_offset: int,
        evaluated: Sequence[Evaluated],
        *,
        dead: Sequence[NewRecord] = (),
    ) -> Outcome[Rows]:
        partition = held.claim.partition
        snapshots = [
            NewRecord(partition, file.row["file_id"].encode(), file.snapshot) for file in evaluated
        ]
        rows = Rows([file.row for file in evaluated], held.generation.regenerated_after)
        publish = {FILE_CLOCKS: snapshots, DEAD_LETTERS: dead}
        return Outcome(partition, next_offset, publish, rows)


def _decode(batch: Batch) -> tuple[dict[str, list[tuple[Record, Event]]], list[NewRecord]]:
    """The events of a batch by file, and the records that are none."""
    arrived: dict[str, list[tuple[Record, Event]]] = defaultdict(list)
    dead = []
    for record in batch.records:
        try:
            event = decode_event(record.value)
        except msgspec.DecodeError as error:
            dead.append(_dead(batch.partition, record, "unreadable", str(error)))
            continue
        arrived[event.file_id].append((record, event))
    return arrived, dead


def _new_events(
    known: Sequence[Event], arrived: Sequence[tuple[Record, Event]]
) -> tuple[list[tuple[Record, Event]], list[Record]]:
    """What a history does not have yet, and records that name an event it has with another content; the first one wins."""
    kept = {(event.source, event.id): event for event in known}
    new, conflicting = [], []
    for record, event in arrived:
        first = kept.setdefault((event.source, event.id), event)
        if first is event:
            new.append((record, event))
        elif msgspec.structs.replace(event, recorded_at=first.recorded_at) != first:
            conflicting.append(record)
    return new, conflicting


def _dead(partition: int, record: Record, reason: str, detail: str) -> NewRecord:
    letter = DeadLetter(
        reason=reason,
        detail=detail,
        topic=FILE_EVENTS,
        partition=partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
    )
    return NewRecord(partition, record.key, encode(letter))
