"""A distribution of delays for spreadsheets: each delay, and how many files took so long."""

from __future__ import annotations

from typing import Final

from services.compliance.board.csv.spreadsheet import Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.delays.distribution import Delays
from shared.text import Text

_HEADINGS: Final = (
    Text("Délai (jours ou secondes)", "Delay (days or seconds)"),
    Text("Net, dans le délai", "Net, on time"),
    Text("Net, en retard", "Net, late"),
    Text("Brut, dans le délai", "Gross, on time"),
    Text("Brut, en retard", "Gross, late"),
)


def delay_sheet(delays: Delays | None, board: Board, translator: Translator) -> str:
    """The files decided, by delay: net, and had nothing stopped it."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    net, gross = (delays.net.rows(), delays.gross.rows()) if delays else ({}, {})
    return sheet.heading(_HEADINGS) + sheet.lines(
        [amount, *net.get(amount, (0, 0)), *gross.get(amount, (0, 0))]
        for amount in sorted(net.keys() | gross.keys())
    )
