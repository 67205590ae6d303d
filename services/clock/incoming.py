"""What arrives in a batch: the events of each file, what its history did not have yet, and the records that are of no use.

Pure. What cannot be used is a dead letter with its reason and its bytes; nothing is dropped in silence but an exact repetition.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from services.clock.evaluator import UnknownStandardError
from services.clock.event_allowance import Room
from shared.domain import Event, Sharing, decode_event
from shared.domain.calendars import CoverageError
from shared.log.dead_letters import CONFLICT, OUTSIDE_COVERAGE, UNKNOWN_STANDARD, UNREADABLE
from shared.log.ports import Batch, Record, RejectedRecord

UNCOUNTABLE = (CoverageError, UnknownStandardError)
"""Why an event that can be read cannot be counted."""

_REASONS = {
    CoverageError: OUTSIDE_COVERAGE,
    UnknownStandardError: UNKNOWN_STANDARD,
}
_CONFLICT = "the file already has an event of this source and id with another content"


def decode_batch(
    batch: Batch,
) -> tuple[dict[str, list[tuple[Record, Event]]], list[RejectedRecord]]:
    """The events of a batch by file, and the records that are none."""
    arrived: dict[str, list[tuple[Record, Event]]] = defaultdict(list)
    refused = []
    for record in batch.records:
        try:
            event = decode_event(record.value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            refused.append(RejectedRecord(record, UNREADABLE, str(error)))
            continue
        arrived[event.file_id].append((record, event))
    return arrived, refused


def new_events(
    known: Sequence[Event], arrived: Sequence[tuple[Record, Event]]
) -> tuple[list[tuple[Record, Event]], list[RejectedRecord]]:
    """What a history does not have yet, and records that name an event it has with another content; the first one wins."""
    if len(arrived) == 1 and arrived[0][1].id not in [event.id for event in known]:
        return list(arrived), []  # mostly so: there is nothing to compare it with
    kept = {(event.source, event.id): event for event in known}
    new, conflicting = [], []
    for record, event in arrived:
        first = kept.setdefault((event.source, event.id), event)
        if first is event:
            new.append((record, event))
        elif not _same(event, first):
            conflicting.append(RejectedRecord(record, CONFLICT, _CONFLICT))
    return new, conflicting


class Arrivals:
    """What a file's history has, while many events of it arrive one after the other: nothing is looked for twice."""

    def __init__(self, file_id: str, known: Sequence[Event], sharing: Sharing) -> None:
        self._first = {(event.source, event.id): event for event in known}
        self._room = Room(file_id, known, sharing)

    def has(self, event: Event) -> bool:
        """Whether this very event is known already."""
        first = self._first.get((event.source, event.id))
        return first is not None and _same(event, first)

    def refusal(self, record: Record, event: Event) -> RejectedRecord | None:
        """Why an event that is not known cannot become one of the history; None where it can, as far as that is known here."""
        if (event.source, event.id) in self._first:
            return RejectedRecord(record, CONFLICT, _CONFLICT)
        no_room = self._room.refusal(event)
        return None if no_room is None else RejectedRecord(record, no_room.reason, no_room.detail)

    def add(self, event: Event) -> None:
        """Let an event be one of the history."""
        self._first[event.source, event.id] = event
        self._room.add(event)


def _same(event: Event, first: Event) -> bool:
    """Whether two events of one source and id differ in nothing but when they were recorded."""
    return msgspec.structs.replace(event, recorded_at=first.recorded_at) == first


def count_duplicates(
    arrived: Sequence[tuple[Record, Event]],
    new: Sequence[tuple[Record, Event]],
    conflicting: Sequence[RejectedRecord],
) -> Mapping[str, int]:
    """How many exact repetitions there were among what arrived, by source."""
    offsets = {record.offset for record, _ in new} | {one.record.offset for one in conflicting}
    return Counter(event.source for record, event in arrived if record.offset not in offsets)


def reject(record: Record, error: Exception) -> RejectedRecord:
    """An event that can be read and, for one of the reasons in :data:`Uncountable`, not counted."""
    return RejectedRecord(record, _REASONS[type(error)], str(error))
