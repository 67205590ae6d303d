"""What arrives in a batch: the events of each file, what its history did not have yet, and the records that are of no use.

Pure. What cannot be used is a dead letter with its reason and its bytes; nothing is dropped in silence but an exact repetition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from services.clock.files import UnknownStandardError
from shared.calendar import CoverageError
from shared.dead_letters import dead_letter
from shared.events import Event, decode_event
from shared.log import FILE_EVENTS, Batch, NewRecord, Record

Uncountable = (CoverageError, UnknownStandardError)
"""Why an event that can be read cannot be counted."""

_CONFLICT = "the file already has an event of this source and id with another content"


def decoded(batch: Batch) -> tuple[dict[str, list[tuple[Record, Event]]], list[NewRecord]]:
    """The events of a batch by file, and the records that are none."""
    arrived: dict[str, list[tuple[Record, Event]]] = defaultdict(list)
    dead = []
    for record in batch.records:
        try:
            event = decode_event(record.value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            dead.append(
                dead_letter(
                    FILE_EVENTS, batch.partition, record, reason="unreadable", detail=str(error)
                )
            )
            continue
        arrived[event.file_id].append((record, event))
    return arrived, dead


def new_events(
    partition: int, known: Sequence[Event], arrived: Sequence[tuple[Record, Event]]
) -> tuple[list[tuple[Record, Event]], list[NewRecord]]:
    """What a history does not have yet, and records that name an event it has with another content; the first one wins."""
    kept = {(event.source, event.id): event for event in known}
    new, conflicting = [], []
    for record, event in arrived:
        first = kept.setdefault((event.source, event.id), event)
        if first is event:
            new.append((record, event))
        elif msgspec.structs.replace(event, recorded_at=first.recorded_at) != first:
            conflicting.append(
                dead_letter(FILE_EVENTS, partition, record, reason="conflict", detail=_CONFLICT)
            )
    return new, conflicting


def uncountable(
    partition: int, record: Record, error: CoverageError | UnknownStandardError
) -> NewRecord:
    """The dead letter of an event that can be read and not counted."""
    reason = "outside_coverage" if isinstance(error, CoverageError) else "unknown_standard"
    return dead_letter(FILE_EVENTS, partition, record, reason=reason, detail=str(error))
