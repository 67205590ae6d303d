"""The rows of the worklist, and the columns of its page and its spreadsheet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from services.compliance.board.csv.spreadsheet import Cell
from services.compliance.board.words import COMMON, RISK_WORDS
from services.compliance.forecast.effects import NO_EFFECTS, DecisionEffects
from services.compliance.forecast.risk import Risk
from services.compliance.projection.listing_key import WorklistStage, of_snapshot
from shared.domain import (
    LIMIT_UNITS,
    Catalogue,
    ClockSnapshot,
    CycleState,
    LimitUnit,
    Party,
    Standard,
    deadline_words,
    remaining_at,
)
from shared.domain.calendars import BusinessCalendar
from shared.text import Language, Text

_PARTIES: Final[Mapping[Party, Text]] = {
    "client": Text("le client", "the client"),
    "other": Text("un tiers", "a third party"),
}


class RemainingAmount(NamedTuple):
    """What is left until the last day or moment on time, negative once late.

    Days are whole; opening time is in seconds. ``late_from`` is set once the last day is past,
    until the day on which the file is late.
    """

    unit: LimitUnit
    amount: float
    late_from: date | None

    @property
    def is_last_day(self) -> bool:
        """Whether it is the last day, or no opening time is left."""
        return self.amount == 0

    def in_words(self, spoken: Language) -> str:
        """As a person reads it."""
        return deadline_words.remaining(self.amount, self.unit, self.late_from, spoken)

    def in_column(self, spoken: Language) -> str:
        """As a person reads it in a column of its unit."""
        return deadline_words.remaining_number(self.amount, self.unit, self.late_from, spoken)


class WorklistRow(NamedTuple):
    """An open file, once for each standard that measures it; ``due_at`` is set in place of
    ``due_on`` where opening time is counted. ``waits_for`` is set while it waits. ``risk`` is None where
    it may not be said.
    """

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
    remaining: RemainingAmount | None
    waits_for: Party | None = None
    risk: Risk | None = None
    has_several_standards: bool = False

    @property
    def anchor(self) -> str:
        """The row's name on the page."""
        return f"{self.file_id}-{self.standard}" if self.has_several_standards else self.file_id

    @property
    def as_of_its_last_event(self) -> WorklistRow:
        """The row without what the time of day alone changes, or a model that is built again."""
        row = self._replace(risk=None)
        return row._replace(remaining=None) if self.due_at is not None else row


def worklist_row(
    snapshot: ClockSnapshot,
    catalogue: Catalogue,
    now: datetime,
    effects: DecisionEffects = NO_EFFECTS,
) -> WorklistRow:
    """The row of an open file at a moment, by its last cycle; its risk by ``effects``."""
    state = snapshot.cycles[-1]
    name = state.standard or snapshot.standard
    assert name is not None
    standard = catalogue.standards[name]
    unit = catalogue.units.get(snapshot.unit or "")
    calendar = catalogue.calendar_of_cycle(standard, state)
    counts_days = standard.terms_of(state).limit.counts_days
    waits = state.status == "waiting"
    key_stage = of_snapshot(snapshot).stage
    return WorklistRow(
        file_id=snapshot.file_id,
        standard=name,
        standard_name=standard.name.text(),
        unit=snapshot.unit,
        unit_name=unit.name.text() if unit else Text(snapshot.unit or "—", snapshot.unit or "—"),
        stage=key_stage.stage if key_stage else "waiting",
        waiting_since=calendar.local_day(state.since) if waits else None,
        measured=state.measured,
        received_on=state.received_on,
        due_on=state.due_on if counts_days else None,
        due_at=None if counts_days else state.breaches_at,
        remaining=_remaining(state, standard, calendar, now),
        waits_for=(state.waits_for or "client") if waits else None,
        risk=effects.risk(name, state, calendar.local_day(now)),
        has_several_standards=state.standard is not None,
    )


def _remaining(
    state: CycleState, standard: Standard, calendar: BusinessCalendar, now: datetime
) -> RemainingAmount | None:
    """While a file waits, what remains does not move."""
    if state.due_on is None or state.breaches_at is None:
        return None
    return RemainingAmount(*remaining_at(state, standard, calendar, now))


def changed_rows(before: Sequence[WorklistRow], after: Sequence[WorklistRow]) -> int:
    """How many files were added, removed or changed; that an hour passed is no change."""
    old, new = _of_files(before), _of_files(after)
    gone = len(old.keys() - new.keys())
    return gone + sum(old.get(name) != one for name, one in new.items())


def _of_files(rows: Sequence[WorklistRow]) -> Mapping[tuple[str, str], WorklistRow]:
    return {(one.file_id, one.standard): one.as_of_its_last_event for one in rows}


class WorklistColumn(NamedTuple):
    """A column of the spreadsheet, and maybe of the page: its heading, and a row's cell."""

    heading: Text
    cell: Callable[[WorklistRow, Language], Cell]


def _remaining_words(row: WorklistRow, spoken: Language) -> str | None:
    return row.remaining and row.remaining.in_words(spoken)


def _remaining_in(unit: LimitUnit) -> Callable[[WorklistRow, Language], Cell]:
    """What remains of the rows of one unit, so that a column can be sorted and added up."""

    def cell(row: WorklistRow, _: Language) -> int | None:
        left = row.remaining
        return int(left.amount) if left is not None and left.unit == unit else None

    return cell


def _risk_words(row: WorklistRow, spoken: Language) -> str | None:
    return row.risk and RISK_WORDS[f"risk_{row.risk}"].within(spoken)


def _party_words(row: WorklistRow, spoken: Language) -> str | None:
    return row.waits_for and _PARTIES[row.waits_for].within(spoken)


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
        Text("En attente depuis", "Waiting since"), lambda row, _: row.waiting_since
    ),
    "waits_for": WorklistColumn(Text("Attend", "Waits for"), _party_words),
    "measured": WorklistColumn(Text("Mesuré", "Measured"), lambda row, _: row.measured),
    "risk": WorklistColumn(RISK_WORDS["risk"], _risk_words),
    "received": WorklistColumn(Text("Reçu", "Received"), lambda row, _: row.received_on),
    "due": WorklistColumn(Text("Échéance", "Due"), lambda row, _: row.due_on),
    "due_time": WorklistColumn(Text("Échéance (heure)", "Due (time)"), lambda row, _: row.due_at),
    "remaining": WorklistColumn(Text("Reste", "Left"), _remaining_words),
    **{
        f"remaining_{unit}": WorklistColumn(
            Text(f"Reste ({name.fr})", f"Left ({name.en})"), _remaining_in(unit)
        )
        for unit, name in LIMIT_UNITS.items()
    },
}


def sheet_columns(catalogue: Catalogue, *, has_risks: bool = False) -> Sequence[WorklistColumn]:
    """The columns of the spreadsheet: of those of what remains, the units that limits have.

    Risks only where they may be said.
    """
    units = {
        terms.limit.unit for standard in catalogue.standards.values() for terms in standard.terms
    }
    others = {f"remaining_{unit}" for unit in LIMIT_UNITS if unit not in units}
    if not has_risks:
        others.add("risk")
    return [column for name, column in WORKLIST_COLUMNS.items() if name not in others]
