"""Files as CSV: a row for each event, or for each cycle.

Pure. The table of events has the columns of the XES log, those of the trace under ``case:``, as
process-mining tools name them; the table of cycles has those of the API.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from echeance.exporter.columns import (
    CYCLE_COLUMNS,
    EVENT_COLUMNS,
    MEMBER_COLUMNS,
    Column,
    ExportedValue,
    file_columns,
    written,
)
from echeance.exporter.exported import ExportedEvent, ExportedFile
from shared.domain import Catalogue, short_name

_NAMED: Sequence[Column[ExportedEvent]] = (
    Column("concept:name", "text", lambda one: short_name(type(one.event))),
    Column("concept:instance", "text", lambda one: one.event.id),
    Column("lifecycle:transition", "text", lambda one: "complete"),
    Column("time:timestamp", "instant", lambda one: one.event.time),
)
_EVENT = (*_NAMED, *EVENT_COLUMNS, *MEMBER_COLUMNS)


class EventTable:
    """A row for each event: the file, the event, and the cycle that the file is listed by."""

    middle: ClassVar[str] = ""
    end: ClassVar[str] = ""

    def __init__(self, catalogue: Catalogue) -> None:
        self._file_columns = file_columns(catalogue)
        case = ["concept:name", *_names(self._file_columns), *_names(CYCLE_COLUMNS)]
        self.beginning = _lines([[*(f"case:{name}" for name in case), *_names(_EVENT)]])

    def file(self, file: ExportedFile, events: Sequence[ExportedEvent]) -> tuple[str, str]:
        """The rows of a file's events."""
        listed = file.listed
        cycle = [None if listed is None else column.of(listed) for column in CYCLE_COLUMNS]
        case: list[ExportedValue] = [
            file.file_id,
            *(one.of(file) for one in self._file_columns),
            *cycle,
        ]
        rows = ([*case, *(column.of(one) for column in _EVENT)] for one in events)
        return _lines(map(written, row) for row in rows), ""


class CycleTable:
    """A row for each cycle under each standard."""

    middle: ClassVar[str] = ""
    end: ClassVar[str] = ""

    def __init__(self, catalogue: Catalogue) -> None:
        self._file_columns = file_columns(catalogue)
        names = [*_names(self._file_columns), *_names(CYCLE_COLUMNS)]
        self.beginning = _lines([["file_id", *names]])

    def file(self, file: ExportedFile, events: Sequence[ExportedEvent]) -> tuple[str, str]:
        """The rows of a file's cycles."""
        of_file: list[ExportedValue] = [file.file_id, *(one.of(file) for one in self._file_columns)]
        rows = ([*of_file, *(one.of(cycle) for one in CYCLE_COLUMNS)] for cycle in file.cycles)
        return _lines(map(written, row) for row in rows), ""


def _names(columns: Sequence[Column[Any]]) -> Sequence[str]:
    return [one.name for one in columns]


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
