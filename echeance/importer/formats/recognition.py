"""What a file is that is no export, and what its mapping should say: from its first bytes."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.mapping import ExportError, ReasonCode, folded, shown
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
_HEADER_BYTES = 1 << 16


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


def _other_writing(columns: Sequence[str], beginning: bytes, dialect: Writing) -> str | None:
    """The ``csv`` key under which the header has every wanted column."""
    for encoding in (None, *_ENCODINGS):
        for delimiter, header in readings(beginning, encoding or dialect.encoding, dialect.quote):
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


def readings(beginning: bytes, encoding: str, quote: str) -> Sequence[tuple[str, Sequence[str]]]:
    """The header with each usual delimiter."""
    text = beginning[:_HEADER_BYTES].decode(encoding, "replace").lstrip("\ufeff\r\n")
    first_line = text.splitlines()[:1]
    found: list[tuple[str, Sequence[str]]] = []
    for delimiter in _DELIMITERS:
        if delimiter != quote:
            try:
                rows = csv.reader(first_line, delimiter=delimiter, quotechar=quote)
                found.append((delimiter, next(rows, [])))
            except csv.Error:
                continue
    return found
