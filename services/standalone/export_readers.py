"""The rows of a CSV or XES export, compressed or not, and the events they are.

An export may be larger than memory: a row is handed out as soon as it has been read, and nothing of it is kept. What a file is,
its first bytes tell, not its name. A row that cannot be read is handed out with its reason, and reading goes on; where the file
itself breaks off, all that came before has been handed out and :class:`ExportError` says where it ends.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from codecs import lookup
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from services.standalone import export_xes
from services.standalone.export_reasons import (
    ExportError,
    Reason,
    ReasonCode,
    UnreadableRowError,
    shown,
)
from services.standalone.export_rows import RowReader
from services.standalone.mapping import Csv, ExportMapping

Row = tuple[int, Sequence[str] | Reason]
Stream = io.BufferedReader | gzip.GzipFile

_GZIP = b"\x1f\x8b"
_MARKS_AND_SPACE = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_LINES_TO_PEEK_BYTES = 64


class Export:
    """An open export. Iterating gives, once, each event as structured JSON or why its row cannot be read, with its line.

    >>> with Export(Path("receipt.csv.gz"), mapping) as export:
    ...     for line, found in export: ...

    Raises :class:`ExportError` when the file cannot be opened, and while iterating where it breaks off.
    """

    def __init__(self, path: Path, mapping: ExportMapping) -> None:
        self.ignored: Counter[str] = Counter()
        """Rows that are no event, by activity; filled while iterating."""
        self._mapping = mapping
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise ExportError(0, "unopenable", error.strerror or str(error)) from error
        self._opened = ExitStack()
        self._opened.enter_context(self._file)
        self.size_bytes = path.stat().st_size

    def __enter__(self) -> Export:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    @property
    def read_bytes(self) -> int:
        """How far the file has been read, for a progress bar beside ``size_bytes``."""
        return self._file.tell()

    def __iter__(self) -> Iterator[tuple[int, bytes | Reason]]:
        columns, rows = self._open()
        reader = RowReader(self._mapping, columns)
        self.ignored = reader.ignored
        for line, row in rows:
            if isinstance(row, Reason):
                yield line, row
                continue
            try:
                event = reader.event(row)
            except UnreadableRowError as error:
                yield line, error.reason
                continue
            if event is not None:
                yield line, event

    def _open(self) -> tuple[Sequence[str], Iterator[Row]]:
        stream: Stream = self._file
        if self._file.peek(2)[:2] == _GZIP:
            stream = self._opened.enter_context(gzip.GzipFile(fileobj=self._file))
        wanted = self._mapping.column_names()
        if _beginning(stream).startswith(b"<"):
            return wanted, _xes_rows(stream, wanted)
        written = self._mapping.csv
        # A byte that the encoding does not have spoils its own row, not the file (export_cells.require_decoded).
        text = io.TextIOWrapper(
            stream, encoding=_encoding(written), errors="surrogateescape", newline=""
        )
        return _csv_rows(self._opened.enter_context(text), written, wanted)


def _beginning(stream: Stream) -> bytes:
    """The first bytes that say something, or :class:`ExportError` when there are none."""
    try:
        first = stream.peek(_LINES_TO_PEEK_BYTES)
    except (EOFError, OSError, zlib.error) as error:
        raise _broken(error, 1) from error
    if not first:
        raise ExportError(1, "file_empty")
    return first.lstrip(_MARKS_AND_SPACE)


def _xes_rows(stream: Stream, columns: Sequence[str]) -> Iterator[Row]:
    line = 1
    rows = export_xes.rows(stream, columns)
    while True:
        try:
            line, cells = next(rows)
        except StopIteration:
            return
        except (EOFError, OSError, zlib.error) as error:
            raise _broken(error, line) from error
        yield line, cells


def _csv_rows(
    text: io.TextIOWrapper, written: Csv, wanted: Sequence[str]
) -> tuple[Sequence[str], Iterator[Row]]:
    """The header, which has every wanted column exactly once, and the rows after it."""
    rows = _csv_cells(text, written)
    line, header = next(rows, (1, []))
    if isinstance(header, Reason):
        raise ExportError(line, header.code, header.detail)
    if not header:
        raise ExportError(1, "file_empty")
    for column in wanted:
        if header.count(column) != 1:
            code: ReasonCode = "column_twice" if column in header else "column_missing"
            there = "" if column in header else f" ({', '.join(map(shown, header))})"
            raise ExportError(line, code, shown(column) + there)
    return header, _of_length(rows, len(header))


def _csv_cells(text: io.TextIOWrapper, written: Csv) -> Iterator[Row]:
    lines = csv.reader(text, delimiter=written.delimiter, quotechar=written.quote, strict=True)
    while True:
        line = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Reason("csv_malformed", str(error))
            continue
        except (EOFError, OSError, UnicodeError, zlib.error) as error:
            raise _broken(error, line) from error
        if cells:
            yield line, cells


def _of_length(rows: Iterator[Row], length: int) -> Iterator[Row]:
    for line, cells in rows:
        if isinstance(cells, Reason) or len(cells) == length:
            yield line, cells
        else:
            yield line, Reason("row_length", f"{len(cells)} / {length}")


def _encoding(written: Csv) -> str:
    """The encoding; for UTF-8, the one that skips the mark with which some programs begin a file."""
    name = lookup(written.encoding).name
    return "utf-8-sig" if name == "utf-8" else name


def _broken(error: Exception, line: int) -> ExportError:
    code: ReasonCode = "gzip_broken"
    if isinstance(error, UnicodeError):
        code = "encoding_broken"
    elif isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        code = "unopenable"
    return ExportError(line, code, str(error))
