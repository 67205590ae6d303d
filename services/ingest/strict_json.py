"""JSON read strictly (RFC 8259 and I-JSON): what two readers could understand differently is refused.

Pure. Refused: what is not UTF-8, a byte order mark, a member that stands twice, NaN and Infinity, numbers and nesting that exist
only to exhaust the reader. Three readers, each slower than the one before and called only when that one cannot vouch for the
text: a quick one that is strict but keeps the last of two members, a careful one that refuses, and one that says where and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from services.ingest.faults import Fault, InvalidEventsError, fault
from services.ingest.members import pointer_to
from services.ingest.texts import Code

_LONGEST_INTEGER_DIGITS = 20


class _RefusedError(ValueError):
    """The text is JSON by the letter, and refused all the same."""


class _Mark(NamedTuple):
    """Stands in the value where something refused was written."""

    code: Code


class _Members(list[tuple[str, Any]]):
    """The members of an object as they were written, duplicates included."""


def decode(raw: bytes) -> Any:
    """The value of a JSON text; :class:`InvalidEventsError` with the JSON pointer of every fault."""
    try:
        value = _QUICK.decode(raw)
        if raw.count(b'"') == 2 * _strings((value,)):
            return value
    except (ValueError, RecursionError, msgspec.DecodeError):
        return _carefully(raw)
    return _carefully(raw)


def _strings(values: Iterable[Any]) -> int:
    """How many strings the values hold, names included.

    Each string of a text has at least two quotation marks, more when one is escaped in it; of two members of one name only one
    is in the value. So a text with two quotation marks for each string of its value has no member that stands twice.
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


def _carefully(raw: bytes) -> Any:
    try:
        return _CAREFUL.decode(raw.decode())
    except (ValueError, RecursionError):
        raise InvalidEventsError(_faults(raw)) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RefusedError
    return members


def _refuse(text: str) -> Any:
    raise _RefusedError


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER_DIGITS:
        raise _RefusedError
    return int(text)


def _marked_integer(text: str) -> int | _Mark:
    return _Mark("number_too_long") if len(text) > _LONGEST_INTEGER_DIGITS else int(text)


def _marked_constant(text: str) -> _Mark:
    return _Mark("not_a_number")


_QUICK = msgspec.json.Decoder()
_CAREFUL = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse, parse_int=_integer)
_MARKING = json.JSONDecoder(
    object_pairs_hook=_Members, parse_constant=_marked_constant, parse_int=_marked_integer
)


def _faults(raw: bytes) -> list[Fault]:
    """Why the text was refused."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return [fault("", "not_utf8", at=error.start)]
    if text.startswith("\ufeff"):
        return [fault("", "byte_order_mark")]
    try:
        value = _MARKING.decode(text)
    except json.JSONDecodeError as error:
        return [fault("", "not_json", line=error.lineno, column=error.colno)]
    except RecursionError:
        return [fault("", "too_deep")]
    return list(_marked(value))


def _marked(value: Any) -> Iterator[Fault]:
    """Every mark and every duplicate, in the order of the text."""
    unvisited: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while unvisited:
        path, here = unvisited.pop()
        if isinstance(here, _Mark):
            yield fault(pointer_to(*path), here.code)
        elif isinstance(here, _Members):
            yield from _duplicates(path, here)
            unvisited.extend(((*path, name), inner) for name, inner in reversed(here))
        elif isinstance(here, list):
            count = len(here)
            unvisited.extend(
                ((*path, count - 1 - at), item) for at, item in enumerate(reversed(here))
            )


def _duplicates(path: tuple[str | int, ...], members: _Members) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            yield fault(pointer_to(*path, name), "duplicate_member")
        seen.add(name)
