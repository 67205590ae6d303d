"""The rows of the worklist, and the columns of its page and its spreadsheet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from services.compliance.board.csv.spreadsheet import Cell
from services.compliance.board.words import COMMON
from services.compliance.projection.listing_key import WorklistStage, of_snapshot
from shared.domain import (
    LIMIT_UNITS,
    Catalogue,
    ClockSnapshot,
    CycleState,
    DayUnit,
    Standard,
    deadline_words,
    remaining_at,
)
from shared.domain.calendars import BusinessCalendar
from shared.text import Language, Text


class RemainingDays(NamedTuple):
    """Days left until the last day on time, negative once late.

    ``late_from`` is set once the last day is past, until the day on which the file is late.
    """

    unit: DayUnit
    days: int
    late_from: date | None

    def in_words(self, spoken: Language) -> str:
        """As a person reads it."""
        return deadline_words.remaining(self.days, self.unit, self.late_from, spoken)


class WorklistRow(NamedTuple):
    """An open file; with a limit in minutes, ``due_at`` is set and nothing remains in days."""

    file_id: str
    standard: str
    standard_name: Text
    unit: str | None
    unit_name: Text
    stage: WorklistStage
    waiting_since: date | None
    measured: bool
    received_on: date
    due_on: date | None
    due_at: datetime | None
    remaining: RemainingDays | None


def worklist_row(snapshot: ClockSnapshot, catalogue: Catalogue, today: date) -> WorklistRow:
    """An open file's row on a day."""
    assert snapshot.standard is not None
    state = snapshot.cycles[-1]
    standard = catalogue.standards[snapshot.standard]
    unit = catalogue.units.get(snapshot.unit or "")
    calendar = catalogue.calendar_of(standard)
    terms = standard.followed_by(state.received_on)
    counts_days = terms.limit.counts_days
    waits = state.status == "waiting"
    key_stage = of_snapshot(snapshot).stage
    return WorklistRow(
        file_id=snapshot.file_id,
        standard=snapshot.standard,
        standard_name=standard.name.text(),
        unit=snapshot.unit,
        unit_name=unit.name.text() if unit else Text(snapshot.unit or "—", snapshot.unit or "—"),
        stage=key_stage.stage if key_stage else "waiting",
        waiting_since=calendar.local_day(state.since) if waits else None,
        measured=state.measured,
        received_on=state.received_on,
        due_on=state.due_on if counts_days else None,
        due_at=None if counts_days else state.breaches_at,
        remaining=_remaining(state, standard, calendar, today),
    )


def _remaining(
    state: CycleState, standard: Standard, calendar: BusinessCalendar, today: date
) -> RemainingDays | None:
    """While a file waits, what remains does not move."""
    if state.due_on is None or state.breaches_at is None:
        return None
    left = remaining_at(state, standard, calendar, calendar.midnight(today))
    if left.unit == "seconds":
        return None
    return RemainingDays(left.unit, int(left.amount), left.late_from)


def changed_rows(before: Sequence[WorklistRow], after: Sequence[WorklistRow]) -> int:
    """How many files were added, removed or changed."""
    old: Mapping[str, WorklistRow] = {one.file_id: one for one in before}
    new: Mapping[str, WorklistRow] = {one.file_id: one for one in after}
    gone = len(old.keys() - new.keys())
    return gone + sum(old.get(name) != one for name, one in new.items())


class WorklistColumn(NamedTuple):
    """A column of the spreadsheet, and maybe of the page: its heading, and a row's cell."""

    heading: Text
    cell: Callable[[WorklistRow, Language], Cell]


def _remaining_words(row: WorklistRow, spoken: Language) -> str | None:
    return row.remaining and row.remaining.in_words(spoken)


def _remaining_unit(row: WorklistRow, spoken: Language) -> str | None:
    return row.remaining and LIMIT_UNITS[row.remaining.unit].within(spoken)


WORKLIST_COLUMNS: Final[Mapping[str, WorklistColumn]] = {
    "file": WorklistColumn(Text("Dossier", "File"), lambda row, _: row.file_id),
    "standard": WorklistColumn(
        Text("Engagement", "Standard"), lambda row, spoken: row.standard_name.within(spoken)
    ),
    "standard_code": WorklistColumn(
        Text("Engagement (code)", "Standard (code)"), lambda row, _: row.standard
    ),
    "unit": WorklistColumn(Text("Unité", "Unit"), lambda row, spoken: row.unit_name.within(spoken)),
    "unit_code": WorklistColumn(Text("Unité (code)", "Unit (code)"), lambda row, _: row.unit),
    "stage": WorklistColumn(
        Text("Étape", "Stage"), lambda row, spoken: COMMON[row.stage].within(spoken)
    ),
    "stage_code": WorklistColumn(Text("Étape (code)", "Stage (code)"), lambda row, _: row.stage),
    "waiting_since": WorklistColumn(
        Text("Attend le client depuis", "Waiting for the client since"),
        lambda row, _: row.waiting_since,
    ),
    "measured": WorklistColumn(Text("Mesuré", "Measured"), lambda row, _: row.measured),
    "received": WorklistColumn(Text("Reçu", "Received"), lambda row, _: row.received_on),
    "due": WorklistColumn(Text("Échéance", "Due"), lambda row, _: row.due_on),
    "due_time": WorklistColumn(Text("Échéance (heure)", "Due (time)"), lambda row, _: row.due_at),
    "remaining": WorklistColumn(Text("Reste", "Remaining"), _remaining_words),
    "remaining_number": WorklistColumn(
        Text("Reste (nombre)", "Remaining (number)"),
        lambda row, _: row.remaining and row.remaining.days,
    ),
    "remaining_unit": WorklistColumn(Text("Reste (unité)", "Remaining (unit)"), _remaining_unit),
}
