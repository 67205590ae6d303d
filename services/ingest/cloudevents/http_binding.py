"""The HTTP binding of CloudEvents: the mode of a request, and the headers of the binary mode.

Pure. Headers are decoded as in §3.1.3.2: unquoted, percent-decoded once, and strict UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args
from urllib.parse import unquote_to_bytes

from services.ingest.cloudevents import strict_json
from services.ingest.cloudevents.attributes import MOST_EVENT_BYTES, Rules
from services.ingest.cloudevents.envelope import event_of
from services.ingest.cloudevents.faults import (
    MAX_FAULTS,
    EventFault,
    InvalidEventsError,
    excerpt,
    fault,
)
from services.ingest.cloudevents.members import pointer_to
from services.ingest.cloudevents.texts import Code
from shared.domain import Event

RawHeaders = Iterable[tuple[bytes, bytes]]
Mode = Literal["structured", "batch", "lines", "binary"]

MODES: dict[str, Mode] = {
    "application/cloudevents+json": "structured",
    "application/cloudevents-batch+json": "batch",
    "application/x-ndjson": "lines",
}
JSON_TYPE = "application/json"

_EVERY_MODE: tuple[Mode, ...] = get_args(Mode)
_PREFIX = b"ce-"
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER = re.compile(rf'[ \t]*;[ \t]*(?:({_TOKEN})=({_TOKEN}|"[^"\\]*"))?')
_MEDIA_TYPE = re.compile(rf"({_TOKEN}/{_TOKEN})[ \t]*((?:;.*)?)")
_PRINTABLE = re.compile(rb"[\x20-\x7e]*")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_PERCENT = re.compile(rb"(?:[^%]|%[0-9A-Fa-f]{2})*")


def mode_of(headers: RawHeaders, *only: Mode) -> Mode:
    """The mode of a request; :class:`InvalidEventsError` if it is none, or none of those that alone are accepted."""
    accepted = only or _EVERY_MODE
    headers = list(headers)
    content_type = _only(headers, b"content-type")
    essence = essence_of(content_type, accepted) if content_type else ""
    mode = MODES.get(essence)
    if mode is None and (essence == JSON_TYPE or content_type is None):
        mode = "binary" if any(name.startswith(_PREFIX) for name, _ in headers) else None
    if mode is None or mode not in accepted:
        raise InvalidEventsError([_unsupported(content_type or "", accepted)])
    return mode


def parse_binary(headers: RawHeaders, body: bytes, rules: Rules) -> Event:
    """The event of a binary-mode request; :class:`InvalidEventsError` with all its faults."""
    if len(body) > MOST_EVENT_BYTES:
        raise InvalidEventsError([fault("", Code.too_large, limit=MOST_EVENT_BYTES)])
    return event_of(_members(headers, body), rules)


def foreign_value(headers: RawHeaders, body: bytes, *, trust_attributes: bool) -> Any:
    """The JSON value of a request of another system, CloudEvents or not.

    An event in binary mode is the object that it would be in structured mode, where its headers can
    be trusted: no signature covers them. :class:`InvalidEventsError` with every fault.
    """
    headers = list(headers)
    content_type = _only(headers, b"content-type")
    essence = JSON_TYPE
    if content_type is not None and content_type != JSON_TYPE:
        essence = essence_of(content_type)
    if essence != JSON_TYPE and not essence.endswith("+json"):
        known = f"{JSON_TYPE}, …+json"
        unsupported = fault(
            "", Code.unsupported_media_type, given=excerpt(content_type or ""), known=known
        )
        raise InvalidEventsError([unsupported])
    if essence in MODES or not [name for name, _ in headers if name.startswith(_PREFIX)]:
        return strict_json.decode(body)
    if not trust_attributes:
        raise InvalidEventsError([fault("", Code.attributes_not_signed)])
    return _members(headers, body)


def _members(headers: RawHeaders, body: bytes) -> dict[str, Any]:
    """The members of an event in binary mode."""
    faults: list[EventFault] = []
    members = _attributes(headers, faults)
    if body:
        members["data"] = read_body(body, faults)
    if faults:
        raise InvalidEventsError(faults)
    return members


def _attributes(headers: RawHeaders, faults: list[EventFault]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for raw_name, raw_value in headers:
        if len(faults) >= MAX_FAULTS:
            break
        if not raw_name.startswith(_PREFIX):
            continue
        name = raw_name[len(_PREFIX) :].decode("latin-1")
        value = _decode_header(raw_value)
        if name in members:
            faults.append(fault(pointer_to(name), Code.repeated_header, name=f"ce-{name}"))
        elif name in ("datacontenttype", "data", "data_base64"):
            faults.append(fault(pointer_to(name), Code.not_a_header))
        elif value is None:
            faults.append(fault(pointer_to(name), Code.bad_header))
        members[name] = value
    return members


def _decode_header(raw: bytes) -> str | None:
    """The value of an attribute; None if it is not encoded correctly."""
    if _PRINTABLE.fullmatch(raw) is None:
        return None
    quoted = _QUOTED.fullmatch(raw)
    if quoted is not None:
        raw = re.sub(rb"\\(.)", rb"\1", quoted[1])
    if _PERCENT.fullmatch(raw) is None:
        return None
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return None


def read_body(body: bytes, faults: list[EventFault]) -> Any:
    """The data of an event in binary mode; None, with faults added, if it is not JSON."""
    try:
        return strict_json.decode(body)
    except InvalidEventsError as error:
        faults.extend(replace(one, pointer="/data" + one.pointer) for one in error.faults)
        return None


def _only(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str | None:
    values = [value for header, value in headers if header == name]
    if len(values) > 1:
        raise InvalidEventsError([fault("", Code.repeated_header, name=name.decode())])
    return values[0].decode("latin-1").strip() if values else None


def essence_of(content_type: str, accepted: Collection[Mode] = _EVERY_MODE) -> str:
    """Type and subtype in lower case; only UTF-8 is accepted as character set."""
    matched = _MEDIA_TYPE.fullmatch(content_type)
    if matched is None:
        raise InvalidEventsError([_unsupported(content_type, accepted)])
    rest, position = matched[2], 0
    while position < len(rest):
        parameter = _PARAMETER.match(rest, position)
        if parameter is None or not _is_harmless(parameter[1], parameter[2]):
            raise InvalidEventsError([_unsupported(content_type, accepted)])
        position = parameter.end()
    return matched[1].lower()


def _is_harmless(name: str | None, value: str | None) -> bool:
    if name is None or value is None or name.lower() != "charset":
        return True
    return value.strip('"').lower() == "utf-8"


def _unsupported(content_type: str, accepted: Collection[Mode]) -> EventFault:
    known = [media_type for media_type, mode in MODES.items() if mode in accepted]
    if "binary" in accepted:
        known.append(f"{JSON_TYPE} (ce-…)")
    return fault(
        "", Code.unsupported_media_type, given=excerpt(content_type), known=", ".join(known)
    )
