"""What one file adds to the tallies: a pure function of its snapshot.

A new snapshot subtracts what the previous one added and adds its own, so a correction corrects every total (§5 of
docs/counting-rules.md). What happened is counted on the day it happened: ``received``, ``decided``, ``withdrawn``, and ``due`` by the
deadline (decided or overdue: a file left undecided cannot flatter it). What is still running is counted on the bases of ``OPEN``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, tzinfo
from typing import Literal

from shared.domain import ClockSnapshot, CycleState

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


TallyKey = tuple[str, Basis, int, str, str]
"""One tally: standard, basis, a date's ordinal (or ``NO_DAY``), unit, outcome. A plain tuple: a step makes eight a snapshot."""


def tally_keys(snapshot: ClockSnapshot, zone: tzinfo) -> list[TallyKey]:
    """The tallies that a file is in, each once for every cycle it adds to it; ``zone`` makes local days of instants."""
    standard, unit = snapshot.standard, snapshot.unit
    if standard is None or unit is None:
        return []
    keys: list[TallyKey] = []
    for state in snapshot.cycles:
        keys.append((standard, "received", state.received_on.toordinal(), unit, "begun"))
        match state.status:
            case "open" | "waiting":
                keys += _running(state, standard, unit, zone)
            case "decided" | "withdrawn":
                keys.append(_ended(state, standard, unit))
        outcome = measured_outcome(state)
        if outcome is not None:
            keys.append((standard, "due", _day(state.due_on), unit, outcome))
    return keys


def _running(state: CycleState, standard: str, unit: str, zone: tzinfo) -> list[TallyKey]:
    if not state.measured:
        return [(standard, "open", NO_DAY, unit, "followed")]
    if state.stage is None:
        since = state.since.astimezone(zone).toordinal()
        return [
            (standard, "open", NO_DAY, unit, "waiting"),
            (standard, "waiting_since", since, unit, "waiting"),
        ]
    keys: list[TallyKey] = [
        (standard, "open", NO_DAY, unit, state.stage),
        (standard, "open_received", state.received_on.toordinal(), unit, "open"),
    ]
    if state.stage != "overdue":
        keys.append((standard, "open_due", _day(state.due_on), unit, "open"))
    return keys


def _ended(state: CycleState, standard: str, unit: str) -> TallyKey:
    day = _day(state.ended_on)
    if state.status == "withdrawn" and not state.measured:
        return standard, "withdrawn", day, unit, "left_out"
    return standard, "decided", day, unit, measured_outcome(state) or "followed"


def _day(day: date | None) -> int:
    return NO_DAY if day is None else day.toordinal()


def measured_outcome(state: CycleState) -> str | None:
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


def difference(old: Iterable[TallyKey], new: Iterable[TallyKey]) -> Counter[TallyKey]:
    """What to add to the tallies, negative where something is taken back; nothing that stays the same."""
    changed = Counter(new)
    changed.subtract(Counter(old))
    return Counter({key: files for key, files in changed.items() if files})


def anomalies(snapshot: ClockSnapshot) -> list[tuple[str, str, str]]:
    """A file's events that changed nothing: source, reason and unit (empty where no reception tells it)."""
    unit = snapshot.unit or ""
    return [(found.source, found.reason, unit) for found in snapshot.anomalies]
