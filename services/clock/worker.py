"""The clock's step of the loop: a batch of one partition → histories, clocks, snapshots.

Three kinds of step share one path to publish and commit: events of a batch, files to re-evaluate
under a new catalogue, and crossings that time alone makes due. Each is bounded: a night in which a
million files cross is many small steps, with new events between them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from services.clock.evaluator import EvaluatedRow, Evaluator, StoredFile
from services.clock.event_allowance import ALWAYS_ALLOWED, surely_allowed
from services.clock.folding import FileAt, FileFolder, FileStep, FoldedFiles
from services.clock.forgetting import (
    PseudonymousLife,
    RequestStep,
    counted_lives,
    forget_request,
    published_lives,
    requested_by,
)
from services.clock.histories import EMPTY_HISTORY, FileHistory, of_events, of_stored
from services.clock.incoming import (
    UNCOUNTABLE,
    ForgetRequest,
    KnownEvents,
    ReadEvents,
    decode_batch,
    has_copies,
)
from services.clock.store import SERVICE, ClockRows, ClockStore, ForgettingState, OwnedPartition
from shared.domain import (
    NOT_FORGOTTEN,
    OPERATOR,
    Catalogue,
    Event,
    Forgotten,
    encode,
    is_pseudonym,
    microseconds,
    owner,
)
from shared.erasure import NOTED, NoteOfErasure, pseudonyms
from shared.log import (
    FILE_CLOCKS,
    FILE_EVENTS,
    Batch,
    NewRecord,
    Outcome,
    Record,
    RejectedRecord,
    is_copy,
)

STEP_FILES = 4_000
"""Files that one step of crossings or of a new generation re-evaluates."""

FILES_PER_YIELD = 20
"""Files computed between two yields to the event loop, for acknowledgements and heartbeats."""

EVENTS_PER_YIELD = 4_000
"""Events of one file checked between two yields, where they are evaluated together."""

SINGLE_EVENTS_PER_YIELD = 20
"""Events of one file between two yields, where each is evaluated alone."""

REPLACED_FILES = 200
"""Files to forget that one step replaces."""

RETENTION_FILES = 500
"""Files whose retention is over that one turn asks to forget."""

_NOTHING_DUE = 1 << 62
_RETENTION_SECONDS = 3_600.0
_RETENTION_MORE_SECONDS = 60.0
"""When the next files are asked for: once those before are forgotten."""
_OWNERSHIP_CHECK_SECONDS = 5.0
_log = logging.getLogger("echeance.clock")


class ClockWorker:
    """The port :class:`shared.log.ports.Worker` of the clock."""

    service = SERVICE

    def __init__(self, store: ClockStore, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._evaluator = Evaluator(catalogue)
        self._folder = FileFolder(catalogue, self._evaluator)
        self._countable_range = catalogue.countable_range
        self._owned: dict[int, OwnedPartition] = {}
        self._next_crossing: dict[int, int] = {}
        self._ownership_check_at: dict[int, float] = {}
        self._retention_check_at: dict[int, float] = {}
        self._forgetting: dict[int, ForgettingState] = {}
        self._computing = asyncio.Lock()
        """One partition computes at a time, so that the others' appends and commits overlap with it."""

    async def claim(self, partition: int) -> int:
        owned = await self._store.claim(partition, self._catalogue)
        self._owned[partition] = owned
        self._next_crossing.pop(partition, None)
        self._retention_check_at.pop(partition, None)
        self._forgetting[partition] = await self._store.forgetting_state(partition)
        return owned.claim.next_offset

    def has_due(self, batch: Batch, now: datetime) -> bool:
        owned = self._owned[batch.partition]
        crossing = self._next_crossing.get(batch.partition)
        check_at = self._ownership_check_at.get(batch.partition, 0.0)
        return (
            batch.next_offset > owned.claim.next_offset
            or bool(self._forgetting[batch.partition].decided)
            or owned.generation.regenerated_after is not None
            or crossing is None
            or crossing <= microseconds(now)
            or self._retention_due(batch.partition)
            or asyncio.get_running_loop().time() >= check_at
        )

    async def handle(self, batch: Batch, now: datetime) -> Outcome[ClockRows] | None:
        self._catalogue.require_coverage(now)
        owned = self._owned[batch.partition]
        while decided := self._forgetting[batch.partition].decided:
            if (replaced := await self._replace(owned, decided[:REPLACED_FILES], now)) is not None:
                return replaced
        if batch.next_offset > owned.claim.next_offset:
            return await self._fold(owned, batch, now)
        if owned.generation.regenerated_after is not None:
            return await self._regenerate(owned, owned.generation.regenerated_after, now)
        if await self._crossing_due(batch.partition) <= microseconds(now):
            return await self._cross(owned, now)
        if self._retention_due(batch.partition):
            return await self._ask_to_forget(owned, now)
        await self._check_ownership(owned)
        return None

    async def commit(self, outcome: Outcome[ClockRows]) -> None:
        partition = outcome.partition
        owned = self._owned[partition]
        self._owned[partition] = await self._store.commit(owned, outcome.next_offset, outcome.rows)
        self._forgetting[partition] = self._forgetting[partition].after(outcome.rows)
        if partition in self._next_crossing:
            due = [row.crosses_at for row in outcome.rows.files if row.crosses_at is not None]
            self._next_crossing[partition] = min([self._next_crossing[partition], *due])

    async def _crossing_due(self, partition: int) -> int:
        if partition not in self._next_crossing:
            due = await self._store.next_crossing(partition)
            self._next_crossing[partition] = _NOTHING_DUE if due is None else due
        return self._next_crossing[partition]

    async def _check_ownership(self, owned: OwnedPartition) -> None:
        """Raise ``FencedError`` on an idle partition that a rebuild claimed: no commit would notice."""
        partition, at = owned.claim.partition, asyncio.get_running_loop().time()
        if at >= self._ownership_check_at.setdefault(partition, at + _OWNERSHIP_CHECK_SECONDS):
            self._ownership_check_at[partition] = at + _OWNERSHIP_CHECK_SECONDS
            await self._store.require_ownership(owned)

    async def _cross(self, owned: OwnedPartition, now: datetime) -> Outcome[ClockRows]:
        """Publish the files that time alone has changed."""
        partition = owned.claim.partition
        due = await self._store.crossing(partition, microseconds(now), STEP_FILES)
        evaluated = await self._reevaluate(owned, due, now)
        del self._next_crossing[partition]  # read again after the commit
        return self._outcome(owned, owned.claim.next_offset, evaluated)

    async def _regenerate(
        self, owned: OwnedPartition, after: str, now: datetime
    ) -> Outcome[ClockRows]:
        """Re-evaluate files under a new generation; publish those whose state or next crossing changed.

        A file that missed a generation is always published: a step of that generation may have
        published another state and not committed it.
        """
        files = await self._store.after(owned.claim.partition, after, STEP_FILES)
        rows, changed = [], []
        for file, evaluated in zip(files, await self._reevaluate(owned, files, now), strict=True):
            rows.append(evaluated)
            missed = file.generation < owned.generation.number - 1
            if missed or evaluated.digest != file.digest:
                changed.append(evaluated)
        reached = files[-1].file_id if len(files) == STEP_FILES else None
        step = self._outcome(owned, owned.claim.next_offset, changed)
        return step._replace(rows=ClockRows(rows, reached))

    async def _reevaluate(
        self, owned: OwnedPartition, files: Sequence[StoredFile], now: datetime
    ) -> Sequence[EvaluatedRow]:
        """The rows of files whose histories have not changed."""
        partition, generation = owned.claim.partition, owned.generation.number
        evaluated: list[EvaluatedRow] = []
        async with self._computing:
            for first in range(0, len(files), FILES_PER_YIELD):
                await asyncio.sleep(0)
                together = files[first : first + FILES_PER_YIELD]
                evaluated += self._folder.reevaluate(together, partition, generation, now)
        return evaluated

    async def _fold(self, owned: OwnedPartition, batch: Batch, now: datetime) -> Outcome[ClockRows]:
        """Add a batch's events to their files' histories, and decide which files it has forgotten."""
        state = self._forgetting[batch.partition]
        copied_to = 0
        if has_copies(batch):
            copied_to = await self._store.copied_to(batch.partition)
        incoming, requests, refused = decode_batch(batch, state.decided_to, copied_to)
        stored = await self._store.files(list(incoming))
        known = await self._forgotten_before(state, incoming.keys() - stored.keys())
        notes = [NoteOfErasure.repeat(file_id, digest, now) for file_id, digest in known.items()]
        dropped: Counter[str] = Counter()
        folded = FoldedFiles(refused)
        fold_single = partial(
            self._folder.fold_single,
            stored=stored,
            special=known.keys() | requests.keys(),
            folded=folded,
            partition=batch.partition,
            generation=owned.generation.number,
            now=now,
        )
        files = list(incoming.items())
        async with self._computing:
            for first in range(0, len(files), FILES_PER_YIELD):
                await asyncio.sleep(0)
                some = iter(files[first : first + FILES_PER_YIELD])
                while (left := fold_single(some)) is not None:
                    file_id, events = left
                    if file_id in known:
                        dropped.update(event.source for _, event in events)
                        continue
                    file, history = _at(owned, file_id, now), _history(stored.get(file_id))
                    if file_id not in requests:
                        step = await self._fold_file(file, history, events)
                        folded.add_folded(file_id, events, step)
                        continue
                    asked = await self._decide(file, history, events, requests[file_id])
                    folded.add(FileStep(asked.row, asked.new, asked.rejected))
                    dropped.update(event.source for event in asked.late)
                    if asked.granted is not None:
                        has_row = asked.row is not None or file_id in stored
                        notes.append(_note(asked.granted, has_row=has_row))
        outcome = self._outcome(owned, batch.next_offset, folded.rows)
        rows = outcome.rows._replace(
            erasures=notes, decided_to=batch.next_offset if requests else None
        )
        # What a copy holds has its dead letter already.
        rejected = [one for one in folded.rejected if not is_copy(one.record)]
        return outcome._replace(
            rows=rows, rejected=rejected, duplicates=folded.duplicates, dropped=dropped
        )

    async def _forgotten_before(
        self, state: ForgettingState, file_ids: Iterable[str]
    ) -> Mapping[str, str]:
        """The files among these, which have no row, that were forgotten, with digests: they do not come back."""
        if not state.has_forgotten:
            return {}
        return await self._store.digests.forgotten(list(file_ids))

    async def _decide(
        self,
        file: FileAt,
        history: FileHistory,
        incoming: ReadEvents,
        requests: Sequence[ForgetRequest],
    ) -> RequestStep:
        """Grant the first request that can be met; another rejects only its own record."""
        rejected: list[RejectedRecord] = []
        row: EvaluatedRow | None = None
        new: list[tuple[Record, Event]] = []
        folded = 0
        for request in requests:
            step = await self._fold_file(file, history, incoming[folded : request.after])
            folded = request.after
            rejected += step.rejected
            new += step.new
            if step.row is not None:
                row, history = step.row, of_stored(step.row.history)
            why = self._why_not_forgotten(history, request.event)
            if why is None:
                late = [event for _, event in incoming[folded:]]
                return RequestStep(row, new, rejected, request.event, late)
            rejected.append(RejectedRecord(request.record, NOT_FORGOTTEN, why))
        step = await self._fold_file(file, history, incoming[folded:])
        return RequestStep(
            step.row or row, [*new, *step.new], [*rejected, *step.rejected], None, ()
        )

    def _why_not_forgotten(self, history: FileHistory, request: Forgotten) -> str | None:
        """Why a request cannot be met; None if it can."""
        if not is_pseudonym(request.data.pseudonym):
            return "the request names no pseudonym, which ingest and `echeance forget` add"
        if request.source != OPERATOR:
            if not history.events:
                return "there is no such file"
            if request.source not in owner(history.events, self._catalogue.sharing).sources:
                return "the file does not belong to this source"
        try:
            is_open = self._evaluator.is_open(history.events, request.recorded_at)
        except UNCOUNTABLE as error:
            return f"it cannot be told whether the file has ended: {error}"
        return "the file has not ended: decide, withdraw or void it first" if is_open else None

    async def _replace(
        self, owned: OwnedPartition, decided: Sequence[NoteOfErasure], now: datetime
    ) -> Outcome[ClockRows] | None:
        """Publish the lives of files that are to be forgotten under their pseudonyms, in place of the files.

        One whose row is missing is left as it is decided, until the partition is claimed again. None where
        all are.
        """
        stored = await self._store.files([note.file_id for note in decided])
        if missing := [note for note in decided if note.file_id not in stored]:
            references = [note.reference for note in missing]
            _log.error("files to forget have no row, and wait: erasures %s", ", ".join(references))
            partition = owned.claim.partition
            self._forgetting[partition] = self._forgetting[partition].without(references)
            decided = [note for note in decided if note.file_id in stored]
        if not decided:
            return None
        lives = []
        async with self._computing:
            for number, note in enumerate(decided):
                if number % FILES_PER_YIELD == 0:
                    await asyncio.sleep(0)
                held = stored[note.file_id]
                self._folder.forget(note.file_id)
                assert note.pseudonym is not None  # there is a row to replace
                history = of_stored(held.history).events
                events = pseudonyms.under_pseudonym(history, note.pseudonym)
                file = _at(owned, note.pseudonym, now)
                row = self._folder.evaluate(file, of_events(events), held.position)
                lives.append(PseudonymousLife(note, events, row))
        outcome = self._outcome(owned, owned.claim.next_offset, [life.row for life in lives])
        rows = outcome.rows._replace(
            forgotten=[(life.note.file_id, life.row.file_id) for life in lives],
            erasures=[note._replace(stage=NOTED) for note in decided],
        )
        publish = published_lives(owned.claim.partition, lives)
        return outcome._replace(publish=publish, rows=rows, forgotten=counted_lives(lives))

    def _retention_due(self, partition: int) -> bool:
        if not self._catalogue.has_retention:
            return False
        at = asyncio.get_running_loop().time()
        return at >= self._retention_check_at.get(partition, 0.0)

    async def _ask_to_forget(
        self, owned: OwnedPartition, now: datetime
    ) -> Outcome[ClockRows] | None:
        """Ask the log to forget files whose retention is over; None where there are none."""
        partition = owned.claim.partition
        if await self._store.rebuilding():  # which no file may be forgotten during
            self._retention_check_at[partition] = _after(_RETENTION_MORE_SECONDS)
            return None
        due: list[str] = []
        for word in self._catalogue.listed("standards"):
            before = self._catalogue.retained_from(word, now)
            if before is not None and len(due) < RETENTION_FILES:
                left = RETENTION_FILES - len(due)
                instant = microseconds(before)
                due += await self._store.ended_before(partition, word, instant, left)
        full = len(due) == RETENTION_FILES
        pause = _RETENTION_MORE_SECONDS if full else _RETENTION_SECONDS
        self._retention_check_at[partition] = _after(pause)
        if not due:
            return None
        partitions = await self._store.partitions()
        requests = [forget_request(one, partitions, now, retention_over=True) for one in due]
        records = [NewRecord(partition, one.file_id.encode(), encode(one)) for one in requests]
        outcome = self._outcome(owned, owned.claim.next_offset, ())
        return outcome._replace(publish={FILE_EVENTS: records})

    async def _fold_file(
        self, file: FileAt, history: FileHistory, incoming: ReadEvents
    ) -> FileStep:
        """Add events to one file; an event that cannot be counted rejects only its own record."""
        few = len(history.events) + len(incoming) <= ALWAYS_ALLOWED
        if few and len(incoming) == 1:
            return self._folder.fold_together(file, history, incoming)
        events = [*history.events, *(event for _, event in incoming)]
        if not self._countable_range.covers(events, file.now):
            return await self._fold_one_by_one(file, history, incoming)
        stored_bytes = len(history.stored) + sum([len(record.value) for record, _ in incoming])
        if few or surely_allowed(events, stored_bytes):
            return self._folder.fold_together(file, history, incoming)
        return await self._fold_allowed(file, history, incoming)

    async def _fold_allowed(
        self, file: FileAt, history: FileHistory, incoming: ReadEvents
    ) -> FileStep:
        """Add countable events in log order: only the allowance rejects, one evaluation suffices."""
        rejected: list[RejectedRecord] = []
        admitted = self._admitted(file, history, incoming, rejected, EVENTS_PER_YIELD)
        new = [one async for one in admitted]
        row = self._folder.fold_together(file, history, new).row if new else None
        return FileStep(row, new, rejected)

    async def _fold_one_by_one(
        self, file: FileAt, history: FileHistory, incoming: ReadEvents
    ) -> FileStep:
        """Evaluate after each event in log order, so that the result does not depend on the batch."""
        row: EvaluatedRow | None = None
        new: list[tuple[Record, Event]] = []
        rejected: list[RejectedRecord] = []
        admitted = self._admitted(file, history, incoming, rejected, SINGLE_EVENTS_PER_YIELD)
        async for record, event in admitted:
            step = self._folder.fold_together(file, history, [(record, event)])
            rejected += step.rejected
            if step.row is not None:
                row, history = step.row, history.with_new([event])
                new.append((record, event))
        return FileStep(row, new, rejected)

    async def _admitted(
        self,
        file: FileAt,
        history: FileHistory,
        incoming: ReadEvents,
        rejected: list[RejectedRecord],
        events_per_yield: int,
    ) -> AsyncIterator[tuple[Record, Event]]:
        """New events in log order that the allowance leaves room for; the others are rejected.

        An event that the caller rejects before it asks for the next one is not counted.
        """
        known = KnownEvents(file.file_id, history.events, self._catalogue.sharing)
        for number, (record, event) in enumerate(incoming):
            if number % events_per_yield == 0:
                await asyncio.sleep(0)
            if known.has(event):
                continue
            if (rejection := known.rejection(record, event)) is not None:
                rejected.append(rejection)
                continue
            before = len(rejected)
            yield record, event
            if len(rejected) == before:
                known.add(event)

    def _outcome(
        self, owned: OwnedPartition, next_offset: int, evaluated: Sequence[EvaluatedRow]
    ) -> Outcome[ClockRows]:
        partition = owned.claim.partition
        snapshots = [NewRecord(partition, row.file_id.encode(), row.snapshot) for row in evaluated]
        rows = ClockRows(evaluated, owned.generation.regenerated_after)
        return Outcome(partition, next_offset, {FILE_CLOCKS: snapshots}, rows)


def _at(owned: OwnedPartition, file_id: str, now: datetime) -> FileAt:
    return FileAt(owned.claim.partition, owned.generation.number, file_id, now)


def _history(stored: StoredFile | None) -> FileHistory:
    return EMPTY_HISTORY if stored is None else of_stored(stored.history)


def _after(seconds: float) -> float:
    """A moment of the event loop's clock."""
    return asyncio.get_running_loop().time() + seconds


def _note(request: Forgotten, *, has_row: bool) -> NoteOfErasure:
    """The note of a request that is met; where nothing is counted there is nothing to rename."""
    pseudonym = request.data.pseudonym if has_row else None
    at = microseconds(request.recorded_at)
    return NoteOfErasure.decided(request.file_id, pseudonym, requested_by(request), at)
