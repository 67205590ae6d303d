"""What arrives in a batch: the events of each file, what its history did not have yet, and the records that are of no use.

Pure. What cannot be used is a dead letter with its reason and its bytes; nothing is dropped in silence but an exact repetition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from services.clock.files import TooManyEventsError, UnknownStandardError
from shared.calendar import CoverageError
from shared.dead_letters import UNREADABLE
from shared.events import Event, decode_event
from shared.log import Batch, Record, Refused

Uncountable = (CoverageError, UnknownStandardError, TooManyEventsError)
"""Why an event that can be read cannot be counted."""

_REASONS = {
    CoverageError: "outside_coverage",
    UnknownStandardError: "unknown_standard",
    TooManyEventsError: "too_many_events",
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
            conflicting.append(Refused(record, "conflict", _CONFLICT))
    return new, conflicting


def uncountable(record: Record, error: Exception) -> Refused:
    """An event that can be read and, for one of the reasons in :data:`Uncountable`, not counted."""
    return Refused(record, _REASONS[type(error)], str(error))
