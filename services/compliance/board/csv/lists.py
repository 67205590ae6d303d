"""Measured files and corrections as CSV for spreadsheets, read a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeVar

from services.compliance.api import CorrectionView, MeasuredFile, ResultView
from services.compliance.board.attainment_lists import CorrectionList, MeasuredFileList
from services.compliance.board.csv.spreadsheet import Cell, Sheet
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from shared.text import Text

L = TypeVar("L", MeasuredFileList, CorrectionList)

ROWS: Final = 500
"""How many are read at once."""
_FILE: Final = Text("Dossier", "File")
_CYCLE: Final = Text("Cycle", "Cycle")
_UNIT: Final = (Text("Unité", "Unit"), Text("Unité (code)", "Unit (code)"))
_FILES: Final = (
    _FILE,
    _CYCLE,
    *_UNIT,
    Text("Reçu", "Received"),
    Text("Échéance", "Due"),
    Text("Décidé", "Decided"),
    Text("Résultat", "Result"),
    Text("Résultat (code)", "Result (code)"),
)
_CORRECTIONS: Final = (
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
)


async def files(
    board: Board,
    speech: Translator,
    first: MeasuredFileList,
    page: Callable[[str], Awaitable[MeasuredFileList]],
) -> AsyncIterator[str]:
    """A figure's files; ``first`` is read already, ``page`` reads the one after a cursor."""
    sheet = Sheet(speech.spoken, board.catalogue.zone)
    yield sheet.heading(_FILES)
    async for current in _pages(first, page):
        yield sheet.lines(_file(one, board, speech) for one in current.files)


def _file(one: MeasuredFile, board: Board, speech: Translator) -> Sequence[Cell]:
    return (
        one.file_id,
        one.cycle,
        board.unit_name(one.unit, speech),
        one.unit,
        one.received_on,
        one.due_on,
        one.decided_on,
        speech(f"is_{one.outcome}"),
        one.outcome,
    )


async def correction_lines(
    board: Board,
    speech: Translator,
    first: CorrectionList,
    page: Callable[[str], Awaitable[CorrectionList]],
) -> AsyncIterator[str]:
    """Answers that changed, likewise."""
    sheet = Sheet(speech.spoken, board.catalogue.zone)
    yield sheet.heading(_CORRECTIONS)
    async for current in _pages(first, page):
        yield sheet.lines(_correction(one, board, speech) for one in current.corrections)


def _correction(one: CorrectionView, board: Board, speech: Translator) -> Sequence[Cell]:
    return (
        one.file_id,
        one.cycle,
        board.standard_name(one.standard, speech),
        one.standard,
        board.unit_name(one.unit, speech),
        one.unit,
        *_answer(one.old, speech),
        *_answer(one.new, speech),
        one.cause.id if one.cause else speech("by_catalogue"),
        one.cause.source if one.cause else None,
        one.noted_at,
    )


def _answer(answer: ResultView | None, speech: Translator) -> Sequence[Cell]:
    if answer is None:
        return speech("no_answer"), None
    return speech(f"is_{answer.result}"), answer.day


async def _pages(first: L, page: Callable[[str], Awaitable[L]]) -> AsyncIterator[L]:
    """All pages of a list, from the first on."""
    yield first
    while first.following:
        first = await page(first.following)
        yield first
