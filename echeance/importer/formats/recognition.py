"""What a file is that is no export, and what its mapping should say: from its first bytes."""

from __future__ import annotations

import csv
import difflib
import io
import json
from codecs import lookup
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, Protocol

from shared.mapping import Csv, ExportError, ReasonCode, folded, shown
from shared.text import Text

_NOT_EXPORTS: Mapping[bytes, tuple[ReasonCode, str]] = {
    b"ORC": ("not_an_export", "ORC"),
    b"Obj\x01": ("not_an_export", "Avro"),
    b"ARROW1": ("not_an_export", "Arrow"),
    b"FEA1": ("not_an_export", "Feather"),
    b"%PDF": ("not_an_export", "PDF"),
    b"\x89HDF": ("not_an_export", "HDF5"),
    b"{\\rtf": ("not_an_export", "RTF"),
    b"BZh": ("archive", "bzip2"),
    b"\xfd7zXZ\x00": ("archive", "xz"),
    b"\x28\xb5\x2f\xfd": ("archive", "Zstandard"),
    b"7z\xbc\xaf\x27\x1c": ("archive", "7z"),
    b"Rar!": ("archive", "RAR"),
    b"\x1f\x8b": ("archive", "gzip (3 ×)"),
}
_ADVICE: Mapping[ReasonCode, Text] = {
    "archive": Text(
        "en extraire l’export (gzip et ZIP d’un seul fichier sont lus directement)",
        "extract the export from it (gzip and ZIP of one file are read as they are)",
    ),
    "not_an_export": Text(
        "l’enregistrer ou l’exporter en CSV (UTF-8)", "save or export it as CSV (UTF-8)"
    ),
    "json_of_one_value": Text("écrire un objet par ligne", "write one object a line"),
}
_TAR_MARK, _TAR_MARK_AT = b"ustar", 257
_WIDE = ("utf-16", "utf-32")
_MARKS_AND_SPACE = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_DELIMITERS = ",;\t|"
_ENCODINGS = ("utf-8-sig", "cp1252", "utf-16")
_SHOWN_COLUMNS = 50
MOST_ROWS_BEFORE_HEADER: Final = 50


class Writing(Protocol):
    """How a text is written."""

    @property
    def delimiter(self) -> str: ...

    @property
    def quote(self) -> str: ...

    @property
    def encoding(self) -> str: ...


def is_xml(beginning: bytes) -> bool:
    """Whether a file is XML, in any encoding: XML declares its own."""
    return beginning.lstrip(_MARKS_AND_SPACE).startswith(b"<")


def require_text(beginning: bytes, encoding: str) -> None:
    """Raise :class:`ExportError` where a file is surely something else than a text."""
    format_ = _format_of(beginning)
    if format_ is not None:
        code, name = format_
        raise ExportError(1, code, name, _ADVICE[code])
    if b"\x00" in beginning and not encoding.startswith(_WIDE):
        raise ExportError(1, "binary")


def _format_of(beginning: bytes) -> tuple[ReasonCode, str] | None:
    for mark, format_ in _NOT_EXPORTS.items():
        if beginning.startswith(mark):
            return format_
    if beginning[_TAR_MARK_AT:].startswith(_TAR_MARK):
        return "archive", "tar"
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] in (b"{", b"[") and text[1:].lstrip()[:1] in (b'"', b"{", b"[", b"}", b"]"):
        return "json_of_one_value", "JSON"
    return None


def columns_not_in_sheet(columns: Sequence[str], header: Sequence[str]) -> ExportError:
    """The error of missing columns where nothing of the file could be read in another way."""
    missing = [column for column in columns if column not in header]
    alike = [close for column in missing if (close := _alike(column, header)) is not None]
    names = ", ".join(map(shown, alike))
    hint = Text(f"peut-être {names} ?", f"did you mean {names}?") if alike else None
    return ExportError(1, "column_missing", _missing_and_there(missing, header), hint)


def _missing_and_there(missing: Sequence[str], header: Sequence[str]) -> str:
    there = [shown(column) for column in header[:_SHOWN_COLUMNS]]
    there += ["…"] if len(header) > _SHOWN_COLUMNS else []
    return f"{', '.join(map(shown, missing))} ({', '.join(there)})"


