"""The tallies that one file is counted in: a pure function of its snapshot.

A new snapshot subtracts the tallies of the previous one and adds its own, so a correction corrects
every total (§5 of docs/counting-rules.md). Past facts are counted on the day they happened:
``received``, ``decided``, ``withdrawn``, and ``due`` by the deadline (decided or overdue: a file left
undecided cannot improve the attainment). Open cycles are counted on the bases of ``OPEN_BASES``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, tzinfo
from typing import Literal

from shared.domain import ClockSnapshot, CycleState

Basis = Literal[
    "received", "decided", "due", "withdrawn", "open", "open_due", "open_received", "waiting_since"
]
"""``open`` has no day: files by stage, waiting, or not measured. The three after it count measured files:
``open_due`` those in time that do not wait, by due date; ``open_received`` those that do not wait, by
date of reception; ``waiting_since`` those that wait, by the date it began."""

OPEN_BASES: tuple[Basis, ...] = ("open", "open_due", "open_received", "waiting_since")
MEASURED_LATE = ("late", "abandoned", "overdue")
"""Outcomes that count as late: decided late, withdrawn after the limit (rule 9), open after it."""

NO_DAY = 0


TallyKey = tuple[str, Basis, int, str, str]
"""Standard, basis, a date's ordinal (or ``NO_DAY``), unit, outcome. A plain tuple: there are eight a snapshot."""


def tally_keys(snapshot: ClockSnapshot, zone: tzinfo) -> list[TallyKey]:
    """The tallies of a file, one entry for each cycle; ``zone`` gives the local day of an instant."""
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
    """The outcome of a cycle decided, withdrawn late or overdue; None for others and unmeasured ones."""
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
    """The changes of tallies, negative where files leave one; unchanged tallies are left out."""
    changed = Counter(new)
    changed.subtract(Counter(old))
    return Counter({key: files for key, files in changed.items() if files})


def anomalies_of(snapshot: ClockSnapshot) -> list[tuple[str, str, str]]:
    """The anomalies of a file: source, reason and unit (empty without a reception)."""
    unit = snapshot.unit or ""
    return [(anomaly.source, anomaly.reason, unit) for anomaly in snapshot.anomalies]
