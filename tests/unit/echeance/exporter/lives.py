"""A file with two cycles, exported."""

from __future__ import annotations

from echeance.exporter.exported import ExportedFile, exported
from shared.domain import FileCalculator
from shared.domain.cycles import history
from tests.builders import CATALOGUE, answered, at, decided, received, reopened, requested, voided

HISTORY = history(
    [
        received("A", "2025-04-28 10:00"),
        requested("A", "2025-05-01 10:00"),
        answered("A", "2025-05-12 10:00"),
        decided("A", "2025-05-20 10:00", named="early"),
        voided("A", "2025-05-21 10:00", "early"),
        decided("A", "2025-05-22 10:00"),
        decided("A", "2025-05-23 10:00"),
        reopened("A", "2025-06-02 10:00"),
    ]
)


def file_at(moment: str = "2025-07-01") -> ExportedFile:
    reading = FileCalculator(CATALOGUE).read(HISTORY, at(moment))
    file = exported("A", HISTORY, reading, CATALOGUE)
    assert file is not None
    return file
