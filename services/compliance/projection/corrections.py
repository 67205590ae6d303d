"""Which cycles are listed behind the figures, and which answers changed after their month had closed.

Pure. An answer is a cycle's day and result on a basis. A correction is an answer that changed in a
month that was over when the change became known: when the event was recorded or, for a new catalogue,
now. A file whose first event was recorded after the month is new: no answer about it was published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Final, Literal, NamedTuple

from services.compliance.projection.delay_tallies import whole_amount
from services.compliance.projection.snapshot_tallies import MEASURED_ON_TIME, measured_outcome
from shared.domain import ChangedBy, ClockSnapshot

MeasuredBasis = Literal["decided", "due"]

AnswerOutcome = Literal["on_time", "late"]

FigurePart = Literal["numerator", "denominator", "late"]
"""Which files a figure counts: those on time, all that were measured, or those that were late."""

_FIRST_DAYS, _LAST_DAYS = 2, 27
"""From the 3rd to the 26th in UTC it is the same month everywhere: no zone is a whole day from UTC,
and no month ends before the 28th. Only other days need their local date computed."""

CycleKey = tuple[str, int]
"""A cycle of a file: its standard where the file has several, otherwise empty; its number."""

MeasuredCycle = tuple[str, str, int, int | None, int | None, str, int | None, int | None]
"""A cycle as it is listed behind the figures: standard, unit, ordinals of the days received,
decided (None while it is overdue) and due, outcome ('' once it is not measured), and once it ended
what its limit counted, and would have counted had nothing stopped it."""


NOT_MEASURED: Final = ""
"""The outcome of a cycle that is in no list."""


class Answer(NamedTuple):
    """The standard, unit and basis that a cycle counts under."""

    standard: str
    unit: str
    cycle: int
    basis: MeasuredBasis


class AnswerResult(NamedTuple):
    """The day that it counts on, and how."""

    day: date
    outcome: AnswerOutcome


class Correction(NamedTuple):
    """One answer before and after; ``cause`` is None if unknown, or a new catalogue or calendar."""

    answer: Answer
    old: AnswerResult | None
    new: AnswerResult | None
    cause: ChangedBy | None


def measured_cycles_of(snapshot: ClockSnapshot | None) -> dict[CycleKey, MeasuredCycle]:
    """The measured cycles of a file."""
    if snapshot is None or snapshot.standard is None or snapshot.unit is None:
        return {}
    cycles: dict[CycleKey, MeasuredCycle] = {}
    for state in snapshot.cycles:
        outcome = measured_outcome(state)
        if outcome is not None:
            cycles[state.standard or "", state.number] = (
                state.standard or snapshot.standard,
                state.unit or snapshot.unit,
                state.received_on.toordinal(),
                ordinal(state.ended_on),
                ordinal(state.due_on),
                outcome,
                None if state.gross is None else whole_amount(state.counted),
                None if state.gross is None else whole_amount(state.gross),
            )
    return cycles


def changed_answers(
    before: Mapping[CycleKey, MeasuredCycle], after: Mapping[CycleKey, MeasuredCycle]
) -> list[tuple[CycleKey, MeasuredCycle]]:
    """The cycles whose row changes; one no longer measured is listed under no day."""
    changed = [(key, cycle) for key, cycle in after.items() if before.get(key) != cycle]
    changed += [(key, not_listed(before[key])) for key in before.keys() - after.keys()]
    return changed


def not_listed(cycle: MeasuredCycle) -> MeasuredCycle:
    """The row of a cycle that is listed under no day."""
    standard, unit, received_on, *_ = cycle
    return standard, unit, received_on, None, None, NOT_MEASURED, None, None


def ordinal(day: date | None) -> int | None:
    """A day's ordinal, if there is one."""
    return None if day is None else day.toordinal()


def corrections_of(
    before: ClockSnapshot | None, after: ClockSnapshot, now: datetime, zone: tzinfo
) -> Sequence[Correction]:
    """The answers of closed months that a newer snapshot changes."""
    if before is None:
        return ()
    cause, known_at = cause_of_change(before, after, now)
    if known_at is None:
        return ()
    month = _month(known_at, zone)
    if not (_answers_before(month, before) or _answers_before(month, after)):
        return ()
    corrections: list[Correction] = []
    old, new = _answers(before, known_at), _answers(after, known_at)
    for answer in sorted(old.keys() | new.keys()):
        results = old.get(answer), new.get(answer)
        if not _same(*results) and any(one and one.day < month for one in results):
            corrections.append(Correction(answer, *results, cause))
    return corrections


def _month(instant: datetime, zone: tzinfo) -> date:
    """The first day of an instant's local month."""
    if _FIRST_DAYS < instant.day < _LAST_DAYS:
        return date(instant.year, instant.month, 1)
    return instant.astimezone(zone).date().replace(day=1)


def _answers_before(month: date, snapshot: ClockSnapshot) -> bool:
    """Whether a file can have counted before a month; most did not, and are done."""
    for state in snapshot.cycles:
        if state.due_on is not None and state.due_on < month:
            return True
        if state.ended_on is not None and state.ended_on < month:
            return True
    return False


def cause_of_change(
    before: ClockSnapshot, after: ClockSnapshot, now: datetime
) -> tuple[ChangedBy | None, datetime | None]:
    """What changed a file, and when that became known; never (None) if both answers came at one instant."""
    if after.position == before.position:
        crossed = after.generation == before.generation
        return (after.changed_by, after.crossed_at) if crossed else (None, now)
    if after.changed_by is None or after.changed_by == before.changed_by:
        return None, now  # stored as v1; or accepted by a process whose clock was behind
    if before.changed_by and before.changed_by.recorded_at == after.changed_by.recorded_at:
        return None, None  # an import: the old answer was never published
    return after.changed_by, after.changed_by.recorded_at


def _answers(snapshot: ClockSnapshot, now: datetime) -> dict[Answer, AnswerResult]:
    """The answers of a snapshot as of ``now``: an open file is overdue from its ``breaches_at``."""
    if snapshot.standard is None or snapshot.unit is None:
        return {}
    answers: dict[Answer, AnswerResult] = {}
    for state in snapshot.cycles:
        outcome = measured_outcome(state)
        if state.measured and state.ended_on is None and outcome is None:
            outcome = "overdue" if state.breaches_at and state.breaches_at <= now else None
        days: dict[MeasuredBasis, date | None] = {"decided": state.ended_on, "due": state.due_on}
        for basis, day in days.items():
            if outcome is not None and day is not None:
                standard, unit = state.standard or snapshot.standard, state.unit or snapshot.unit
                answer = Answer(standard, unit, state.number, basis)
                on_time = outcome in MEASURED_ON_TIME
                answers[answer] = AnswerResult(day, "on_time" if on_time else "late")
    return answers


def _same(old: AnswerResult | None, new: AnswerResult | None) -> bool:
    """A day that moves within its month changes no answer."""
    if old is None or new is None:
        return old is new
    return old.outcome == new.outcome and old.day.replace(day=1) == new.day.replace(day=1)
