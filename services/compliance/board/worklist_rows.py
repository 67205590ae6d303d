"""The rows of the worklist, as a person reads them: what remains of a limit, in its own unit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from services.compliance.projection import Listed, listing_key
from shared.domain import (
    Catalogue,
    ClockSnapshot,
    CycleState,
    DayUnit,
    Standard,
    deadline_words,
    remaining,
)
from shared.domain.calendars import BusinessCalendar
from shared.text import Language


class RemainingDays(NamedTuple):
    """What is left until the last day on time: whole days of the limit's unit, negative once late.

    ``late_from`` is set once the last day is past, until the day on which the file is late.
    """

    unit: DayUnit
    days: int
    late_from: date | None

    def in_words(self, spoken: Language) -> str:
        """As a person reads it."""
        return deadline_words.remaining(self.days, self.unit, self.late_from, spoken)


class WorklistRow(NamedTuple):
    """An open file of the list. ``due_at`` is set instead of ``due_on`` where the limit is in minutes; nothing remains in days then."""

    file_id: str
    standard: str
    unit: str | None
    stage: Listed
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
    promised = catalogue.standards[snapshot.standard]
    calendar = catalogue.calendar_of(promised)
    terms = promised.followed_by(state.received_on)
    counts_days = terms.limit.counts_days
    waits = state.status == "waiting"
    kept = listing_key.place(snapshot).kept
    return WorklistRow(
        file_id=snapshot.file_id,
        standard=snapshot.standard,
        unit=snapshot.unit,
        stage=kept.stage if kept else "waiting",
        waiting_since=calendar.local_day(state.since) if waits else None,
        measured=state.measured,
        received_on=state.received_on,
        due_on=state.due_on if counts_days else None,
        due_at=None if counts_days else state.breaches_at,
        remaining=_remaining(state, promised, calendar, today),
    )


def _remaining(
    state: CycleState, promised: Standard, calendar: BusinessCalendar, today: date
) -> RemainingDays | None:
    """While a file waits, what remains does not move."""
    due_on = state.due_on
    if due_on is None or state.breaches_at is None:
        return None
    left = remaining.remaining_at(state, promised, calendar, calendar.midnight(today))
    if left.unit == "seconds":
        return None
    on = calendar.local_day(state.since) if state.status == "waiting" else today
    late_from = None
    if state.stage != "overdue":
        late_from = deadline_words.run_out(due_on, calendar.local_day(state.breaches_at), on)
    return RemainingDays(left.unit, int(left.amount), late_from)


def changes(before: Sequence[WorklistRow], after: Sequence[WorklistRow]) -> int:
    """How many files came, went, or stand otherwise."""
    old: Mapping[str, WorklistRow] = {one.file_id: one for one in before}
    new: Mapping[str, WorklistRow] = {one.file_id: one for one in after}
    gone = len(old.keys() - new.keys())
    return gone + sum(old.get(name) != one for name, one in new.items())
