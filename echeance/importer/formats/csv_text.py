"""Rows of text with a separator: one line each, but for line ends in quotes. Lines are bounded."""

from __future__ import annotations

import csv
import io
import zlib
from codecs import lookup
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from echeance.importer.formats.recognition import (
    MOST_ROWS_BEFORE_HEADER,
    columns_missing,
    quoted,
    readings,
)
from echeance.importer.formats.source import Row, Rows, Source, broken
from shared.mapping import Csv, ExportError, Reason, ReasonCode, shown
from shared.text import Text

_LONGEST_LINE = 1 << 20
_READ_AGAIN = 4 << 20
_READ_AGAIN_EACH = 2


class Dialect(NamedTuple):
    """How a text is written: by its mapping, or as it looks."""

    delimiter: str
    quote: str
    encoding: str
    header: Sequence[str]
    """The row that names the columns, or that is most like one."""

    def guessed(self, written: Csv) -> Text | None:
        """What of it the mapping does not say and is not what is usual."""
        parts = []
        if written.delimiter is None and self.delimiter != ",":
            parts.append(f"delimiter: {quoted(self.delimiter)}")
        if written.quote is None and self.quote != '"':
            parts.append(f"quote: {quoted(self.quote)}")
        if written.encoding is None and self.encoding not in ("utf-8", "utf-8-sig"):
            parts.append(f"encoding: {self.encoding}")
        if not parts:
            return None
        key = f"csv: {{{', '.join(parts)}}}"
        return Text(
            f"lu comme si la correspondance disait «\u00a0{key}\u00a0»\u00a0: l’y écrire, ou ce qui est juste",
            f"read as if the mapping said “{key}”: write it there, or what is right",
        )


def dialect_of(beginning: bytes, columns: Sequence[str], written: Csv) -> Dialect:
    """How a text is written: what its mapping says, and otherwise what gives it these columns."""
    encoding = written.encoding or encoding_of(beginning)
    found = readings(beginning, encoding, written, columns)
    having = [one for one in found if columns and set(columns) <= set(one.header)]
    best = max(having or found, key=lambda one: (one.alike, len(one.header)), default=None)
    if best is None:
        return Dialect(written.delimiter or ",", written.quote or '"', encoding, ())
    return Dialect(best.delimiter, best.quote, encoding, best.header)


def encoding_of(beginning: bytes) -> str:
    """The encoding that a text is surely in, or otherwise cp1252, which reads any."""
    for mark, name in _MARKS.items():
        if beginning.startswith(mark):
            return name
    zeros = beginning[: 1 << 12].count(b"\x00")
    sample = len(beginning[: 1 << 12])
    if sample // 4 < zeros <= sample * 5 // 8:  # most characters have one, before or after
        return "utf-16-be" if beginning.startswith(b"\x00") else "utf-16-le"
    try:
        beginning.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 3:  # a character cut in two is no fault
            return "cp1252"
    return "utf-8"


_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_csv(source: Source) -> Rows:
    """The header, which has every wanted column exactly once, and the rows after it."""
    columns = source.columns
    dialect = dialect_of(source.beginning, columns, source.wanted.csv)
    if (guessed := dialect.guessed(source.wanted.csv)) is not None:
        source.remarks.append(guessed)
    # A byte that the encoding lacks spoils its own row, not the file (cells.require_decoded).
    text = io.TextIOWrapper(
        source.stream,
        encoding=_without_mark(dialect.encoding),
        errors="surrogateescape",
        newline="",
    )
    lines = _Lines(source.opened.enter_context(text))
    header, line = _header(lines, dialect, columns, source)
    for column in columns:
        if header.count(column) != 1:
            raise ExportError(line, "column_twice", shown(column))
    return header, _csv_cells(lines, dialect, len(header))


def _header(
    lines: _Lines, dialect: Dialect, columns: Sequence[str], source: Source
) -> tuple[Sequence[str], int]:
    """The row that names the columns and its line, read up to it; what is above it is told."""
    rows = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    likely: tuple[Sequence[str], int] | None = None
    malformed: int | None = None
    above = 0
    for _ in range(MOST_ROWS_BEFORE_HEADER):
        line = lines.number + 1
        lines.begin_row()
        try:
            cells = next(rows)
        except StopIteration:
            break
        except csv.Error:
            lines.back_to_second()
            malformed = malformed or line
            above += 1
            continue
        except (EOFError, OSError, UnicodeError, zlib.error) as error:
            raise broken(error, line) from error
        if set(columns) <= set(cells) if columns else cells == dialect.header:
            if above:
                source.remarks.append(_not_read(line))
            return cells, line
        if any(cells):
            above += 1
            if likely is None or (cells == dialect.header != likely[0]):
                likely = cells, line
    if malformed is not None:
        raise ExportError(malformed, "csv_malformed")
    if likely is None:
        raise ExportError(1, "file_empty")
    raise columns_missing(likely[1], columns, likely[0], source.beginning, dialect)


def _not_read(line: int) -> Text:
    return Text(
        f"les lignes au-dessus de l’en-tête (ligne {line}) ne sont pas lues",
        f"the lines above the header (line {line}) are not read",
    )


class _Lines:
    """The lines of a text, of bounded length; those of a malformed row are read again singly.

    A row is held to the same length: a quote may never close. Where lines open quotes again and
    again and none closes, what is read again is held to a multiple of what is read: then a row is
    one line until there is room again.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.number = 0
        """Of the last line read, from 1."""
        self.of_row: list[str] = []
        self._readline = text.readline
        self._again: deque[str] = deque()
        self._length = 0
        self._read_again = 0
        self._alone = False
        self._row_length = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._readline(_LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > _LONGEST_LINE:
            raise ExportError(self.number + 1, "line_too_long")
        self.number += 1
        self.of_row.append(line)
        self._row_length += len(line)
        self._length += len(line)
        if self._row_length > _LONGEST_LINE or (self._alone and len(self.of_row) > 1):
            raise csv.Error("row too long")
        return line

    def begin_row(self) -> None:
        """What is read next begins a row."""
        self.of_row.clear()
        self._row_length = 0
        self._alone = self._read_again > _READ_AGAIN + _READ_AGAIN_EACH * self._length

    def back_to_second(self) -> int:
        """Give back all lines of the row but its first; how many."""
        rest = self.of_row[1:]
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        length = sum(map(len, rest))
        self._length -= length
        self._read_again += length
        return len(rest)


def _csv_cells(lines: _Lines, dialect: Dialect, length: int) -> Iterator[Row]:
    """The rows of that many cells. A quote that is not closed spoils its own line alone."""
    rows = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    while True:
        line = lines.number + 1
        lines.begin_row()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            lines.back_to_second()
            yield line, Reason("csv_malformed", "")
            continue
        except (EOFError, OSError, UnicodeError, zlib.error) as error:
            raise broken(error, line) from error
        if len(cells) == length:
            if any(cells):  # spreadsheets write empty rows with all their separators
                yield line, cells
        elif cells:
            swallowed = lines.back_to_second()
            code: ReasonCode = "csv_malformed" if swallowed else "row_length"
            yield line, Reason(code, f"{len(cells)} / {length}")


def _without_mark(encoding: str) -> str:
    """The encoding; for UTF-8, the one that skips a byte order mark."""
    name = lookup(encoding).name
    return "utf-8-sig" if name == "utf-8" else name
