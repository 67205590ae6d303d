"""The rows of a workbook: one of its sheets, the first row of which names the columns.

A cell is read as its value and not as it is shown: a date is ISO 8601, a whole number has no point.
A sheet is held in memory while it is read; what a workbook unpacks to is bounded.
"""

from __future__ import annotations

import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import time
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from echeance.importer.formats.archives import Stream, seekable
from echeance.importer.formats.recognition import (
    MOST_ROWS_BEFORE_HEADER,
    columns_not_in_sheet,
    header_of,
)
from echeance.importer.formats.source import Row, Rows, Source
from shared.mapping import ExportError, shown, text_of

_MOST_BYTES: Final = 2 << 30
_MIDNIGHT: Final = time()

OF_OLD_WORKBOOKS: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_workbook(source: Source) -> Rows:
    """The sheet that the mapping names, or the only one that has rows."""
    file = seekable(source.stream, source.opened)
    _require_bounded(file)
    file.seek(0)
    try:
        workbook = source.opened.enter_context(CalamineWorkbook.from_filelike(file))
        rows = _Rows(_sheet_rows(workbook, source.wanted.sheet))
    except PasswordError as error:
        raise ExportError(1, "workbook_locked") from error
    except CalamineError as error:
        raise ExportError(1, "workbook_broken", str(error)) from error
    header = rows.header(source.columns)
    return header, rows.rest(len(header))


def _require_bounded(file: Stream) -> None:
    if zipfile.is_zipfile(file):
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(one.file_size for one in archive.infolist())
        if unpacked > _MOST_BYTES:
            raise ExportError(1, "too_large", f"> {_MOST_BYTES >> 30} Gio")


def _sheet_rows(workbook: CalamineWorkbook, wanted: str | None) -> Iterator[list[Any]]:
    sheets = [one.name for one in workbook.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    if wanted is not None:
        if wanted not in sheets:
            raise ExportError(1, "sheet_missing", f"{shown(wanted)} ({_listed(sheets)})")
        return iter(workbook.get_sheet_by_name(wanted).iter_rows())
    filled = [
        sheet for name in sheets if (sheet := workbook.get_sheet_by_name(name)).total_height > 0
    ]
    if not filled:
        raise ExportError(1, "file_empty")
    if len(filled) > 1:
        raise ExportError(1, "sheets_several", _listed([one.name for one in filled]))
    return iter(filled[0].iter_rows())


def _listed(sheets: Sequence[str]) -> str:
    return ", ".join(map(shown, sheets))


class _Rows:
    """The rows of a sheet, as texts, with their numbers from 1."""

    def __init__(self, rows: Iterator[list[Any]]) -> None:
        self._rows = rows
        self._number = 0
        self._read: deque[tuple[int, list[str]]] = deque()
        """Rows below the header that were read to find it."""

    def header(self, columns: Sequence[str]) -> Sequence[str]:
        """The row that names the columns, read up to it: there may be titles above it."""
        first: list[tuple[int, list[str]]] = []
        while len(first) < MOST_ROWS_BEFORE_HEADER and (row := self._next()) is not None:
            first.append(row)
        filled = [cells for _, cells in first if any(cells)]
        if not filled:
            raise ExportError(1, "file_empty")
        header = header_of(filled, columns)
        if not set(columns) <= set(header):
            raise columns_not_in_sheet(columns, header)
        place = next(index for index, (_, cells) in enumerate(first) if cells is header)
        for column in columns:
            if header.count(column) != 1:
                raise ExportError(first[place][0], "column_twice", shown(column))
        self._read = deque(first[place + 1 :])
        return header

    def rest(self, width: int) -> Iterator[Row]:
        while (row := self._read.popleft() if self._read else self._next()) is not None:
            number, cells = row
            if any(cells):
                yield number, [*cells[:width], *[""] * (width - len(cells))]

    def _next(self) -> tuple[int, list[str]] | None:
        cells = next(self._rows, None)
        if cells is None:
            return None
        self._number += 1
        return self._number, [text_of(cell) for cell in cells]
