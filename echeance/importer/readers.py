"""The rows of a CSV or XES export, compressed or not, and their events.

An export may be larger than memory: rows are streamed. The format is recognized by the first bytes,
not by the name. An unreadable row is returned with its reason and reading goes on; where the file
itself breaks off, :class:`ExportError` says where, after all before it. Lines are bounded.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import zlib
from codecs import lookup
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from echeance.importer import xes
from echeance.importer.formats import columns_missing, is_xml, require_export
from echeance.importer.mapping import Csv, ExportMapping
from echeance.importer.reasons import ExportError, Reason, ReasonCode, shown
from echeance.importer.row_order import Row, in_file_order
from echeance.importer.rows import ReadRow, RowCounts, RowReader
from shared.process import regular_files


class WrittenDue(NamedTuple):
    """A file's due date as the export has it."""

    line: int
    file_id: str
    due: str


Rows = tuple[Sequence[str], Iterator[Row]]
"""The column of each cell of a row, and the rows."""
Stream = io.BufferedReader | gzip.GzipFile

_GZIP = b"\x1f\x8b"
_PEEKED_BYTES = 1 << 13
_LONGEST_LINE = 1 << 20
_DUE_AT_ONCE = 10_000
_READ_AGAIN = 4 << 20
_READ_AGAIN_EACH = 2


class Export:
    """An open export. Iterating once gives each row's events or reasons, with its line.

    >>> with Export(Path("receipt.csv.gz"), mapping, keep_due) as export:
    ...     for line, found in export: ...

    ``keep_due`` takes the export's own due dates, some at a time. Raises :class:`ExportError` when the file cannot be opened, and while iterating where it breaks
    off; ``UnusableFileError`` for a pipe, a device, or a directory.
    """

    def __init__(
        self,
        path: Path,
        mapping: ExportMapping,
        keep_due: Callable[[Sequence[WrittenDue]], None] = lambda _: None,
    ) -> None:
        self.rows = 0
        """Rows read so far, whatever they are; of a row that is a file, its dates."""
        self.counts = RowCounts()
        """Rows without an event, and those read under another spelling."""
        self.never_seen: list[str] = []
        """Keys of the mapping that no event of an XES log has; filled when all is read."""
        self._mapping = mapping
        self._keep_due = keep_due
        try:
            self._file = os.fdopen(regular_files.open_regular(path), "rb")
        except regular_files.UnusableFileError:
            raise
        except OSError as error:
            raise ExportError(0, "unopenable", error.strerror or str(error)) from error
        self._opened = ExitStack()
        self._opened.enter_context(self._file)
        self.size_bytes = os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> Export:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    @property
    def read_bytes(self) -> int:
        """How far the file has been read, for a progress bar beside ``size_bytes``."""
        return self._file.tell()

    def __iter__(self) -> Iterator[tuple[int, ReadRow | Reason]]:
        columns, rows = self._open()
        reader = RowReader(self._mapping, columns)
        self.counts = reader.counts
        if self._mapping.depends_on_order:
            rows = in_file_order(rows, reader.place)
        due: list[WrittenDue] = []
        for line, row in rows:
            if isinstance(row, Reason):
                self.rows += 1
                yield line, row
                continue
            outcomes = reader.outcomes(row)
            self.rows += len(outcomes)
            for found in outcomes:
                if found is not None:
                    yield line, found
            if (written := reader.due(row)) is not None:
                due.append(WrittenDue(line, *written))
                if len(due) >= _DUE_AT_ONCE:
                    self._keep_due(due)
                    due.clear()
        self._keep_due(due)

    def _open(self) -> Rows:
        stream: Stream = self._file
        if self._file.peek(2)[:2] == _GZIP:
            stream = self._opened.enter_context(gzip.GzipFile(fileobj=self._file))
        beginning = _beginning(stream)
        require_export(beginning, lookup(self._mapping.csv.encoding).name)
        source = _Source(stream, beginning, self._mapping, self._opened, self.never_seen)
        return next(form.rows(source) for form in FORMATS if form.recognizes(beginning))


