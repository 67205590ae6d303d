"""What a file is that is no export, and what its mapping should say: from its first bytes."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping, Sequence

from echeance.importer.mapping import Csv, folded
from echeance.importer.reasons import ExportError, ReasonCode, shown
from shared.text import Text

_NOT_EXPORTS: Mapping[bytes, tuple[ReasonCode, str]] = {
    b"PAR1": ("not_an_export", "Parquet"),
    b"ORC": ("not_an_export", "ORC"),
    b"Obj\x01": ("not_an_export", "Avro"),
    b"ARROW1": ("not_an_export", "Arrow"),
    b"FEA1": ("not_an_export", "Feather"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("not_an_export", "Excel (.xls)"),
    b"%PDF": ("not_an_export", "PDF"),
    b"SQLite format 3\x00": ("not_an_export", "SQLite"),
    b"\x89HDF": ("not_an_export", "HDF5"),
    b"{\\rtf": ("not_an_export", "RTF"),
    b"BZh": ("archive", "bzip2"),
    b"\xfd7zXZ\x00": ("archive", "xz"),
    b"\x28\xb5\x2f\xfd": ("archive", "Zstandard"),
    b"7z\xbc\xaf\x27\x1c": ("archive", "7z"),
    b"Rar!": ("archive", "RAR"),
    b"\x1f\x8b": ("archive", "gzip (2 ×)"),
}
_ADVICE: Mapping[ReasonCode, Text] = {
    "archive": Text(
        "en extraire l’export (seul gzip est lu directement)",
        "extract the export from it (gzip alone is read as it is)",
    ),
    "not_an_export": Text(
        "l’enregistrer ou l’exporter en CSV (UTF-8)", "save or export it as CSV (UTF-8)"
    ),
}
_ZIPPED: Mapping[bytes, str] = {
    b"opendocument.spreadsheet": "OpenDocument (.ods)",
    b"xl/": "Excel (.xlsx)",
    b"[Content_Types].xml": "Excel (.xlsx)",
}
_TAR_MARK, _TAR_MARK_AT = b"ustar", 257
_WIDE = ("utf-16", "utf-32")
_MARKS_AND_SPACE = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_DELIMITERS = ",;\t|"
_ENCODINGS = ("utf-8-sig", "cp1252", "utf-16")
_SHOWN_COLUMNS = 50


def is_xml(beginning: bytes) -> bool:
    """Whether a file is XML, in any encoding: XML declares its own."""
    return beginning.lstrip(_MARKS_AND_SPACE).startswith(b"<")


def require_export(beginning: bytes, encoding: str) -> None:
    """Raise :class:`ExportError` where a file is surely something else than a text."""
    format_ = _format_of(beginning)
    if format_ is not None:
        code, name = format_
        raise ExportError(1, code, name, _ADVICE[code])
    if b"\x00" in beginning and not encoding.startswith(_WIDE) and not is_xml(beginning):
        raise ExportError(1, "binary")


def _format_of(beginning: bytes) -> tuple[ReasonCode, str] | None:
    if beginning.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        for inside, name in _ZIPPED.items():
            if inside in beginning:
                return "not_an_export", name
        return "archive", "ZIP"
    for mark, format_ in _NOT_EXPORTS.items():
        if beginning.startswith(mark):
            return format_
    if beginning[_TAR_MARK_AT:].startswith(_TAR_MARK):
        return "archive", "tar"
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] in (b"{", b"[") and text[1:].lstrip()[:1] in (b'"', b"{", b"[", b"}", b"]"):
        return "not_an_export", "JSON"
    return None


def columns_missing(
    line: int, columns: Sequence[str], header: Sequence[str], beginning: bytes, dialect: Csv
) -> ExportError:
    """The error of missing columns, with the likely intended ones or ``csv`` key."""
    missing = [column for column in columns if column not in header]
    there = [shown(column) for column in header[:_SHOWN_COLUMNS]]
    there += ["…"] if len(header) > _SHOWN_COLUMNS else []
    detail = f"{', '.join(map(shown, missing))} ({', '.join(there)})"
    hint = None
    if header[0].strip().lower().startswith("sep="):
        hint = Text(
            "enlever cette première ligne, que seul Excel comprend",
            "remove this first line, which Excel alone understands",
        )
    elif (meant := _other_writing(columns, beginning, dialect)) is not None:
        hint = Text(f"écrire « {meant} »", f"write “{meant}”")
    elif alike := [close for column in missing if (close := _alike(column, header)) is not None]:
        names = ", ".join(map(shown, alike))
        hint = Text(f"peut-être {names} ?", f"did you mean {names}?")
    return ExportError(line, "column_missing", detail, hint)


def _alike(column: str, header: Sequence[str]) -> str | None:
    by_folded = {folded(name): name for name in reversed(header)}
    close = difflib.get_close_matches(folded(column)[:200], list(by_folded)[:1_000], n=1)
    return by_folded[close[0]] if close else None


def _other_writing(columns: Sequence[str], beginning: bytes, dialect: Csv) -> str | None:
    """The ``csv`` key under which the header has every wanted column."""
    for encoding, delimiter, header in _readings(beginning, dialect):
        if all(column in header for column in columns):
            parts = []
            if delimiter != dialect.delimiter:
                sign = "\\t" if delimiter == "\t" else delimiter
                parts.append(f'delimiter: "{sign}"')
            if encoding is not None:
                parts.append(f"encoding: {encoding.removesuffix('-sig')}")
            if parts:  # none where it is the mark before the header that is in the way
                return f"csv: {{{', '.join(parts)}}}"
    return None


def _readings(beginning: bytes, dialect: Csv) -> Iterator[tuple[str | None, str, Sequence[str]]]:
    """The header in other encodings (None: the mapping's) and with other delimiters."""
    for encoding in (None, *_ENCODINGS):
        text = beginning.decode(encoding or dialect.encoding, "replace").lstrip("\ufeff\r\n")
        first_line = text.splitlines()[:1]
        for delimiter in (dialect.delimiter, *_DELIMITERS):
            if delimiter != dialect.quote:
                rows = csv.reader(first_line, delimiter=delimiter, quotechar=dialect.quote)
                try:
                    yield encoding, delimiter, next(rows, [])
                except csv.Error:
                    continue
