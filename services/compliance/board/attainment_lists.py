"""The rows behind the page of attainment: the files of a figure, and corrections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Generic, Literal, NamedTuple, TypeVar

from services.compliance.api import CorrectionView, MeasuredFile, responses
from services.compliance.attainment import measured_days
from services.compliance.board.addresses import AttainmentSelection, next_page
from services.compliance.board.known import parameters_then
from services.compliance.board.shell import Board
from services.compliance.periods import Period
from services.compliance.projection import (
    AnswerChangeFilter,
    AnswerOutcome,
    CorrectionCursor,
    FigurePart,
    MeasuredFileCursor,
    MeasuredFileFilter,
    listings,
)
from shared.http import Principal, read_cursor

PAGE = 50
Change = Literal["became_late", "became_on_time", "came", "went", "moved"]
R = TypeVar("R", MeasuredFile, CorrectionView)


class AttainmentListing(NamedTuple, Generic[R]):
    """A page of rows; ``following`` is where the next begins, empty at the end."""

    period: Period
    rows: Sequence[R]
    following: str


async def read_files(
    board: Board,
    selection: AttainmentSelection,
    part: FigurePart,
    after: str,
    reader: Principal,
    *,
    length: int = PAGE,
) -> AttainmentListing[MeasuredFile]:
    """The files of a figure's numerator, denominator, or those that were late, by day."""
    then = await parameters_then(board, selection.known_at)
    units = then.units(reader, selection.standard, selection.unit or None)
    period = board.parameters.period(selection.period)
    first, last = measured_days(period, selection.basis, then.today())[1:]
    rows_filter = MeasuredFileFilter(
        selection.standard, units, selection.basis, part, first, last, then.known_on
    )
    cursor = read_cursor(MeasuredFileCursor, after or None)
    rows = await listings.measured_files(board.store.database, rows_filter, cursor, length + 1)
    following = next_page(rows, length, lambda row: MeasuredFileCursor.after(row, selection.basis))
    files = [responses.measured_file(row) for row in rows[:length]]
    return AttainmentListing(period, files, following)


async def read_corrections(
    board: Board,
    selection: AttainmentSelection,
    after: str,
    reader: Principal,
    *,
    length: int = PAGE,
) -> AttainmentListing[CorrectionView]:
    """The answers given for a period that changed once its month was over, the last noted first."""
    period, rows_filter = _answer_changes(board, selection, reader)
    cursor = read_cursor(CorrectionCursor, after or None)
    rows = await listings.answer_changes(board.store.database, rows_filter, cursor, length + 1)
    following = next_page(rows, length, CorrectionCursor.after)
    corrections = [responses.correction(row) for row in rows[:length]]
    return AttainmentListing(period, corrections, following)


async def correction_counts(
    board: Board, selection: AttainmentSelection, reader: Principal
) -> Mapping[Change, int]:
    """How many answers of a period changed since, by kind of change."""
    _, rows_filter = _answer_changes(board, selection, reader)
    counts = Counter[Change]()
    for old, new, number in await listings.answer_change_counts(board.store.database, rows_filter):
        counts[_change(old, new)] += number
    return counts


def _answer_changes(
    board: Board, selection: AttainmentSelection, reader: Principal
) -> tuple[Period, AnswerChangeFilter]:
    period, standard = board.parameters.period(selection.period), selection.standard or None
    units = board.parameters.units(reader, standard, selection.unit or None)
    return period, AnswerChangeFilter(standard, units, selection.basis, period.first, period.last)


def _change(old: AnswerOutcome | None, new: AnswerOutcome | None) -> Change:
    if old is None or new is None:
        return "came" if old is None else "went"
    if old == new:
        return "moved"
    return "became_late" if new == "late" else "became_on_time"
