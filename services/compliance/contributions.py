"""What one file adds to the tallies: a pure function of its snapshot.

A new snapshot subtracts what the previous one added and adds its own, so a correction corrects every total. The bases (§5 of
docs/counting-rules.md): ``received`` by reception, ``decided`` and ``withdrawn`` by the end, ``due`` by the deadline (decided or
overdue: a file left undecided cannot flatter it), and ``open`` by deadline for what is still running.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from shared.events import ClockSnapshot, CycleState

Basis = Literal["received", "decided", "due", "withdrawn", "open"]

MEASURED_LATE = ("late", "abandoned", "overdue")
"""Outcomes that count as late: decided late, abandoned after the limit (rule 9), still open after it."""

NO_DAY = 0


class Key(NamedTuple):
    """One tally. ``day`` is a date's ordinal, or ``NO_DAY``."""

    standard: str
    basis: Basis
    day: int
    unit: str
    outcome: str


def contributions(snapshot: ClockSnapshot) -> list[Key]:
    """The tallies that a file is in: each once for every cycle it adds to it."""
    if snapshot.standard is None or snapshot.unit is None:
        return []
    standard, unit = snapshot.standard, snapshot.unit
    return [
        Key(standard, basis, day.toordinal() if day else NO_DAY, unit, outcome)
        for state in snapshot.cycles
        for basis, day, outcome in _cycle(state)
    ]


def _cycle(state: CycleState) -> Iterator[tuple[Basis, date | None, str]]:
    yield "received", state.received_on, "begun"
    match state.status:
        case "open" | "waiting":
            yield "open", state.due_on, _open_outcome(state)
            if state.measured and state.stage == "overdue":
                yield "due", state.due_on, "overdue"
        case "decided":
            outcome = _decided_outcome(state)
            yield "decided", state.ended_on, outcome
            if state.measured:
                yield "due", state.due_on, outcome
        case "withdrawn":
            if state.measured:
                yield "decided", state.ended_on, "abandoned"
                yield "due", state.due_on, "abandoned"
            else:
                yield "withdrawn", state.ended_on, "left_out"


def _open_outcome(state: CycleState) -> str:
    if not state.measured:
        return "followed"
    return state.stage or "waiting"


def _decided_outcome(state: CycleState) -> str:
    if not state.measured:
        return "followed"
    return "on_time" if state.on_time else "late"


def difference(old: Iterable[Key], new: Iterable[Key]) -> Counter[Key]:
    """What to add to the tallies, negative where something is taken back; nothing that stays the same."""
    changed = Counter(new)
    changed.subtract(Counter(old))
    return Counter({key: files for key, files in changed.items() if files})
