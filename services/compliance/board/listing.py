"""The rows of the worklist, as a person reads them: what remains of a limit, in its own unit. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from services.compliance import worklist
from services.compliance.worklist import Listed
from shared import remaining
from shared.calendar import BusinessCalendar
from shared.catalogue import Catalogue
from shared.events import ClockSnapshot, CycleState
from shared.standards import Minutes, Standard


class Remaining(NamedTuple):
    """What is left until the last day on time: whole days of the limit's unit, negative once late; None for a limit in minutes."""

    unit: str
    days: int | None


class Row(NamedTuple):
    """An open file of the list. ``due_at`` is set instead of ``due_on`` where the limit is in minutes."""

    file_id: str
    standard: str
    unit: str | None
    stage: Listed
    waiting_since: date | None
    measured: bool
    received_on: date
    due_on: date | None
    due_at: datetime | None
    remaining: Remaining | None


def row(snapshot: ClockSnapshot, catalogue: Catalogue, today: date) -> Row:
    """An open file's row on a day."""
    assert snapshot.standard is not None
    state = snapshot.cycles[-1]
    promised = catalogue.standards[snapshot.standard]
    calendar = catalogue.calendar_of(promised)
    terms = promised.followed_by(state.received_on)
    in_minutes = isinstance(terms.limit, Minutes)
    waits = state.status == "waiting"
    return Row(
        file_id=snapshot.file_id,
        standard=snapshot.standard,
        unit=snapshot.unit,
        stage=worklist.place(snapshot).stage or "waiting",
        waiting_since=calendar.local_day(state.since) if waits else None,
        measured=state.measured,
        received_on=state.received_on,
        due_on=None if in_minutes else state.due_on,
        due_at=state.breaches_at if in_minutes else None,
        remaining=_remaining(state, promised, calendar, today),
    )


def _remaining(
    state: CycleState, promised: Standard, calendar: BusinessCalendar, today: date
) -> Remaining | None:
    """While a file waits, what remains does not move."""
    if state.due_on is None:
        return None
    left = remaining.remaining(state, promised, calendar, calendar.midnight(today))
    match left.unit:
        case "seconds":
            return Remaining("minutes", None)
        case "civil_days":
            return Remaining("civil", int(left.amount))
        case "business_days":
            return Remaining("business", int(left.amount))