class _Source(NamedTuple):
    """An export as its format reads it: its bytes, uncompressed, the first of them, its mapping."""

    stream: Stream
    beginning: bytes
    mapping: ExportMapping
    opened: ExitStack
    """Closes with the export what a reader opens."""
    never_seen: list[str]
    """Takes the keys of the mapping that no row has, where a format has no header."""

    @property
    def columns(self) -> Sequence[str]:
        return self.mapping.column_names()


def _beginning(stream: Stream) -> bytes:
    """The first bytes, or :class:`ExportError` when there are none."""
    try:
        first = stream.peek(_PEEKED_BYTES)
    except (EOFError, OSError, zlib.error) as error:
        raise _broken(error, 1) from error
    if not first:
        raise ExportError(1, "file_empty")
    return first


def _read_xes(source: _Source) -> Rows:
    return source.columns, _xes_cells(source)


def _xes_cells(source: _Source) -> Iterator[Row]:
    line, columns = 1, source.columns
    columns_with_cells: set[str] = set()
    rows = xes.rows(source.stream, columns, columns_with_cells)
    while True:
        try:
            line, cells = next(rows)
        except StopIteration:
            break
        except (EOFError, OSError, zlib.error) as error:
            raise _broken(error, line) from error
        yield line, cells
    source.never_seen.extend(column for column in columns if column not in columns_with_cells)
    of_every_event = source.mapping.columns_of_every_event()
    if never := [column for column in of_every_event if column in source.never_seen]:
        raise ExportError(line, "key_missing", ", ".join(map(shown, never)))


def _read_csv(source: _Source) -> Rows:
    """The header, which has every wanted column exactly once, and the rows after it."""
    dialect, columns = source.mapping.csv, source.columns
    # A byte that the encoding lacks spoils its own row, not the file (cells.require_decoded).
    text = io.TextIOWrapper(
        source.stream, encoding=_encoding(dialect), errors="surrogateescape", newline=""
    )
    lines = _Lines(source.opened.enter_context(text))
    first = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    header: Sequence[str] = []
    line = 1
    while not header:
        line = lines.number + 1
        lines.begin_row()
        try:
            header = next(first)
        except StopIteration:
            raise ExportError(1, "file_empty") from None
        except csv.Error as error:
            raise ExportError(line, "csv_malformed") from error
        except (EOFError, OSError, UnicodeError, zlib.error) as error:
            raise _broken(error, line) from error
    if not set(columns) <= set(header):
        raise columns_missing(line, columns, header, source.beginning, dialect)
    for column in columns:
        if header.count(column) != 1:
            raise ExportError(line, "column_twice", shown(column))
    return header, _csv_cells(lines, dialect, len(header))


class Format(NamedTuple):
    """A format of exports: what recognizes a file by its first bytes, and its reader."""

    recognizes: Callable[[bytes], bool]
    rows: Callable[[_Source], Rows]


FORMATS: Sequence[Format] = (Format(is_xml, _read_xes), Format(lambda _: True, _read_csv))
"""The first that recognizes a file reads it."""


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


def _csv_cells(lines: _Lines, dialect: Csv, length: int) -> Iterator[Row]:
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
            raise _broken(error, line) from error
        if len(cells) == length:
            yield line, cells
        elif cells:
            swallowed = lines.back_to_second()
            code: ReasonCode = "csv_malformed" if swallowed else "row_length"
            yield line, Reason(code, f"{len(cells)} / {length}")


def _encoding(dialect: Csv) -> str:
    """The encoding; for UTF-8, the one that skips a byte order mark."""
    name = lookup(dialect.encoding).name
    return "utf-8-sig" if name == "utf-8" else name


def _broken(error: Exception, line: int) -> ExportError:
    code: ReasonCode = "gzip_broken"
    if isinstance(error, UnicodeError):
        code = "encoding_broken"
    elif isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        code = "unopenable"
    return ExportError(line, code, str(error) if code == "unopenable" else "")
