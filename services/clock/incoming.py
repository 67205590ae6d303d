"""The events of a batch: by file, new or repeated, and the records to reject.

Pure. A record that cannot be used becomes a dead letter with its reason and its bytes; only an exact
duplicate is dropped without one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from services.clock.event_allowance import EventAllowance
from shared.domain import (
    CONFLICT,
    OUTSIDE_COVERAGE,
    UNKNOWN_STANDARD,
    UNREADABLE,
    Event,
    Forgotten,
    Sharing,
    UnknownStandardError,
    decode_event,
)
from shared.domain.calendars import CoverageError
from shared.log.ports import Batch, Record, RejectedRecord, is_copy, is_emptied, origin_offset

UNCOUNTABLE = (CoverageError, UnknownStandardError)
"""Errors of an event that can be decoded and not counted."""

_REASONS = {CoverageError: OUTSIDE_COVERAGE, UnknownStandardError: UNKNOWN_STANDARD}
_CONFLICT = "the file already has an event of this source and id with another content"


ReadEvents = Sequence[tuple[Record, Event]]
"""Events of one file, each with the record it was read from, in log order."""


class Incoming(NamedTuple):
    """The events of a batch by file, the requests to forget files, and the records that are neither.

    A request stands behind the events that its file had before it in the log, and what follows is not
    of the file any more.
    """

    events: Mapping[str, list[tuple[Record, Event]]]
    forgotten: Mapping[str, list[ForgetRequest]]
    refused: list[RejectedRecord]


class ForgetRequest(NamedTuple):
    """A request to forget a file, and how many events of the file stand before it in the batch."""

    record: Record
    event: Forgotten
    after: int


def decode_batch(batch: Batch, decided_to: int = 0, copied_to: int = 0) -> Incoming:
    """What a batch holds. An emptied record held something of a file that is forgotten.

    Requests below an offset are decided already. Copies of what stood below ``copied_to`` are left out: it
    was counted or rejected there, under the catalogue of that time.
    """
    incoming: dict[str, list[tuple[Record, Event]]] = {}
    forgotten: dict[str, list[ForgetRequest]] = {}
    refused = []
    for record in batch.records:
        if record.headers and is_copy(record) and origin_offset(record) < copied_to:
            continue
        try:
            event = decode_event(record.value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if not is_emptied(record):
                refused.append(RejectedRecord(record, UNREADABLE, str(error)))
            continue
        if type(event) is Forgotten:
            if record.offset < decided_to or is_copy(record):
                continue
            before = incoming.setdefault(event.file_id, [])
            request = ForgetRequest(record, event, len(before))
            forgotten.setdefault(event.file_id, []).append(request)
            continue
        incoming.setdefault(event.file_id, []).append((record, event))
    return Incoming(incoming, forgotten, refused)


def new_events(
    history: Sequence[Event], incoming: ReadEvents
) -> tuple[ReadEvents, list[RejectedRecord]]:
    """The events that a history lacks, and the conflicts: an id of the history with another content.

    The first event recorded under a (source, id) wins.
    """
    if len(incoming) == 1 and incoming[0][1].id not in [event.id for event in history]:
        return incoming, []  # the usual case, without a dictionary
    first_of = {(event.source, event.id): event for event in history}
    new, conflicting = [], []
    for record, event in incoming:
        first = first_of.setdefault((event.source, event.id), event)
        if first is event:
            new.append((record, event))
        elif not _same(event, first):
            conflicting.append(RejectedRecord(record, CONFLICT, _CONFLICT))
    return new, conflicting


class KnownEvents:
    """The events of one file, extended one by one, with the index and the counts that decide on the next."""

    def __init__(self, file_id: str, history: Sequence[Event], sharing: Sharing) -> None:
        self._first = {(event.source, event.id): event for event in history}
        self._allowance = EventAllowance(file_id, history, sharing)

    def has(self, event: Event) -> bool:
        """Whether an event is an exact duplicate."""
        first = self._first.get((event.source, event.id))
        return first is not None and _same(event, first)

    def rejection(self, record: Record, event: Event) -> RejectedRecord | None:
        """The rejection of a new event that conflicts or exceeds an allowance; None if it does neither."""
        if (event.source, event.id) in self._first:
            return RejectedRecord(record, CONFLICT, _CONFLICT)
        exceeded = self._allowance.check(event)
        return exceeded and RejectedRecord(record, exceeded.reason, exceeded.detail)

    def add(self, event: Event) -> None:
        """Add an event to the history."""
        self._first[event.source, event.id] = event
        self._allowance.add(event)


def _same(event: Event, first: Event) -> bool:
    """Whether two events of one (source, id) are equal but for ``recorded_at``."""
    return msgspec.structs.replace(event, recorded_at=first.recorded_at) == first


def has_copies(batch: Batch) -> bool:
    """Whether any record of a batch was read before (:func:`is_copy`)."""
    return any(is_copy(record) for record in batch.records if record.headers)


def count_duplicates(
    incoming: ReadEvents, new: ReadEvents, conflicting: Sequence[RejectedRecord]
) -> Mapping[str, int]:
    """Exact duplicates in ``incoming``, by source."""
    offsets = {record.offset for record, _ in new} | {one.record.offset for one in conflicting}
    return Counter(
        event.source
        for record, event in incoming
        if record.offset not in offsets and not is_copy(record)
    )


def reject(record: Record, error: Exception) -> RejectedRecord:
    """Reject a record for an error of :data:`UNCOUNTABLE`."""
    return RejectedRecord(record, _REASONS[type(error)], str(error))
