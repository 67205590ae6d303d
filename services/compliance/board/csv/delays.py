"""A distribution of delays for spreadsheets: each delay, and how many files took so long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from services.compliance.attainment import Measure
from services.compliance.board.csv.places import PLACE, place
from services.compliance.board.csv.spreadsheet import Cell, Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from shared.text import Text

_HEADINGS: Final = (
    *PLACE,
    Text("Délai (jours ou secondes)", "Delay (days or seconds)"),
    Text("Net, dans le délai", "Net, on time"),
    Text("Net, en retard", "Net, late"),
    Text("Brut, dans le délai", "Gross, on time"),
    Text("Brut, en retard", "Gross, late"),
)


def delay_sheet(rows: Sequence[Measure], board: Board, translator: Translator) -> str:
    """The files decided of each place, by delay: net, and had nothing stopped it."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)

    def lines() -> Iterator[Sequence[Cell]]:
        for row in rows:
            if row.standard is None or row.delays is None:
                continue
            net, gross = row.delays.net.rows(), row.delays.gross.rows()
            for amount in sorted(net.keys() | gross.keys()):
                counts = *net.get(amount, (0, 0)), *gross.get(amount, (0, 0))
                yield *place(row.standard, row.unit, board, translator), amount, *counts

    return sheet.heading(_HEADINGS) + sheet.lines(lines())