def columns_missing(
    line: int, columns: Sequence[str], header: Sequence[str], beginning: bytes, dialect: Writing
) -> ExportError:
    """The error of missing columns, with the likely intended ones or ``csv`` key."""
    missing = [column for column in columns if column not in header]
    detail = _missing_and_there(missing, header)
    hint = None
    if (meant := _other_writing(columns, beginning, dialect)) is not None:
        hint = Text(f"écrire « {meant} »", f"write “{meant}”")
    elif alike := [close for column in missing if (close := _alike(column, header)) is not None]:
        names = ", ".join(map(shown, alike))
        hint = Text(f"peut-être {names} ?", f"did you mean {names}?")
    return ExportError(line, "column_missing", detail, hint)


def _alike(column: str, header: Sequence[str]) -> str | None:
    by_folded = {folded(name): name for name in reversed(header)}
    close = difflib.get_close_matches(folded(column)[:200], list(by_folded)[:1_000], n=1)
    return by_folded[close[0]] if close else None


def _other_writing(columns: Sequence[str], beginning: bytes, dialect: Writing) -> str | None:
    """The ``csv`` key under which a row has every wanted column."""
    for encoding in (None, *_ENCODINGS):
        read = encoding or dialect.encoding
        for one in readings(beginning, read, Csv(quote=dialect.quote), columns):
            if all(column in one.header for column in columns):
                parts = []
                if one.delimiter != dialect.delimiter:
                    parts.append(f"delimiter: {quoted(one.delimiter)}")
                if encoding is not None:
                    parts.append(f"encoding: {encoding.removesuffix('-sig')}")
                if parts:  # none where it is the mark before the header that is in the way
                    return f"csv: {{{', '.join(parts)}}}"
    return None


def quoted(sign: str) -> str:
    """A delimiter or a quote as YAML writes it."""
    return json.dumps(sign, ensure_ascii=False)


class Reading(NamedTuple):
    """The beginning of a text read with a delimiter and a quote."""

    delimiter: str
    quote: str
    header: Sequence[str]
    alike: int
    """How many of the first rows have as many cells as the header; 0 where that is one."""


def readings(
    beginning: bytes, encoding: str, written: Csv, columns: Sequence[str] = ()
) -> Sequence[Reading]:
    """The beginning with each usual delimiter, or with what is written."""
    errors = "replace" if lookup(encoding).name.startswith(_WIDE) else "surrogateescape"
    text = beginning.decode(encoding, errors).lstrip("\ufeff\r\n")
    found: list[Reading] = []
    for delimiter in written.delimiter or _DELIMITERS:
        read = _reading(text, delimiter, written.quote or '"', columns)
        if read is not None and written.quote is None and _in_single_quotes(read.header):
            read = _reading(text, delimiter, "'", columns)
        if read is not None:
            found.append(read)
    return found


def _reading(text: str, delimiter: str, quote: str, columns: Sequence[str]) -> Reading | None:
    if delimiter == quote:
        return None
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    try:
        rows = [row for row in islice(lines, MOST_ROWS_BEFORE_HEADER) if any(row)]
    except csv.Error:
        return None
    header = header_of(rows, columns)
    alike = sum(len(row) == len(header) for row in rows) if len(header) > 1 else 0
    return Reading(delimiter, quote, header, alike)


def header_of(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> Sequence[str]:
    """Of the first rows the one that names the columns: there may be titles above it.

    It has every wanted column. Where none does, it is the first with more than half as many filled
    cells as any, none of which begins with a digit if there is such a row.
    """
    if columns:
        having = next((row for row in rows if set(columns) <= set(row)), None)
        if having is not None:
            return having
    most = max((sum(map(bool, row)) for row in rows), default=0)
    wide = [row for row in rows if 2 * sum(map(bool, row)) > most]
    names = (row for row in wide if not any(cell[:1].isdigit() for cell in row))
    return next(names, wide[0] if wide else ())


def _in_single_quotes(header: Sequence[str]) -> bool:
    return len(header) > 1 and header[0].startswith("'") and header[-1].endswith("'")
