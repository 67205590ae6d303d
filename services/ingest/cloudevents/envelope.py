"""A strict parser of CloudEvents 1.0.2 in the JSON event format: a valid event, or all its faults.

Pure. Nothing is guessed or repaired: a generated ``id`` would count an event twice when it is sent
again, a default ``time`` would move a deadline. Extension attributes are validated and dropped, as
they could carry anything. The HTTP binary mode is in ``http_binding``.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from services.ingest.cloudevents import attributes, strict_json
from services.ingest.cloudevents.attributes import MOST_EVENT_BYTES, REQUIRED_ATTRIBUTES, Rules
from services.ingest.cloudevents.data import read_data
from services.ingest.cloudevents.faults import (
    MAX_FAULTS,
    EventFault,
    InvalidEventsError,
    excerpt,
    fault,
    known_words,
)
from services.ingest.cloudevents.members import Members, identifier, string
from services.ingest.cloudevents.texts import Code
from shared.domain import (
    EVENT_ID,
    EVENT_TYPES,
    FILE_ID,
    Event,
    Forgotten,
    Published,
    data_members,
    stored_name,
)

__all__ = ["Rules", "event_of", "lines_of", "parse_batch", "parse_lines", "parse_structured"]

_TYPES: Final[Mapping[str, type[Published | Forgotten]]] = {
    stored_name(event_type): event_type for event_type in (*EVENT_TYPES, Forgotten)
}
_LINE: Final = re.compile(rb"^[^\S\n]*\S[^\n]*", re.MULTILINE)


def parse_structured(raw: bytes, rules: Rules) -> Event:
    """One event in the JSON format; :class:`InvalidEventsError` with all its faults."""
    if len(raw) > MOST_EVENT_BYTES:
        raise InvalidEventsError([fault("", Code.too_large, limit=MOST_EVENT_BYTES)])
    return event_of(strict_json.decode(raw), rules)


def parse_batch(
    raw: bytes, rules: Rules, pace: Callable[[Iterator[bytes]], Iterator[bytes]] = iter
) -> list[Event]:
    """The events of a JSON batch; :class:`InvalidEventsError` with its first hundred faults.

    The elements of a long one are read one after the other, as ``pace`` hands them on.
    """
    if strict_json.is_dense(raw):
        elements = pace(strict_json.elements(raw, MOST_EVENT_BYTES))
        return _events(elements, parse_structured, rules)
    if strict_json.is_long(raw):
        return _events(pace(strict_json.elements(raw)), _parse_element, rules)
    try:
        values = strict_json.decode(raw)
    except InvalidEventsError as error:
        raise InvalidEventsError(map(_within_batch, error.faults)) from None
    if not isinstance(values, list):
        raise InvalidEventsError([fault("", Code.not_an_array)])
    return _events(values, event_of, rules)


def _parse_element(raw: bytes, rules: Rules) -> Event:
    return event_of(strict_json.decode(raw), rules)


def parse_lines(raw: bytes, rules: Rules) -> Iterator[tuple[int, Event | InvalidEventsError]]:
    """The event or error of each line of NDJSON, numbered from 1; blank lines are skipped."""
    number, previous = 1, 0
    for line in _LINE.finditer(raw):
        number += raw.count(b"\n", previous, line.start())
        previous = line.start()
        yield number, _event_or_error(line[0], rules)


def lines_of(raw: bytes) -> int:
    """The number of lines of NDJSON, trailing blank lines aside."""
    text = raw.rstrip()
    return text.count(b"\n") + 1 if text else 0


def event_of(value: Any, rules: Rules) -> Event:
    """A JSON value as an event; :class:`InvalidEventsError` with all its faults."""
    if not isinstance(value, dict):
        raise InvalidEventsError([fault("", Code.not_an_object, given=excerpt(value))])
    faults: list[EventFault] = []
    _check_specversion(value, faults)
    file_id = identifier(value, "subject", FILE_ID, faults)
    event_id = identifier(value, "id", EVENT_ID, faults)
    source = attributes.source(value, rules, faults)
    time = attributes.time(value, rules, faults)
    if not value.keys() <= REQUIRED_ATTRIBUTES:
        attributes.check_optional(value, faults)
    event_type = _event_type(value, faults)
    payload = _payload(value, event_type, faults)
    data = None if payload is None else read_data(event_type, payload, rules.catalogue, faults)
    if faults:
        encoded = value.get("data") is None and value.get("data_base64") is not None
        raise InvalidEventsError(map(_within_base64, faults) if encoded else faults)
    create: Callable[..., Event] = event_type
    event = create(
        id=event_id, source=source, file_id=file_id, time=time, recorded_at=rules.now, data=data
    )
    attributes.check_identifiers(event, rules, faults)
    attributes.check_allowed(event, rules, faults)
    attributes.check_countable(event, rules, faults)
    if faults:
        raise InvalidEventsError(faults)
    return event


def _events(
    values: Iterable[Any], parse: Callable[[Any, Rules], Event], rules: Rules
) -> list[Event]:
    events: list[Event] = []
    faults: list[EventFault] = []
    for index, value in enumerate(values):
        if len(faults) >= MAX_FAULTS:
            raise InvalidEventsError(faults, read=index)
        try:
            events.append(parse(value, rules))
        except InvalidEventsError as error:
            faults.extend(replace(one, index=index) for one in error.faults)
    if faults:
        raise InvalidEventsError(faults)
    return events


def _event_or_error(line: bytes, rules: Rules) -> Event | InvalidEventsError:
    try:
        return parse_structured(line, rules)
    except InvalidEventsError as error:
        return error


def _check_specversion(event: Members, faults: list[EventFault]) -> None:
    if event.get("specversion") == "1.0":
        return
    version = string(event, "specversion", faults)
    if version is not None:
        faults.append(fault("/specversion", Code.wrong_specversion, given=excerpt(version)))


def _event_type(event: Members, faults: list[EventFault]) -> type[Published | Forgotten]:
    name = event.get("type")
    event_type = _TYPES.get(name) if isinstance(name, str) else None
    if event_type is not None:
        return event_type
    if string(event, "type", faults) is not None:
        faults.append(
            fault("/type", Code.unknown_type, given=excerpt(name), known=known_words(_TYPES))
        )
    # Without a type the data cannot be checked: only faults of the attributes are reported.
    raise InvalidEventsError(faults)


def _payload(
    event: Members, event_type: type[Published | Forgotten], faults: list[EventFault]
) -> Members | None:
    """The object in ``data`` or ``data_base64``; None if there is none."""
    value = event.get("data")
    if value is None and event.get("data_base64") is not None:
        faults_before = len(faults)
        value = _decode_base64(event["data_base64"], faults)
        if len(faults) > faults_before:
            return None
    if isinstance(value, dict):
        return value
    if value is not None:
        faults.append(fault("/data", Code.not_an_object, given=excerpt(value)))
        return None
    if event_type is not Forgotten and any(one.required for one in data_members(event_type)):
        faults.append(fault("/data", Code.missing))
        return None
    return {}


def _decode_base64(encoded: Any, faults: list[EventFault]) -> Any:
    if not isinstance(encoded, str):
        faults.append(fault("/data_base64", Code.not_a_string, given=excerpt(encoded)))
        return None
    try:
        return strict_json.decode(binascii.a2b_base64(encoded, strict_mode=True))
    except InvalidEventsError as error:
        faults.extend(replace(one, pointer="/data_base64") for one in error.faults)
    except ValueError:
        faults.append(fault("/data_base64", Code.bad_base64))
    return None


def _within_batch(one: EventFault) -> EventFault:
    """A fault of the text of a batch as a fault of one of its events."""
    _, first, rest = (*one.pointer.split("/", 2), "", "")[:3]
    if not first.isdigit():
        return one
    return replace(one, index=int(first), pointer=f"/{rest}" if rest else "")


def _within_base64(one: EventFault) -> EventFault:
    """A fault in encoded data, which a JSON pointer cannot reach into."""
    inside = one.pointer == "/data" or one.pointer.startswith("/data/")
    return replace(one, pointer="/data_base64") if inside else one
