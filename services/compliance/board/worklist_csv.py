"""The worklist for spreadsheets: the whole of a choice, however long it is, read a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from services.compliance import worklist
from services.compliance.board import listing
from services.compliance.board.listing import Row
from services.compliance.board.pages import Board
from services.compliance.board.speech import Speech
from services.compliance.spreadsheet import Cell, Sheet
from services.compliance.worklist import Cursor, Wanted
from shared.events import ClockSnapshot
from shared.texts import Text

FILES = 500
"""How many are read at once."""
_HEADINGS: Final = (
    Text("Dossier", "File"),
    Text("Engagement", "Standard"),
    Text("Engagement (code)", "Standard (code)"),
    Text("Unité", "Unit"),
    Text("Unité (code)", "Unit (code)"),
    Text("Étape", "Stage"),
    Text("Étape (code)", "Stage (code)"),
    Text("Attend le client depuis", "Waiting for the client since"),
    Text("Mesuré", "Measured"),
    Text("Reçu", "Received"),
    Text("Échéance", "Due"),
    Text("Échéance (heure)", "Due (time)"),
    Text("Reste", "Remaining"),
    Text("Reste (nombre)", "Remaining (number)"),
    Text("Reste (unité)", "Remaining (unit)"),
)
_UNITS: Final = {
    "business": Text("jours ouvrables", "business days"),
    "civil": Text("jours civils", "civil days"),
}


async def lines(
    board: Board, speech: Speech, wanted: Wanted, first: Sequence[tuple[Cursor, ClockSnapshot]]
) -> AsyncIterator[str]:
    """The lines, a header first; ``first`` are the files read already, so that what fails has failed before the answer begins."""
    sheet = Sheet(speech.spoken, board.zone)
    yield sheet.heading(_HEADINGS)
    found = first
    while found:
        rows = [listing.row(one, board.catalogue, board.today()) for _, one in found]
        yield sheet.lines(_cells(row, board, speech) for row in rows)
        found = await worklist.page(board.store.database, wanted, found[-1][0], FILES)


def _cells(row: Row, board: Board, speech: Speech) -> Sequence[Cell]:
    left = row.remaining
    return (
        row.file_id,
        board.standard_name(row.standard, speech),
        row.standard,
        board.unit_name(row.unit, speech),
        row.unit,
        speech(row.stage),
        row.stage,
        row.waiting_since,
        row.measured,
        row.received_on,
        row.due_on,
        row.due_at,
        left.in_words(speech.spoken) if left else None,
        left.days if left else None,
        _UNITS[left.unit].within(speech.spoken) if left else None,
    )
