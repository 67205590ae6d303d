"""Strict JSON (RFC 8259 and I-JSON): text that two parsers could read differently is refused.

Pure. Refused are invalid UTF-8, byte order marks, duplicate members, NaN and Infinity, and numbers
and nesting that exhaust a parser. ``_QUICK`` keeps the last of two members; where it fails or cannot
exclude duplicates, the slower ``_MARKING`` decodes the text again and finds every fault and its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from services.ingest.cloudevents.faults import MAX_FAULTS, EventFault, InvalidEventsError, fault
from services.ingest.cloudevents.members import pointer_to
from services.ingest.cloudevents.texts import Code

_LONGEST_INTEGER_DIGITS = 20
_EXHAUSTED: Final = object()
_LONG_BYTES: Final = 262_144
_DENSE_SHARE: Final = 6
_SPACE: Final = re.compile(r"[ \t\n\r]*")


class _Mark(NamedTuple):
    """Replaces a refused value."""

    code: Code


class _Members(list[tuple[str, Any]]):
    """The members of an object that has duplicates."""


def decode(raw: bytes) -> Any:
    """The value of a JSON text; :class:`InvalidEventsError` with all its faults."""
    try:
        value = _QUICK.decode(raw)
        strings = _strings((value,))
        if raw.count(b'"') == 2 * strings or _delimiters(raw) == 2 * strings:
            return value
    except (ValueError, RecursionError, msgspec.DecodeError):
        return _decode_carefully(raw)
    return _decode_carefully(raw)


def is_long(raw: bytes) -> bool:
    """Whether a text is read by its elements: a decoder lets no other thread run until its end."""
    return len(raw) > _LONG_BYTES


def is_dense(raw: bytes) -> bool:
    """Whether a long text has a value every few bytes, which decoded take thirty times as many."""
    values = raw.count(b",") + raw.count(b"[") + raw.count(b"{")
    return is_long(raw) and values * _DENSE_SHARE > len(raw)


def elements(raw: bytes, most_characters: int | None = None) -> Iterator[bytes]:
    """The text of each element of an array; :class:`InvalidEventsError` where it is malformed.

    An element longer than ``most_characters`` is cut, and is the last.
    """
    text = _text(raw)
    at = _past_space(text, 0)
    if not text.startswith("[", at):
        raise InvalidEventsError([fault("", Code.not_an_array)])
    at = _past_space(text, at + 1)
    separator = ","
    if text.startswith("]", at):
        separator, at = "]", _past_space(text, at + 1)
    while separator == ",":
        end = _element_end(text, at, most_characters)
        yield text[at:end].encode()
        if most_characters is not None and end - at > most_characters:
            return
        at = _past_space(text, end)
        separator = text[at : at + 1]
        at = _past_space(text, at + 1)
    if separator != "]" or at < len(text):
        raise InvalidEventsError([_not_json(text, at)])


def _element_end(text: str, at: int, most_characters: int | None) -> int:
    if most_characters is None:
        try:
            return _MARKING.raw_decode(text, at)[1]
        except RecursionError:
            raise InvalidEventsError([fault("", Code.too_deep)]) from None
        except json.JSONDecodeError as error:
            raise InvalidEventsError([_not_json(text, error.pos)]) from None
    window = text[at : at + most_characters + 1]
    try:
        _, length = _MARKING.raw_decode(window)
    except RecursionError:
        raise InvalidEventsError([fault("", Code.too_deep)]) from None
    except json.JSONDecodeError as error:
        in_string = error.msg.startswith("Unterminated string")
        if len(window) > most_characters and (in_string or error.pos > most_characters - 8):
            return at + len(window)  # cut, within the longest of JSON's words
        raise InvalidEventsError([_not_json(text, at + error.pos)]) from None
    return at + length


def _past_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space is not None  # matches the empty string
    return space.end()


def _not_json(text: str, at: int) -> EventFault:
    error = json.JSONDecodeError("", text, at)
    return fault("", Code.not_json, line=error.lineno, column=error.colno)


def _delimiters(raw: bytes) -> int:
    """The number of quotation marks of a JSON text that no backslash escapes."""
    text = raw.replace(rb"\\", b"")
    return text.count(b'"') - text.count(rb"\"")


def _strings(values: Iterable[Any]) -> int:
    """The number of strings in the values, names included.

    Each string of a text has at least two quotation marks, and of two members with one name only
    one is in the value. So a text with two quotation marks for each string has no duplicates.
    """
    count = 0
    for value in values:
        if isinstance(value, str):
            count += 1
        elif isinstance(value, dict):
            count += len(value) + _strings(value.values())
        elif isinstance(value, list):
            count += _strings(value)
    return count


def _decode_carefully(raw: bytes) -> Any:
    text = _text(raw)
    try:
        value = _MARKING.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidEventsError([_not_json(text, error.pos)]) from None
    except RecursionError:
        raise InvalidEventsError([fault("", Code.too_deep)]) from None
    if faults := list(islice(_marks(value), MAX_FAULTS)):
        raise InvalidEventsError(faults)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Members:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Members(pairs)


def _integer(text: str) -> int | _Mark:
    return _Mark(Code.number_too_long) if len(text) > _LONGEST_INTEGER_DIGITS else int(text)


_QUICK = msgspec.json.Decoder()
_MARKING = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_constant=lambda _: _Mark(Code.not_a_number),
    parse_int=_integer,
)


def _text(raw: bytes) -> str:
    """The decoded text; :class:`InvalidEventsError` if it is not UTF-8 without mark."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidEventsError([fault("", Code.not_utf8, at=error.start)]) from None
    if text.startswith("\ufeff"):
        raise InvalidEventsError([fault("", Code.byte_order_mark)])
    return text


class _Place(NamedTuple):
    """The place of a value, linked to the one around it: whole paths would be quadratic."""

    within: _Place | None
    name: str | int

    @property
    def pointer(self) -> str:
        path: list[str | int] = []
        here: _Place | None = self
        while here is not None:
            path.append(here.name)
            here = here.within
        return pointer_to(*reversed(path))


def _marks(value: Any) -> Iterator[EventFault]:
    """The faults of marks and duplicates, in the order of the text."""
    unvisited: list[Iterator[tuple[_Place | None, Any]]] = [iter([(None, value)])]
    while unvisited:
        place, here = next(unvisited[-1], (None, _EXHAUSTED))
        if here is _EXHAUSTED:
            unvisited.pop()
        elif isinstance(here, _Mark):
            yield fault(place.pointer if place else "", here.code)
        elif isinstance(here, _Members):
            yield from _duplicates(place, here)
            unvisited.append(_inside(place, here))
        elif isinstance(here, dict):
            unvisited.append(_inside(place, here.items()))
        elif isinstance(here, list):
            unvisited.append(_inside(place, enumerate(here)))


def _inside(
    place: _Place | None, members: Iterable[tuple[str | int, Any]]
) -> Iterator[tuple[_Place | None, Any]]:
    return ((_Place(place, name), value) for name, value in members)


def _duplicates(place: _Place | None, members: _Members) -> Iterator[EventFault]:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            yield fault(_Place(place, name).pointer, Code.duplicate_member)
        seen.add(name)
