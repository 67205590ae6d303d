"""A comparison of periods for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from services.compliance.attainment import decimal
from services.compliance.board.csv.places import PLACE, place
from services.compliance.board.csv.spreadsheet import Cell, Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.changes import ComparedDays, Comparison, PeriodSide, Shift
from shared.text import Text

_SIDES: Final = (
    Text("période", "period"),
    Text("avant", "before"),
    Text("il y a un an", "a year ago"),
)
_OF_SIDE: Final = (
    Text("Du", "From"),
    Text("Au", "To"),
    Text("En retard", "Late"),
    Text("Mesurés", "Measured"),
    Text("Atteinte", "Attainment"),
    Text("Cible", "Target"),
    Text("Au-delà de la cible", "Beyond the target"),
    Text("Corrections", "Corrections"),
)
_OF_SHIFT: Final = (
    Text("Écart (points)", "Difference (points)"),
    Text("Retards au-delà, écart", "Late beyond, difference"),
    Text("Le hasard", "Chance"),
)


def comparison_sheet(comparison: Comparison, board: Board, translator: Translator) -> str:
    """A line for each standard and unit; what is not compared is empty."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    periods = comparison.periods

    def lines() -> Iterator[Sequence[Cell]]:
        for row in comparison.rows:
            yield (
                *place(row.standard, row.unit, board, translator),
                *_side(periods.current, row.current),
                *_side(periods.before, row.before),
                *_shift(row.since_before, translator),
                *_side(periods.year_ago, row.year_ago),
                *_shift(row.since_year_ago, translator),
            )

    current, before, year_ago = _SIDES
    headings = [
        *PLACE,
        *_under(_OF_SIDE, current),
        *_under(_OF_SIDE, before),
        *_under(_OF_SHIFT, before),
        *_under(_OF_SIDE, year_ago),
        *_under(_OF_SHIFT, year_ago),
    ]
    return sheet.heading(headings) + sheet.lines(lines())


def _under(headings: Sequence[Text], side: Text) -> Sequence[Text]:
    return [Text(f"{one.fr} ({side.fr})", f"{one.en} ({side.en})") for one in headings]


def _side(compared: ComparedDays | None, side: PeriodSide | None) -> Sequence[Cell]:
    if compared is None or side is None:
        return (None,) * len(_OF_SIDE)
    files = side.attainment
    return (
        compared.period.first,
        compared.last,
        files.late,
        files.measured,
        decimal(files.ratio),
        decimal(side.target),
        side.late_above,
        side.corrections,
    )


def _shift(change: Shift | None, translator: Translator) -> Sequence[Cell]:
    if change is None:
        return (None,) * len(_OF_SHIFT)
    chance = translator(change.chance) if change.chance else None
    return decimal(change.points), change.late_above, chance
