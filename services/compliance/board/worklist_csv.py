"""The worklist for spreadsheets: the whole of a choice, however long it is, read a page at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence

from services.compliance import worklist
from services.compliance.board import listing
from services.compliance.board.listing import Row
from services.compliance.board.pages import Board
from services.compliance.worklist import Cursor, Wanted
from shared.events import ClockSnapshot

FILES = 500
"""How many are read at once."""
_COLUMNS = (
    "file_id",
    "standard",
    "unit",
    "stage",
    "waiting_since",
    "measured",
    "received_on",
    "due_on",
    "due_at",
    "remaining",
    "remaining_unit",
)


async def lines(
    board: Board, wanted: Wanted, first: Sequence[tuple[Cursor, ClockSnapshot]]
) -> AsyncIterator[str]:
    """The lines, a header first; ``first`` are the files read already, so that what fails has failed before the answer begins."""
    yield ",".join(_COLUMNS) + "\r\n"
    found = first
    while found:
        rows = [listing.row(one, board.catalogue, board.today()) for _, one in found]
        out = io.StringIO()
        csv.writer(out).writerows(_cells(row) for row in rows)
        yield out.getvalue()
        if len(found) < FILES:
            return
        found = await worklist.page(board.store.database, wanted, found[-1][0], FILES)


def _cells(row: Row) -> Sequence[object]:
    days, unit = (row.remaining.days, row.remaining.unit) if row.remaining else (None, None)
    return (*row[:-1], days, unit)
