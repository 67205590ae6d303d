"""Measured files and corrections as CSV for spreadsheets, read a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, Generic, NamedTuple

from services.compliance.api import CorrectionView, MeasuredFile, ResultView
from services.compliance.board.attainment_lists import AttainmentListing, R
from services.compliance.board.csv.spreadsheet import Cell, Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from shared.text import Text

ROWS: Final = 500
"""How many are read at once."""
_FILE: Final = Text("Dossier", "File")
_CYCLE: Final = Text("Cycle", "Cycle")
_UNIT: Final = (Text("Unité", "Unit"), Text("Unité (code)", "Unit (code)"))


class SheetTable(NamedTuple, Generic[R]):
    """The columns of a list: their headings, and the cells of a row."""

    headings: Sequence[Text]
    cells: Callable[[R, Board, Translator], Sequence[Cell]]


async def lines(
    board: Board,
    translator: Translator,
    table: SheetTable[R],
    first: AttainmentListing[R],
    page: Callable[[str], Awaitable[AttainmentListing[R]]],
) -> AsyncIterator[str]:
    """The lines of a list; ``first`` is read already, ``page`` reads the one after a cursor."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    yield sheet.heading(table.headings)
    while True:
        yield sheet.lines(table.cells(one, board, translator) for one in first.rows)
        if not first.following:
            return
        first = await page(first.following)


def _file(one: MeasuredFile, board: Board, translator: Translator) -> Sequence[Cell]:
    return (
        one.file_id,
        one.cycle,
        board.unit_name(one.unit, translator),
        one.unit,
        one.received_on,
        one.due_on,
        one.decided_on,
        translator(f"is_{one.outcome}"),
        one.outcome,
        one.counted,
        one.gross,
    )


def _correction(one: CorrectionView, board: Board, translator: Translator) -> Sequence[Cell]:
    return (
        one.file_id,
        one.cycle,
        board.standard_name(one.standard, translator),
        one.standard,
        board.unit_name(one.unit, translator),
        one.unit,
        *_answer(one.old, translator),
        *_answer(one.new, translator),
        one.cause.id if one.cause else translator("by_catalogue"),
        one.cause.source if one.cause else None,
        one.noted_at,
    )


def _answer(answer: ResultView | None, translator: Translator) -> Sequence[Cell]:
    if answer is None:
        return translator("no_answer"), None
    return translator(f"is_{answer.result}"), answer.day


FILES: Final = SheetTable(
    (
        _FILE,
        _CYCLE,
        *_UNIT,
        Text("Reçu", "Received"),
        Text("Échéance", "Due"),
        Text("Décidé", "Decided"),
        Text("Résultat", "Result"),
        Text("Résultat (code)", "Result (code)"),
        Text("Jours pris (ou secondes)", "Days taken (or seconds)"),
        Text("Les mêmes, bruts", "The same, gross"),
    ),
    _file,
)
CORRECTIONS: Final = SheetTable(
    (
        _FILE,
        _CYCLE,
        Text("Engagement", "Standard"),
        Text("Engagement (code)", "Standard (code)"),
        *_UNIT,
        Text("Avant", "Before"),
        Text("Avant (jour)", "Before (day)"),
        Text("Maintenant", "Now"),
        Text("Maintenant (jour)", "Now (day)"),
        Text("Cause", "Cause"),
        Text("Source", "Source"),
        Text("Notée", "Noted"),
    ),
    _correction,
)
