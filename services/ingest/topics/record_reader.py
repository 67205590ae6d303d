"""A record of another system's topic → events, nothing, or why it is refused.

Pure. Whatever wraps an event, the parser of HTTP decides whether it is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.ingest.cloudevents import (
    InvalidEventsError,
    Rules,
    event_of,
    is_binary,
    parse_record,
    strict_json,
)
from services.ingest.foreign_values import InvalidValueError, foreign_events
from services.ingest.topics.envelopes import (
    RefusedRecordError,
    inserted_row,
    routed_event,
    unframed,
)
from services.ingest.topics.sources_file import ReadTopic
from shared.domain import Event
from shared.log.dead_letters import MAX_VALUE_BYTES
from shared.log.ports import Record
from shared.mapping import ExportMapping, ValueReader

MOST_RECORD_BYTES: Final = MAX_VALUE_BYTES
"""What a dead letter holds whole."""
_MOST_TOLD: Final = 10


class RecordReader:
    """Reads the records of one topic; not from two threads at once."""

    def __init__(self, topic: ReadTopic, mapping: ExportMapping | None) -> None:
        self._topic = topic
        self._mapped = None if mapping is None else ValueReader(mapping)

    def read(self, record: Record, rules: Rules) -> Sequence[Event]:
        """The events of a record, none if it says none; raises :class:`RefusedRecordError`.

        A record with one fault is refused whole.
        """
        if len(record.value) > MOST_RECORD_BYTES:
            raise RefusedRecordError(
                f"{len(record.value)} bytes, more than the {MOST_RECORD_BYTES} that a record may have"
            )
        if not record.value and not is_binary(record.headers):
            return ()  # a tombstone, for compaction
        try:
            return self._read(record, unframed(record.value), rules)
        except InvalidEventsError as error:
            raise RefusedRecordError(str(error)) from None

    def _read(self, record: Record, value: bytes, rules: Rules) -> Sequence[Event]:
        if self._topic.format == "cloudevents":
            return [parse_record(record.headers, value, rules)]
        document = strict_json.decode(value)
        column = "payload"
        if self._topic.format == "outbox":
            document = routed_event(record.headers, record.key, document)
        elif self._topic.format == "outbox-table":
            column = self._topic.payload
            document = inserted_row(document, column)
            if document is None:
                return ()
        if self._mapped is None:
            return [event_of(document[column], rules)]
        try:
            return foreign_events(self._mapped, document, rules).events
        except InvalidValueError as error:
            raise RefusedRecordError(_told(error)) from None


def _told(error: InvalidValueError) -> str:
    """The first faults of a value: each with the index of its item, and its pointer."""
    faults = [(one.item, one.pointer, one.reason.text.en) for one in error.unreadable]
    faults += [(one.index, one.pointer, one.detail("en")) for one in error.refused]
    return "; ".join(f"{index}{pointer}: {text}" for index, pointer, text in faults[:_MOST_TOLD])
