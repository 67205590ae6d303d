"""Every file of a system written in a format, some thousand at a time.

Histories are read as ``preview`` reads them, beside services at work; what was recorded after the
moment of the export is left out, so that the files are those of one moment. Memory is bounded by a
page of files; what a format writes after everything else waits in a temporary file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Protocol

from echeance.exporter.exported import ExportedEvent, ExportedFile, exported
from echeance.exporter.ocel import OcelLog
from echeance.exporter.selection import Selection
from echeance.exporter.tables import CycleTable, EventTable
from echeance.exporter.xes import XesLog
from services.clock import ClockStore
from shared.domain import Catalogue, FileCalculator, decode_history, is_pseudonym

_FILES_PER_READ = 2_000


class _Format(Protocol):
    """A beginning, a part for each file, a middle, another part for each file, and an end."""

    beginning: str

    @property
    def middle(self) -> str: ...

    @property
    def end(self) -> str: ...

    def file(self, file: ExportedFile, events: Sequence[ExportedEvent]) -> tuple[str, str]: ...


EXPORT_FORMATS: Mapping[str, Callable[[Catalogue], _Format]] = {
    "xes": XesLog,
    "ocel": OcelLog,
    "csv": EventTable,
    "csv-cycles": CycleTable,
}
"""Formats by name."""


@dataclass
class ExportCounts:
    """What was exported, and what was left out: nothing is left out without being counted.

    ``without_reception`` are files of which no reception is known, ``without_effect`` events that
    are not in effect; ``forgotten`` files are in every figure, and in no export.
    """

    files: int = 0
    cycles: int = 0
    events: int = 0
    not_selected: int = 0
    without_reception: int = 0
    without_effect: int = 0
    forgotten: int = 0


async def export_files(
    store: ClockStore,
    catalogue: Catalogue,
    form: str,
    to: IO[str],
    *,
    at: datetime,
    known_at: datetime,
    selection: Selection,
    all_events: bool,
    advance: Callable[[int], None],
) -> ExportCounts:
    """Write the files as of ``at``, from what had been recorded by ``known_at``, by identifier.

    ``advance`` gets how many files were read. Raises ``CatalogueRefusedError`` under another
    catalogue than the clock's, and ``CoverageError`` outside the years of a calendar.
    """
    await store.require(catalogue)
    log, calculator, counts = (
        EXPORT_FORMATS[form](catalogue),
        FileCalculator(catalogue),
        ExportCounts(),
    )
    to.write(log.beginning)
    with TemporaryFile("w+", encoding="utf-8", newline="") as later:
        after = ""
        while page := await store.after(None, after, _FILES_PER_READ):
            for stored in page:
                if is_pseudonym(stored.file_id):
                    counts.forgotten += 1
                    continue
                known = [
                    event
                    for event in decode_history(stored.history)
                    if event.recorded_at <= known_at
                ]
                if not known:
                    continue  # the file was not known yet
                file = exported(stored.file_id, known, calculator.read(known, at), catalogue)
                if file is None:
                    counts.without_reception += 1
                    continue
                if not selection.selects(file):
                    counts.not_selected += 1
                    continue
                events = [one for one in file.events if all_events or one.in_effect]
                first, second = log.file(file, events)
                to.write(first)
                later.write(second)
                counts.files += 1
                counts.cycles += len(file.cycles)
                counts.events += len(events)
                counts.without_effect += len(file.events) - len(events)
            advance(len(page))
            after = page[-1].file_id
        to.write(log.middle)
        later.seek(0)
        copyfileobj(later, to)
    to.write(log.end)
    return counts
