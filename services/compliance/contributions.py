"""What one file adds to the tallies: a pure function of its snapshot.

A new snapshot subtracts what the previous one added and adds its own, so a correction corrects every total (§5 of
docs/counting-rules.md). What happened is counted on the day it happened: ``received``, ``decided``, ``withdrawn``, and ``due`` by the
deadline (decided or overdue: a file left undecided cannot flatter it). What is still running is counted on the bases of ``OPEN``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, tzinfo
from typing import Literal, NamedTuple

from shared.events import ClockSnapshot, CycleState

Basis = Literal[
    "received",
    "decided",
    "due",
    "withdrawn",
    "open",
    "open_due",
    "open_received",
    "waiting_since",
]
"""``open`` has no day: files by stage, waiting, or only followed. The three after it count the measured ones: in time and in hand
by the day they are due; in hand or overdue by the day they were received; waiting by the day since when."""

OPEN: tuple[Basis, ...] = ("open", "open_due", "open_received", "waiting_since")
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


def contributions(snapshot: ClockSnapshot, zone: tzinfo) -> list[Key]:
    """The tallies that a file is in, each once for every cycle it adds to it; ``zone`` makes local days of instants."""
    if snapshot.standard is None or snapshot.unit is None:
        return []
    standard, unit = snapshot.standard, snapshot.unit
    return [
        Key(standard, basis, day.toordinal() if day else NO_DAY, unit, outcome)
        for state in snapshot.cycles
        for basis, day, outcome in _cycle(state, zone)
    ]


def _cycle(state: CycleState, zone: tzinfo) -> Iterator[tuple[Basis, date | None, str]]:
    yield "received", state.received_on, "begun"
    match state.status:
        case "open" | "waiting":
            yield from _running(state, zone)
        case "decided":
            yield "decided", state.ended_on, result(state) or "followed"
        case "withdrawn" if state.measured:
            yield "decided", state.ended_on, "abandoned"
        case "withdrawn":
            yield "withdrawn", state.ended_on, "left_out"
    if (outcome := result(state)) is not None:
        yield "due", state.due_on, outcome


def _running(state: CycleState, zone: tzinfo) -> Iterator[tuple[Basis, date | None, str]]:
    if not state.measured:
        yield "open", None, "followed"
    elif state.stage is None:
        yield "open", None, "waiting"
        yield "waiting_since", state.since.astimezone(zone).date(), "waiting"
    else:
        yield "open", None, state.stage
        yield "open_received", state.received_on, "open"
        if state.stage != "overdue":
            yield "open_due", state.due_on, "open"


def result(state: CycleState) -> str | None:
    """How a cycle is measured, decided or overdue; None while it is not, or if it never is."""
    if not state.measured:
        return None
    match state.status:
        case "open" | "waiting":
            return "overdue" if state.stage == "overdue" else None
        case "decided":
            return "on_time" if state.on_time else "late"
        case "withdrawn":
            return "abandoned"


def difference(old: Iterable[Key], new: Iterable[Key]) -> Counter[Key]:
    """What to add to the tallies, negative where something is taken back; nothing that stays the same."""
    changed = Counter(new)
    changed.subtract(Counter(old))
    return Counter({key: files for key, files in changed.items() if files})


def anomalies(snapshot: ClockSnapshot) -> list[tuple[str, str, str]]:
    """A file's events that changed nothing: source, reason and unit (empty where no reception tells it)."""
    unit = snapshot.unit or ""
    return [(found.source, found.reason, unit) for found in snapshot.anomalies]
