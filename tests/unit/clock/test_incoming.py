"""The events of a batch: by file, new, duplicate or rejected."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.clock.event_allowance import MOST_EVENTS
from services.clock.incoming import KnownEvents, count_duplicates, decode_batch, new_events, reject
from shared.domain import UnknownStandardError, ownership
from shared.domain.calendars import CoverageError
from shared.domain.events import Event, decode_event, encode
from shared.log.ports import ORIGIN_HEADER, Batch, Record
from tests.builders import at, decided, received, requested

RECEIVED = received("A", "2025-04-28")
WAITS = requested("A", "2025-04-29")


def records(*events: Event) -> list[tuple[Record, Event]]:
    values = [encode(event) for event in events]
    return [(Record(n, b"", value), decode_event(value)) for n, value in enumerate(values)]


def test_a_batch_is_grouped_by_file_and_what_is_no_event_is_rejected() -> None:
    other = received("B", "2025-04-28")
    values = [encode(RECEIVED), b"{", encode(other), b"\xff", encode(WAITS)]
    batch = Batch(0, [Record(n, b"", value) for n, value in enumerate(values)], 5)
    incoming, _, rejected = decode_batch(batch)
    assert {
        name: [(record.offset, event) for record, event in events]
        for name, events in incoming.items()
    } == {"A": [(0, RECEIVED), (4, WAITS)], "B": [(2, other)]}
    assert [(one.record.offset, one.reason) for one in rejected] == [
        (1, "unreadable"),
        (3, "unreadable"),
    ]


def test_a_copy_of_what_was_read_is_left_out_and_one_of_what_was_not_is_read() -> None:
    """Rejected under an older catalogue, it would be counted now, and figures would change."""
    copies = [
        Record(10 + n, b"", value, ((ORIGIN_HEADER, b"%d" % n),))
        for n, value in enumerate([encode(RECEIVED), encode(WAITS), b"{"])
    ]
    batch = Batch(0, [*copies, Record(13, b"", encode(WAITS))], 14)
    told = decode_batch(batch, copied_to=1)
    assert [record.offset for record, _ in told.events["A"]] == [11, 13]
    assert [one.record.offset for one in told.refused] == [12]
    assert [record.offset for record, _ in decode_batch(batch).events["A"]] == [10, 11, 13]


def test_only_what_the_history_lacks_is_new_and_a_duplicate_is_dropped() -> None:
    recorded_again = replace(RECEIVED, recorded_at=at("2025-05-01"))
    new, conflicts = new_events([RECEIVED], records(recorded_again, WAITS, WAITS))
    assert ([event for _, event in new], conflicts) == ([WAITS], [])


@pytest.mark.parametrize("known", [[RECEIVED], []], ids=["in the history", "in the batch"])
def test_another_content_under_the_same_id_is_a_conflict_and_the_first_wins(
    known: list[Event],
) -> None:
    other = replace(RECEIVED, time=at("2025-04-29"))
    incoming = records(*([] if known else [RECEIVED]), other)
    new, [conflict] = new_events(known, incoming)
    assert [event for _, event in new] == ([] if known else [RECEIVED])
    assert (conflict.record, conflict.reason) == (incoming[-1][0], "conflict")


def test_an_id_is_that_of_its_source() -> None:
    other = replace(WAITS, id=RECEIVED.id, source="urn:other")
    new, conflicts = new_events([RECEIVED], records(other))
    assert ([event for _, event in new], conflicts) == ([other], [])


def test_known_events_decide_as_new_events_does_one_by_one() -> None:
    history = KnownEvents("A", [RECEIVED], ownership.NOT_SHARED)
    [(record, other)] = records(replace(WAITS, id=RECEIVED.id))
    assert history.has(replace(RECEIVED, recorded_at=at("2025-05-01")))
    assert not history.has(other) and not history.has(WAITS)
    conflict = history.rejection(record, other)
    assert conflict is not None and conflict.reason == "conflict"
    assert history.rejection(record, WAITS) is None
    history.add(WAITS)
    assert history.has(WAITS)


def test_an_event_beyond_the_allowance_is_rejected() -> None:
    known = [decided("A", "2025-04-29", named=f"{n}") for n in range(MOST_EVENTS - 1)]
    history = KnownEvents("A", [RECEIVED, *known], ownership.NOT_SHARED)
    [(record, one)] = records(decided("A", "2025-04-29", named="beyond"))
    rejection = history.rejection(record, one)
    assert rejection is not None and rejection.reason == "too_many_events"


def test_duplicates_are_what_is_neither_new_nor_rejected_by_source() -> None:
    incoming = records(RECEIVED, WAITS, RECEIVED, replace(RECEIVED, time=at("2025-04-29")))
    new, conflicts = new_events([WAITS], incoming)
    assert count_duplicates(incoming, new, conflicts) == {RECEIVED.source: 2}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CoverageError("beyond the calendar"), "outside_coverage"),
        (UnknownStandardError("no such standard"), "unknown_standard"),
    ],
)
def test_an_event_that_cannot_be_counted_is_rejected_with_its_reason(
    error: Exception, reason: str
) -> None:
    [(record, _)] = records(RECEIVED)
    assert reject(record, error) == (record, reason, str(error))
