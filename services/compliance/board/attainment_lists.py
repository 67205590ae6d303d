"""The rows behind the page of attainment: the files of a figure, and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from services.compliance.api import CorrectionView, MeasuredFile, RequestParameters, responses
from services.compliance.attainment import measured_days
from services.compliance.board.addresses import AttainmentSelection
from services.compliance.periods import Period
from services.compliance.projection import (
    AnswerChangeFilter,
    ComplianceStore,
    CorrectionCursor,
    FigurePart,
    MeasuredFileCursor,
    MeasuredFileFilter,
    listings,
)
from shared.http import Principal, read_cursor, write_cursor

PAGE = 50
Change = Literal["became_late", "became_on_time", "came", "went", "moved"]


class MeasuredFileList(NamedTuple):
    """A page of files; ``following`` is where the next begins, empty at the end."""

    period: Period
    files: Sequence[MeasuredFile]
    following: str


async def files(
    store: ComplianceStore,
    asking: RequestParameters,
    choice: AttainmentSelection,
    part: FigurePart,
    after: str,
    reader: Principal,
    *,
    length: int = PAGE,
) -> MeasuredFileList:
    """The files of a figure's numerator, denominator, or those that were late, by day."""
    units = asking.units(reader, choice.standard, choice.unit or None)
    period = asking.period(choice.period)
    first, last = measured_days(period, choice.basis, asking.today())[1:]
    selection = MeasuredFileFilter(choice.standard, units, choice.basis, part, first, last)
    cursor = read_cursor(MeasuredFileCursor, after or None)
    rows = await listings.measured_files(store.database, selection, cursor, length + 1)
    following = ""
    if len(rows) > length:
        following = write_cursor(MeasuredFileCursor.after(rows[length - 1], choice.basis))
    return MeasuredFileList(
        period, [responses.measured_file(row) for row in rows[:length]], following
    )


class CorrectionList(NamedTuple):
    """A page of answers that changed, the last noted first."""

    period: Period
    corrections: Sequence[CorrectionView]
    following: str


async def read_corrections(
    store: ComplianceStore,
    asking: RequestParameters,
    choice: AttainmentSelection,
    after: str,
    reader: Principal,
    *,
    length: int = PAGE,
) -> CorrectionList:
    """The answers given for a period that changed once its month was over."""
    period, selection = _changes(asking, choice, reader)
    cursor = read_cursor(CorrectionCursor, after or None)
    rows = await listings.answer_changes(store.database, selection, cursor, length + 1)
    following = ""
    if len(rows) > length:
        following = write_cursor(CorrectionCursor.after(rows[length - 1]))
    return CorrectionList(period, [responses.correction(row) for row in rows[:length]], following)


async def change_counts(
    store: ComplianceStore,
    asking: RequestParameters,
    choice: AttainmentSelection,
    reader: Principal,
) -> dict[Change, int]:
    """How many answers of a period changed since, by kind of change."""
    _, selection = _changes(asking, choice, reader)
    counts: dict[Change, int] = {}
    for old, new, number in await listings.change_counts(store.database, selection):
        change = _change(old, new)
        counts[change] = counts.get(change, 0) + number
    return counts


def _changes(
    asking: RequestParameters, choice: AttainmentSelection, reader: Principal
) -> tuple[Period, AnswerChangeFilter]:
    units = asking.units(reader, choice.standard or None, choice.unit or None)
    period = asking.period(choice.period)
    standard = choice.standard or None
    return period, AnswerChangeFilter(standard, units, choice.basis, period.first, period.last)


def _change(old: str | None, new: str | None) -> Change:
    match old, new:
        case None, _:
            return "came"
        case _, None:
            return "went"
        case _ if old == new:
            return "moved"
        case _:
            return "became_late" if new == "late" else "became_on_time"
