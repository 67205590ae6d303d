"""The standard and the unit of a line, in words and as codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.compliance.board.csv.spreadsheet import Cell
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from shared.text import Text

PLACE: Final = (
    Text("Engagement", "Standard"),
    Text("Engagement (code)", "Standard (code)"),
    Text("Unité", "Unit"),
    Text("Unité (code)", "Unit (code)"),
)


def place(standard: str, unit: str | None, board: Board, translator: Translator) -> Sequence[Cell]:
    """The cells under these headings; no unit is all of them."""
    return (
        board.standard_name(standard, translator),
        standard,
        board.unit_name(unit, translator) if unit else translator("every_unit"),
        unit,
    )
