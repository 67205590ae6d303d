"""JSON lines: an object a line; what is nested has the names on the way to it, with points between."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from echeance.importer.formats.source import Row, Rows, Source, broken
from shared.mapping import ExportError, Reason, text_of

_LONGEST_LINE: Final = 1 << 20
_DEEPEST: Final = 20
_MOST_NAMES: Final = 1_000


def read_json_lines(source: Source) -> Rows:
    """The wanted members of every line; where none are named, those of the first lines."""
    columns = source.columns or _names(source.beginning)
    return columns, _cells(source, columns)


def _names(beginning: bytes) -> Sequence[str]:
    names: dict[str, None] = {}
    for line in beginning.splitlines():
        try:
            read = msgspec.json.decode(line.lstrip(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(read, dict):
            names |= dict.fromkeys(flat(read))
    return list(names)[:_MOST_NAMES]


def _cells(source: Source, columns: Sequence[str]) -> Iterator[Row]:
    seen: set[str] = set()
    number = 0
    while True:
        try:
            line = source.stream.readline(_LONGEST_LINE + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise broken(error, number + 1) from error
        if not line:
            break
        number += 1
        if len(line) > _LONGEST_LINE:
            raise ExportError(number, "line_too_long")
        if not line.strip():
            continue
        try:
            read = msgspec.json.decode(line.lstrip(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield number, Reason("json_malformed", "")
            continue
        if not isinstance(read, dict):
            yield number, Reason("json_malformed", "")
            continue
        cells = flat(read)
        seen.update(column for column in columns if column in cells)
        yield number, [cells.get(column, "") for column in columns]
    source.require_keys(seen, max(number, 1))


def flat(value: dict[str, Any]) -> dict[str, str]:
    """The members of an object as texts, by the names on the way to them: ``customer.name``."""
    cells: dict[str, str] = {}
    left: list[tuple[str, Any, int]] = [("", value, 0)]
    while left:
        name, one, depth = left.pop()
        if isinstance(one, dict) and depth < _DEEPEST:
            prefix = f"{name}." if name else ""
            left += [(f"{prefix}{key}", inner, depth + 1) for key, inner in one.items()]
        else:
            cells[name] = _text(one)
    return cells


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    return text_of(value)
