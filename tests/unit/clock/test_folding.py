"""One file's step: what a row becomes, what is repeated, and what is rejected alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from services.clock.evaluator import Evaluator, StoredFile
from services.clock.event_allowance import MOST_EVENTS
from services.clock.folding import FileAt, FileFolder, FileStep, FoldedFiles
from services.clock.histories import EMPTY_HISTORY, of_events, of_stored
from services.clock.incoming import ReadEvents
from shared.domain.events import Event, encode
from shared.domain.records import CONFLICT, OUTSIDE_COVERAGE, UNKNOWN_STANDARD, UNREADABLE
from shared.log.ports import Record, RejectedRecord
from tests.builders import CATALOGUE, answered, at, received, requested

NOW = at("2025-07-01")
STORY = [
    received("A", "2025-04-28 08:00"),
    *(
        one("A", f"2025-05-{1 + number // 2:02} {hour}", request_id=f"r{number // 2}")
        for number in range(40)
        for one, hour in [((requested, "09:00"), (answered, "15:00"))[number % 2]]
    ),
]  # fmt: skip


def records(events: Sequence[Event]) -> Sequence[tuple[Record, Event]]:
    return [(Record(offset, b"", encode(event)), event) for offset, event in enumerate(events)]


def folder() -> FileFolder:
    return FileFolder(CATALOGUE, Evaluator(CATALOGUE))


def at_now(event: Event) -> FileAt:
    return FileAt(3, 1, event.file_id, NOW)


def stored(step: FileStep) -> StoredFile:
    assert step.row is not None
    return step.row.stored()


def one_by_one(events: Sequence[Event]) -> Sequence[FileStep]:
    """Each event folded into the row that the one before it left."""
    fold, row, steps = folder(), None, []
    for pair in records(events):
        step = fold.fold_one(at_now(pair[1]), row, [pair])
        assert step is not None
        steps.append(step)
        row = stored(step) if step.row is not None else row
    return steps


def test_events_one_by_one_and_together_leave_the_same_row() -> None:
    last = one_by_one(STORY)[-1]
    together = folder().fold_together(at_now(STORY[0]), EMPTY_HISTORY, records(STORY))
    assert last.row is not None and together.row is not None
    assert last.row.columns() == together.row.columns()
    assert last.row.snapshot == together.row.snapshot
    assert list(of_stored(last.row.history).events) == list(of_events(STORY).events)


def test_a_long_file_repeats_and_conflicts_as_a_short_one() -> None:
    """A known identifier is never new, whatever the process remembers of the file."""
    for length in (3, len(STORY)):
        known = STORY[:length]
        repeated = known[2]
        other = requested("A", "2025-06-20", named=repeated.id)
        *_, again, conflict = one_by_one([*known, repeated, other])
        assert (again.row, list(again.new), list(again.rejected)) == (None, [], [])
        [rejected] = conflict.rejected
        assert (conflict.row, rejected.reason) == (None, CONFLICT)


def test_an_event_that_cannot_be_counted_is_rejected_alone() -> None:
    too_late = requested("A", "2099-01-01")
    unknown = received("B", "2025-04-28", standard="no-such")
    steps = one_by_one([*STORY, too_late, requested("A", "2025-06-20")])
    assert [one.reason for one in steps[-2].rejected] == [OUTSIDE_COVERAGE]
    assert steps[-1].row is not None
    [alone] = one_by_one([unknown])
    assert [one.reason for one in alone.rejected] == [UNKNOWN_STANDARD]


def test_whether_the_allowance_leaves_room_is_left_to_who_counts_it() -> None:
    full = [STORY[0], *(requested("A", "2025-05-01", named=f"n{n}") for n in range(MOST_EVENTS))]
    row = stored(folder().fold_together(at_now(STORY[0]), EMPTY_HISTORY, records(full)))
    [pair] = records([requested("A", "2025-06-20")])
    assert folder().fold_one(at_now(STORY[0]), row, [pair]) is None


def fold_single(
    files: Iterator[tuple[str, ReadEvents]],
    folded: FoldedFiles,
    known: Mapping[str, StoredFile] | None = None,
    special: Collection[str] = (),
) -> tuple[str, ReadEvents] | None:
    return folder().fold_single(
        files, known or {}, special, folded, partition=3, generation=1, now=NOW
    )


def test_files_of_a_single_event_are_folded_until_one_needs_more() -> None:
    of_b = records([received("B", "2025-04-28"), requested("B", "2025-04-29")])
    single = {name: records([received(name, "2025-04-28")]) for name in ("A", "C", "D")}
    files = iter([("A", single["A"]), ("B", of_b), ("C", single["C"]), ("D", single["D"])])
    folded = FoldedFiles([])
    assert fold_single(files, folded, special={"D"}) == ("B", of_b)
    assert fold_single(files, folded, special={"D"}) == ("D", single["D"])
    assert fold_single(files, folded, special={"D"}) is None
    alone = [
        folder().fold_one(at_now(pair[1]), None, [pair]) for name in "AC" for pair in single[name]
    ]
    assert [row.columns() for row in folded.rows] == [
        step.row.columns() for step in alone if step is not None and step.row is not None
    ]


def test_a_batch_has_its_rejected_records_and_the_duplicates_of_each_source() -> None:
    of_log, too_late = received("A", "2025-04-28"), records([received("B", "2099-01-01")])
    pseudonym = received("~A", "2025-04-28")
    known = {one.file_id: stored(one_by_one([one])[0]) for one in (of_log, pseudonym)}
    refused = RejectedRecord(Record(7, b"", b"{"), UNREADABLE, "")
    folded = FoldedFiles([refused])
    repeated = [(one.file_id, records([one])) for one in (of_log, pseudonym)]
    assert fold_single(iter([*repeated, ("B", too_late)]), folded, known) is None
    assert folded.rows == []
    assert [one.reason for one in folded.rejected] == [UNREADABLE, OUTSIDE_COVERAGE]
    assert folded.duplicates == {of_log.source: 1}
