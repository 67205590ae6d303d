"""The clock's step of the loop: a batch of one partition → histories, clocks, snapshots.

Three kinds of work share one path to publish and commit: events that arrived, files to re-evaluate because the catalogue changed,
and crossings that time alone made due. Each is bounded, so a night in which a million files cross is many small steps, and events come
between them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from services.clock.evaluator import EvaluatedRow, Evaluator, StoredFile
from services.clock.event_allowance import SURELY_ROOM
from services.clock.histories import NOTHING_YET, FileHistory, of_stored
from services.clock.incoming import (
    UNCOUNTABLE,
    Arrivals,
    count_duplicates,
    decode_batch,
    new_events,
    reject,
)
from services.clock.store import SERVICE, ClockRows, ClockStore, OwnedPartition
from shared.domain import Catalogue, Event, cycles, microseconds
from shared.log import FILE_CLOCKS, Batch, NewRecord, Outcome, Record, RejectedRecord

STEP_FILES = 4_000
"""How many files one step of crossings or of a new generation re-evaluates."""

TOGETHER_FILES = 200
"""How many files are computed before the brokers' and the database's answers have their turn."""

TOGETHER_EVENTS = 4_000
"""Of how many events of one file that are counted together it is decided before the same."""

EVENTS_APART = 20
"""How many events of one file are counted one after the other before the same."""

_NOTHING_DUE = 1 << 62
_CONFIRM_SECONDS = 5.0


class _Taken(NamedTuple):
    """What became of the records of a file: its new row if any, the events that were new, the records that are of no use."""

    file: EvaluatedRow | None
    new: Sequence[tuple[Record, Event]]
    refused: Sequence[RejectedRecord]


class ClockWorker:
    """The port :class:`shared.log.ports.Worker` of the clock."""

    service = SERVICE

    def __init__(self, store: ClockStore, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._evaluator = Evaluator(catalogue)
        self._countable_range = catalogue.countable_range
        self._held: dict[int, OwnedPartition] = {}
        self._next_crossing: dict[int, int] = {}
        self._confirm_at: dict[int, float] = {}
        self._computing = asyncio.Lock()
        """One partition after the other: side by side all would be done at the same moment, and then wait for the same answers."""

    async def claim(self, partition: int) -> int:
        held = await self._store.claim(partition, self._catalogue)
        self._held[partition] = held
        self._next_crossing.pop(partition, None)
        return held.claim.next_offset

    async def handle(self, batch: Batch, now: datetime) -> Outcome[ClockRows] | None:
        self._catalogue.require_coverage(now)
        held = self._held[batch.partition]
        if batch.next_offset > held.claim.next_offset:
            return await self._fold(held, batch, now)
        if held.generation.regenerated_after is not None:
            return await self._regenerate(held, held.generation.regenerated_after, now)
        if await self._crossing_due(batch.partition) <= microseconds(now):
            return await self._cross(held, now)
        await self._confirm(held)
        return None

    async def commit(self, outcome: Outcome[ClockRows]) -> None:
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

    async def _confirm(self, held: OwnedPartition) -> None:
        """Ask now and then whether an idle partition is still ours: a rebuild takes it to have its files published anew."""
        partition, at = held.claim.partition, asyncio.get_running_loop().time()
        if at >= self._confirm_at.setdefault(partition, at + _CONFIRM_SECONDS):
            self._confirm_at[partition] = at + _CONFIRM_SECONDS
            await self._store.require_held(held)

    async def _cross(self, held: OwnedPartition, now: datetime) -> Outcome[ClockRows]:
        """Publish the files that time alone has changed."""
        partition = held.claim.partition
        due = await self._store.crossing(partition, microseconds(now), STEP_FILES)
        evaluated = await self._evaluated_anew(held, due, now)
        del self._next_crossing[partition]  # asked again after the commit
        return self._outcome(held, held.claim.next_offset, evaluated)

    async def _regenerate(
        self, held: OwnedPartition, after: str, now: datetime
    ) -> Outcome[ClockRows]:
        """Re-evaluate files under a new generation; publish those whose state, now or next, it changed.

        A file that missed a generation is published whatever it says: that generation may have published it and not committed.
        """
        files = await self._store.after(held.claim.partition, after, STEP_FILES)
        rows, changed = [], []
        for file, evaluated in zip(
            files, await self._evaluated_anew(held, files, now), strict=True
        ):
            rows.append(evaluated.row)
            missed = file.generation < held.generation.number - 1
            if missed or evaluated.digest != file.digest:
                changed.append(evaluated)
        reached = files[-1].file_id if len(files) == STEP_FILES else None
        step = self._outcome(held, held.claim.next_offset, changed)
        return step._replace(rows=ClockRows(rows, reached))

    async def _evaluated_anew(
        self, held: OwnedPartition, files: Sequence[StoredFile], now: datetime
    ) -> Sequence[EvaluatedRow]:
        """The rows of files whose history is what it was."""
        evaluated = []
        async with self._computing:
            for number, file in enumerate(files):
                if number % TOGETHER_FILES == 0:
                    await asyncio.sleep(0)
                evaluated.append(self._evaluate(held, file, of_stored(file.history), now))
        return evaluated

    async def _fold(self, held: OwnedPartition, batch: Batch, now: datetime) -> Outcome[ClockRows]:
        """Add a batch's events to their files' histories."""
        arrived, refused = decode_batch(batch)
        stored = await self._store.files(list(arrived))
        evaluated = []
        duplicates: Counter[str] = Counter()
        async with self._computing:
            for number, (file_id, events) in enumerate(arrived.items()):
                if number % TOGETHER_FILES == 0:
                    await asyncio.sleep(0)
                known = of_stored(stored[file_id].history) if file_id in stored else NOTHING_YET
                taken = await self._with_arrived(held, file_id, known, events, now)
                evaluated += [taken.file] if taken.file else []
                refused += taken.refused
                if len(taken.new) + len(taken.refused) < len(events):
                    duplicates.update(count_duplicates(events, taken.new, taken.refused))
        outcome = self._outcome(held, batch.next_offset, evaluated)
        return outcome._replace(refused=refused, duplicates=duplicates)

    async def _with_arrived(
        self,
        held: OwnedPartition,
        file_id: str,
        known: FileHistory,
        arrived: Sequence[tuple[Record, Event]],
        now: datetime,
    ) -> _Taken:
        """A file with what its history did not have, and the records that are of no use: each alone, not what came with it."""
        few = len(known.events) + len(arrived) <= SURELY_ROOM
        if few and len(arrived) == 1:
            return self._with_events(held, file_id, known, arrived, now)
        sure = self._countable_range.covers([*known.events, *(one[1] for one in arrived)], now)
        if few and sure:
            return self._with_events(held, file_id, known, arrived, now)
        return await self._with_many(held, file_id, known, arrived, now, sure=sure)

    async def _with_many(
        self,
        held: OwnedPartition,
        file_id: str,
        known: FileHistory,
        arrived: Sequence[tuple[Record, Event]],
        now: datetime,
        *,
        sure: bool,
    ) -> _Taken:
        """The same, where there may be no room for all, or one may not be countable: looked at one after the other, as in any other batch."""
        arrivals = Arrivals(file_id, known.events, self._catalogue.sharing)
        file: EvaluatedRow | None = None
        new: list[tuple[Record, Event]] = []
        refused: list[RejectedRecord] = []
        together = TOGETHER_EVENTS if sure else EVENTS_APART
        for number, (record, event) in enumerate(arrived):
            if number % together == 0:
                await asyncio.sleep(0)
            if arrivals.has(event):
                continue
            if (refusal := arrivals.refusal(record, event)) is not None:
                refused.append(refusal)
                continue
            if not sure:
                step = self._with_events(held, file_id, known, [(record, event)], now)
                refused += step.refused
                if step.file is None:
                    continue
                file, known = step.file, known.with_new([event])
            arrivals.add(event)
            new.append((record, event))
        if sure and new:
            file = self._with_events(held, file_id, known, new, now).file
        return _Taken(file, new, refused)

    def _with_events(
        self,
        held: OwnedPartition,
        file_id: str,
        known: FileHistory,
        arrived: Sequence[tuple[Record, Event]],
        now: datetime,
    ) -> _Taken:
        """The same, of one event, or of several that are sure."""
        new, refused = new_events(known.events, arrived)
        if not new:
            return _Taken(None, [], refused)
        changed = StoredFile(file_id, b"", 0, new[-1][0].offset, 0)
        history = known.with_new([event for _, event in new])
        try:
            for _, event in new:
                self._countable_range.require_countable(event)
            return _Taken(self._evaluate_ever_after(held, changed, history, now), new, refused)
        except UNCOUNTABLE as error:
            ((record, _),) = new
            return _Taken(None, [], [*refused, reject(record, error)])

    def _evaluate_ever_after(
        self, held: OwnedPartition, file: StoredFile, history: FileHistory, now: datetime
    ) -> EvaluatedRow:
        """Evaluate now, once it is sure that it can be when what is dated ahead has come: a crossing refuses nothing."""
        events = history.events
        ahead = events[len(cycles.events_until(events, now)) :]
        if ahead and not self._countable_range.covers(events, max(now, ahead[-1].time)):
            for event in ahead:
                self._evaluator.clock(events, event.time)
        return self._evaluate(held, file, history, now)

    def _evaluate(
        self, held: OwnedPartition, file: StoredFile, history: FileHistory, now: datetime
    ) -> EvaluatedRow:
        return self._evaluator.evaluate(
            file.file_id,
            history,
            partition=held.claim.partition,
            generation=held.generation.number,
            position=file.position,
            now=now,
        )

    def _outcome(
        self, held: OwnedPartition, next_offset: int, evaluated: Sequence[EvaluatedRow]
    ) -> Outcome[ClockRows]:
        partition = held.claim.partition
        snapshots = [
            NewRecord(partition, file.row["file_id"].encode(), file.snapshot) for file in evaluated
        ]
        rows = ClockRows([file.row for file in evaluated], held.generation.regenerated_after)
        return Outcome(partition, next_offset, {FILE_CLOCKS: snapshots}, rows)
