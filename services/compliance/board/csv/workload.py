"""What is in hand by age and stage, and what came and went, for spreadsheets."""

from __future__ import annotations

from typing import Final

from services.compliance.attainment.measures import OPEN_STAGES
from services.compliance.board.csv.places import PLACE, place
from services.compliance.board.csv.spreadsheet import Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.board.words import COMMON
from services.compliance.workload import Workload
from shared.text import Text

_AGES: Final = (
    *PLACE,
    Text("Âge, de", "Age, from"),
    Text("Âge, à", "Age, to"),
    Text("Jours", "Days"),
    *(COMMON[stage] for stage in OPEN_STAGES),
    Text("En main", "In hand"),
)
_MOVED: Final = (
    *PLACE,
    Text("Du", "From"),
    Text("Au", "To"),
    Text("Reçus", "Received"),
    Text("Décidés", "Decided"),
    Text("Retirés", "Withdrawn"),
    Text("Ouverts à la fin", "Open at the end"),
)


def age_sheet(
    of: tuple[str, str | None], workload: Workload, board: Board, translator: Translator
) -> str:
    """A line for each band of ages of a standard and unit."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    names, days = place(*of, board, translator), translator(workload.open_files.days)
    return sheet.heading(_AGES) + sheet.lines(
        (*names, band.first, band.last, days, *band.stages.values(), band.files)
        for band in workload.ages
    )


def movement_sheet(
    of: tuple[str, str | None], workload: Workload, board: Board, translator: Translator
) -> str:
    """A line for each month or week of a standard and unit."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    names = place(*of, board, translator)
    return sheet.heading(_MOVED) + sheet.lines((*names, *one) for one in workload.movements)
