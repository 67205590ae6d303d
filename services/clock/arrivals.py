"""What arrives in a batch: the events of each file, what its history did not have yet, and the records that are of no use.

Pure. What cannot be used is a dead letter with its reason and its bytes; nothing is dropped in silence but an exact repetition.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from services.clock.files import TooManyEventsError, UnknownStandardError
from shared.calendar import CoverageError
from shared.dead_letters import (
    CONFLICT,
    OUTSIDE_COVERAGE,
    TOO_MANY_EVENTS,
    UNKNOWN_STANDARD,
    UNREADABLE,
)
from shared.events import Event, decode_event
from shared.log import Batch, Record, Refused

Uncountable = (CoverageError, UnknownStandardError, TooManyEventsError)
"""Why an event that can be read cannot be counted."""

_REASONS = {
    CoverageError: OUTSIDE_COVERAGE,
    UnknownStandardError: UNKNOWN_STANDARD,
    TooManyEventsError: TOO_MANY_EVENTS,
}
_CONFLICT = "the file already has an event of this source and id with another content"


def decoded(batch: Batch) -> tuple[dict[str, list[tuple[Record, Event]]], list[Refused]]:
    """The events of a batch by file, and the records that are none."""
    arrived: dict[str, list[tuple[Record, Event]]] = defaultdict(list)
    refused = []
    for record in batch.records:
        try:
            event = decode_event(record.value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            refused.append(Refused(record, UNREADABLE, str(error)))
            continue
        arrived[event.file_id].append((record, event))
    return arrived, refused


def new_events(
    known: Sequence[Event], arrived: Sequence[tuple[Record, Event]]
) -> tuple[list[tuple[Record, Event]], list[Refused]]:
    """What a history does not have yet, and records that name an event it has with another content; the first one wins."""
    if len(arrived) == 1 and arrived[0][1].id not in [event.id for event in known]:
        return list(arrived), []  # mostly so: there is nothing to compare it with
    kept = {(event.source, event.id): event for event in known}
    new, conflicting = [], []
    for record, event in arrived:
        first = kept.setdefault((event.source, event.id), event)
        if first is event:
            new.append((record, event))
        elif msgspec.structs.replace(event, recorded_at=first.recorded_at) != first:
            conflicting.append(Refused(record, CONFLICT, _CONFLICT))
    return new, conflicting


def repeated(
    arrived: Sequence[tuple[Record, Event]],
    new: Sequence[tuple[Record, Event]],
    conflicting: Sequence[Refused],
) -> Mapping[str, int]:
    """How many exact repetitions there were among what arrived, by source."""
    offsets = {record.offset for record, _ in new} | {one.record.offset for one in conflicting}
    return Counter(event.source for record, event in arrived if record.offset not in offsets)


def uncountable(record: Record, error: Exception) -> Refused:
    """An event that can be read and, for one of the reasons in :data:`Uncountable`, not counted."""
    return Refused(record, _REASONS[type(error)], str(error))
