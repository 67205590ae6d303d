"""The worklist for spreadsheets: the whole of a choice, however long it is, read a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from services.compliance import worklist
from services.compliance.board import worklist_rows
from services.compliance.board.csv.spreadsheet import Cell, Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.board.worklist_rows import WorklistRow
from services.compliance.worklist import WorklistCursor, WorklistFilter
from shared.domain import UNITS, ClockSnapshot
from shared.text import Text

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


async def lines(
    board: Board,
    speech: Translator,
    wanted: WorklistFilter,
    first: Sequence[tuple[WorklistCursor, ClockSnapshot]],
) -> AsyncIterator[str]:
    """The lines, a header first; ``first`` are the files read already, so that what fails has failed before the answer begins."""
    sheet = Sheet(speech.spoken, board.zone)
    yield sheet.heading(_HEADINGS)
    found = first
    while found:
        rows = [worklist_rows.worklist_row(one, board.catalogue, board.today()) for _, one in found]
        yield sheet.lines(_cells(row, board, speech) for row in rows)
        found = await worklist.page(board.store.database, wanted, found[-1][0], FILES)


def _cells(row: WorklistRow, board: Board, speech: Translator) -> Sequence[Cell]:
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
        UNITS[left.unit].within(speech.spoken) if left else None,
    )
