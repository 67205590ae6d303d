"""An export is recognized by its first bytes, never by its name, and read by its format."""

from __future__ import annotations

from codecs import lookup
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import msgspec

from echeance.importer.formats import archives, csv_text, json_lines, ocel, parquet, workbook, xes
from echeance.importer.formats.recognition import is_xml, require_text
from echeance.importer.formats.source import Rows, Source, Wanted
from shared.text import Text


class Format(NamedTuple):
    """A format of exports: its name, what recognizes a file by its first bytes, and its reader."""

    name: str
    recognizes: Callable[[bytes], bool]
    rows: Callable[[Source], Rows]


def open_rows(
    file: archives.Stream,
    wanted: Wanted,
    opened: ExitStack,
    never_seen: list[str],
    remarks: list[Text],
) -> Rows:
    """The columns and rows of an open export; what it holds open is closed with ``opened``."""
    stream = archives.unpacked(file, opened)
    beginning = archives.beginning_of(stream)
    source = Source(stream, beginning, wanted, opened, never_seen, remarks)
    return format_of(beginning).rows(source)


def format_of(beginning: bytes) -> Format:
    """The first format that recognizes a file."""
    return next(form for form in FORMATS if form.recognizes(beginning))


def _is_ocel_xml(beginning: bytes) -> bool:
    return is_xml(beginning) and b"<object-types" in beginning


def _is_ocel_json(beginning: bytes) -> bool:
    first = beginning.lstrip(_MARK_AND_SPACE)
    return first.startswith(b"{") and any(
        key in first for key in (b'"objectTypes"', b'"eventTypes"')
    )


def _is_json_lines(beginning: bytes) -> bool:
    first, _, others = beginning.lstrip(_MARK_AND_SPACE).partition(b"\n")
    if not first.startswith(b"{"):
        return False
    try:
        return isinstance(msgspec.json.decode(first), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return others.startswith(b"{")


_MARK_AND_SPACE = b"\xef\xbb\xbf \t\r\n"


def _is_workbook(beginning: bytes) -> bool:
    return beginning.startswith((b"PK\x03\x04", workbook.OF_OLD_WORKBOOKS))


def _read_text(source: Source) -> Rows:
    written = source.wanted.csv.encoding
    encoding = written or csv_text.encoding_of(source.beginning)
    require_text(source.beginning, lookup(encoding).name)
    return csv_text.read_csv(source)


FORMATS: Sequence[Format] = (
    Format("OCEL", _is_ocel_xml, ocel.read_ocel_xml),
    Format("XES", is_xml, xes.read_xes),
    Format("OCEL", _is_ocel_json, ocel.read_ocel_json),
    Format("JSON lines", _is_json_lines, json_lines.read_json_lines),
    Format("workbook", _is_workbook, workbook.read_workbook),
    Format("Parquet", lambda first: first.startswith(b"PAR1"), parquet.read_parquet),
    Format("OCEL", lambda first: first.startswith(b"SQLite format 3\x00"), ocel.read_ocel_sqlite),
    Format("CSV", lambda _: True, _read_text),
)
"""The first that recognizes a file reads it."""
