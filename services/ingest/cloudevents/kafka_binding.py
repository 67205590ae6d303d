"""The Kafka binding of CloudEvents: structured or binary mode, by the headers of a record.

Pure. Headers are UTF-8, and are not percent-encoded as those of HTTP are (§3.2.3 of the binding).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from services.ingest.cloudevents.attributes import MOST_EVENT_BYTES, Rules
from services.ingest.cloudevents.envelope import event_of, parse_structured
from services.ingest.cloudevents.faults import (
    MAX_FAULTS,
    EventFault,
    InvalidEventsError,
    excerpt,
    fault,
)
from services.ingest.cloudevents.http_binding import JSON_TYPE, essence_of, read_body
from services.ingest.cloudevents.members import pointer_to
from services.ingest.cloudevents.texts import Code
from shared.domain import Event

RecordHeaders = Sequence[tuple[str, bytes]]

STRUCTURED_TYPE: Final = "application/cloudevents+json"
_CONTENT_TYPE: Final = "content-type"
_PREFIX: Final = "ce_"


def is_binary(headers: RecordHeaders) -> bool:
    """Whether a record carries an event's attributes in its headers."""
    return any(name.startswith(_PREFIX) for name, _ in headers)


def parse_record(headers: RecordHeaders, value: bytes, rules: Rules) -> Event:
    """The event of a record; :class:`InvalidEventsError` with all its faults.

    The media type decides. Without one, headers with attributes mean the binary mode, none the
    structured one.
    """
    if not headers:  # the usual case
        return parse_structured(value, rules)
    if len(value) > MOST_EVENT_BYTES:
        raise InvalidEventsError([fault("", Code.too_large, limit=MOST_EVENT_BYTES)])
    media_type = _media_type(headers)
    if media_type == STRUCTURED_TYPE or (media_type is None and not is_binary(headers)):
        return parse_structured(value, rules)
    if not is_binary(headers) or media_type not in (None, JSON_TYPE):
        known = f"{STRUCTURED_TYPE}, {JSON_TYPE} (ce_…)"
        raise InvalidEventsError(
            [fault("", Code.unsupported_media_type, given=excerpt(media_type), known=known)]
        )
    faults: list[EventFault] = []
    members = _attributes(headers, faults)
    if value:
        members["data"] = read_body(value, faults)
    if faults:
        raise InvalidEventsError(faults)
    return event_of(members, rules)


def _media_type(headers: RecordHeaders) -> str | None:
    """The record's media type; None if it names none."""
    types = [value for name, value in headers if name.lower() == _CONTENT_TYPE]
    if len(types) > 1:
        raise InvalidEventsError([fault("", Code.repeated_header, name=_CONTENT_TYPE)])
    return essence_of(types[0].decode("latin-1").strip()) if types else None


def _attributes(headers: RecordHeaders, faults: list[EventFault]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for header, raw in headers:
        if len(faults) >= MAX_FAULTS:
            break
        if not header.startswith(_PREFIX):
            continue
        name = header.removeprefix(_PREFIX)
        if name in members:
            faults.append(fault(pointer_to(name), Code.repeated_header, name=excerpt(header)))
        elif name in ("datacontenttype", "data", "data_base64"):
            faults.append(fault(pointer_to(name), Code.not_a_header))
        try:
            members[name] = raw.decode()
        except UnicodeDecodeError as error:
            faults.append(fault(pointer_to(name), Code.not_utf8, at=error.start))
    return members
