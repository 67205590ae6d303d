"""The rows of an export, in any of the formats, and their events.

An export may be larger than memory: rows are streamed where the format allows. An unreadable row is
returned with its reason and reading goes on; where the file itself breaks off, :class:`ExportError`
says where, after all before it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from echeance.importer.formats import PEEKED_BYTES, Wanted, open_rows
from echeance.importer.row_order import in_file_order
from shared.mapping import ExportError, ExportMapping, ReadRow, Reason, RowCounts, RowReader
from shared.process import regular_files
from shared.text import Text


class WrittenDue(NamedTuple):
    """A file's due date as the export has it."""

    line: int
    file_id: str
    due: str


_DUE_AT_ONCE = 10_000


def _wanted_of(mapping: ExportMapping) -> Wanted:
    """What a mapping reads of an export."""
    return Wanted(
        mapping.column_names(),
        mapping.columns_of_every_event(),
        mapping.columns.file_id.column,
        mapping.csv,
        mapping.sheet,
    )


class Export:
    """An open export. Iterating once gives each row's events or reasons, with its line.

    >>> with Export(Path("receipt.csv.gz"), mapping, keep_due) as export:
    ...     for line, found in export: ...

    ``keep_due`` takes the export's own due dates, some at a time. Raises :class:`ExportError` when
    the file cannot be opened, and while iterating where it breaks off; ``UnusableFileError`` for a
    pipe, a device, or a directory.
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
        """Keys of the mapping that no row has, where a format has no header; filled at the end."""
        self.remarks: list[Text] = []
        """What was guessed of the file, and what of it is not read."""
        self._mapping = mapping
        self._keep_due = keep_due
        try:
            opened = io.FileIO(regular_files.open_regular(path))
            self._file = io.BufferedReader(opened, PEEKED_BYTES)
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
        columns, rows = open_rows(
            self._file, _wanted_of(self._mapping), self._opened, self.never_seen, self.remarks
        )
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
