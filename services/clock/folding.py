"""What one step makes of one file: its stored row and the events that came → its new row and snapshot.

Pure. Most files of a batch have one event each, and the worker has many of them at once
(:meth:`FileFolder.fold_single`). It has the others file by file, and only those that need more than one
evaluation to decide which events they may have cost it more than :meth:`FileFolder.fold_together`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from services.clock.checkpoints import Checkpoints
from services.clock.evaluator import EvaluatedRow, Evaluator, SnapshotVersion, StoredFile
from services.clock.event_allowance import ALWAYS_ALLOWED, surely_allowed
from services.clock.histories import EMPTY_HISTORY, FileHistory, of_stored
from services.clock.incoming import UNCOUNTABLE, ReadEvents, count_duplicates, new_events, reject
from shared.domain import Catalogue, cycles, is_pseudonym
from shared.log.ports import RejectedRecord


class FileAt:
    """A file of an owned partition under its generation, as of ``now``."""

    __slots__ = ("file_id", "generation", "now", "partition")

    def __init__(self, partition: int, generation: int, file_id: str, now: datetime) -> None:
        self.partition = partition
        self.generation = generation
        self.file_id = file_id
        self.now = now


class FileStep:
    """A file's new row if it changed, the events added to it, and the records rejected."""

    __slots__ = ("new", "rejected", "row")

    def __init__(
        self, row: EvaluatedRow | None, new: ReadEvents, rejected: Sequence[RejectedRecord]
    ) -> None:
        self.row = row
        self.new = new
        self.rejected = rejected


class FoldedFiles:
    """What a step makes of the files of a batch: rows, rejected records, and exact duplicates by source."""

    __slots__ = ("duplicates", "rejected", "rows")

    def __init__(self, rejected: Iterable[RejectedRecord]) -> None:
        self.rows: list[EvaluatedRow] = []
        self.rejected = list(rejected)
        self.duplicates: Counter[str] = Counter()

    def add(self, step: FileStep) -> None:
        """Add what one file came to."""
        if step.row is not None:
            self.rows.append(step.row)
        if step.rejected:
            self.rejected += step.rejected

    def add_folded(self, file_id: str, incoming: ReadEvents, step: FileStep) -> None:
        """The same, and what of the events that came for it the file had already."""
        self.add(step)
        new, rejected = step.new, step.rejected
        if len(new) + len(rejected) < len(incoming) and not is_pseudonym(file_id):
            self.duplicates.update(count_duplicates(incoming, new, rejected))


class FileFolder:
    """Folds events into the files of a catalogue; remembers where long ones go on (``checkpoints``)."""

    def __init__(self, catalogue: Catalogue, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._countable_range = catalogue.countable_range
        self._checkpoints = Checkpoints(catalogue, evaluator)

    def fold_single(
        self,
        files: Iterator[tuple[str, ReadEvents]],
        stored: Mapping[str, StoredFile],
        special: Collection[str],
        folded: FoldedFiles,
        *,
        partition: int,
        generation: int,
        now: datetime,
    ) -> tuple[str, ReadEvents] | None:
        """Fold files that a single event came for, until one needs more, which is returned; None at the end.

        Those among ``special`` always do.
        """
        for file_id, incoming in files:
            step = None
            if len(incoming) == 1 and file_id not in special:
                file = FileAt(partition, generation, file_id, now)
                step = self.fold_one(file, stored.get(file_id), incoming)
            if step is None:
                return file_id, incoming
            folded.add_folded(file_id, incoming, step)
        return None

    def fold_one(
        self, file: FileAt, stored: StoredFile | None, incoming: ReadEvents
    ) -> FileStep | None:
        """Add the only event that came for a file; None where the file's allowance has to be counted."""
        ((record, event),) = incoming
        history = EMPTY_HISTORY
        if stored is not None:
            version = SnapshotVersion(file.generation, record.offset)
            event_bytes = len(record.value)
            row = self._checkpoints.row_after(
                stored, event, event_bytes, version, file.partition, file.now
            )
            if row is not None:
                return FileStep(row, incoming, ())
            history = of_stored(stored.history)
            if len(history.events) >= ALWAYS_ALLOWED and not surely_allowed(
                [*history.events, event], len(stored.history) + event_bytes
            ):
                return None
        return self.fold_together(file, history, incoming)

    def fold_together(self, file: FileAt, history: FileHistory, incoming: ReadEvents) -> FileStep:
        """Add one event, or several that are countable in any order, and evaluate the file once."""
        new, rejected = new_events(history.events, incoming)
        if not new:
            return FileStep(None, [], rejected)
        history = history.with_new([event for _, event in new])
        try:
            for _, event in new:
                self._countable_range.require_countable(event)
            row = self._evaluate_new(file, history, new)
        except UNCOUNTABLE as error:
            ((record, _),) = new
            return FileStep(None, [], [*rejected, reject(record, error)])
        return FileStep(row, new, rejected)

    def _evaluate_new(self, file: FileAt, history: FileHistory, new: ReadEvents) -> EvaluatedRow:
        """Evaluate as of ``now``, after checking that future-dated events can be counted too.

        A crossing has no record to reject, so no event may become uncountable when its time comes.
        """
        events, position = history.events, new[-1][0].offset
        if events[-1].time > file.now:
            ahead = events[len(cycles.events_until(events, file.now)) :]
            if not self._countable_range.covers(events, max(file.now, ahead[-1].time)):
                for event in ahead:
                    self._evaluator.clock(events, event.time)
        if len(new) == 1 and len(events) > ALWAYS_ALLOWED:
            version = SnapshotVersion(file.generation, position)
            return self._checkpoints.evaluate(
                file.file_id, history, version, file.partition, file.now
            )
        return self.evaluate(file, history, position)

    def evaluate(self, file: FileAt, history: FileHistory, position: int) -> EvaluatedRow:
        """The row of a file; ``position`` is the offset of the last event that changed it."""
        return self._evaluator.evaluate(
            file.file_id,
            history,
            partition=file.partition,
            generation=file.generation,
            position=position,
            now=file.now,
        )

    def reevaluate(
        self, files: Sequence[StoredFile], partition: int, generation: int, now: datetime
    ) -> Sequence[EvaluatedRow]:
        """The rows of files whose histories have not changed."""
        evaluated = []
        for stored in files:
            file = FileAt(partition, generation, stored.file_id, now)
            evaluated.append(self.evaluate(file, of_stored(stored.history), stored.position))
        return evaluated

    def forget(self, file_id: str) -> None:
        """Drop what is remembered of a file."""
        self._checkpoints.forget(file_id)
