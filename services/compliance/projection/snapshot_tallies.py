"""The tallies that one file is counted in: a pure function of its snapshot.

A new snapshot subtracts the tallies of the previous one and adds its own, so a correction corrects
every total (§5 of docs/counting-rules.md). Past facts are counted on the day they happened:
``received``, ``decided``, ``withdrawn``, and ``due`` by the deadline (decided or overdue: a file left
undecided cannot improve the attainment). Open cycles are counted on the bases of ``OPEN_BASES``, for
the unit that has the file; ended ones for the unit that ended them. A file of several standards is
counted under each, and as ``repeated`` where a sum over all of them would count it again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, tzinfo
from operator import attrgetter
from typing import Literal, TypeVar

from msgspec.structs import replace

from shared.domain import ClockSnapshot, CycleState, sort_key

K = TypeVar("K", bound=tuple[str | int, ...])

Basis = Literal[
    "received",
    "decided",
    "due",
    "withdrawn",
    "open",
    "open_due",
    "open_received",
    "waiting_since",
    "tier_2",
    "tier_3",
    "tier_4",
    "stopped",
    "to_verify",
    "days_left",
]
"""``open`` has no day: files by stage, waiting (``OTHER`` after it: for others than the client), or not
measured. The three after it count measured files:
``open_due`` those in time that do not wait, by due date; ``open_received`` those that do not wait, by
date of reception and stage; ``waiting_since`` those that wait, by the date it began. Each of ``TIER_BASES`` counts
decided files against a further target of their terms. Of measured files that ended (``stop_rules``):
``stopped`` by what their stops removed, ``to_verify`` by rule, ``days_left`` those decided around
their last day, by what remained."""

OPEN_BASES: tuple[Basis, ...] = ("open", "open_due", "open_received", "waiting_since")
TIER_BASES: tuple[Basis, ...] = ("tier_2", "tier_3", "tier_4")
OTHER = "_other"
"""After the outcome of a file that waits, where it does not wait for the client."""
MEASURED_ON_TIME = ("on_time", "on_time_extended")
"""Outcomes that count as on time; the second only because the limit was extended."""
MEASURED_LATE = ("late", "abandoned", "overdue")
"""Outcomes that count as late: decided late, withdrawn after the limit (rule 9), open after it."""

NO_DAY = 0

COUNTED_AGAIN = "*"
"""Before the name of a standard: the files that another standard counts already. No name begins so."""

_OF_FILES: frozenset[Basis] = frozenset(("received", "decided", "withdrawn", *OPEN_BASES))
"""The bases on which a sum over all standards counts files."""


TallyKey = tuple[str, Basis, int, str, str]
"""Standard, basis, a date's ordinal (or ``NO_DAY``), unit, outcome. A plain tuple: there are eight a snapshot."""


def tally_keys(snapshot: ClockSnapshot, zone: tzinfo) -> list[TallyKey]:
    """The tallies of a file, one entry for each cycle; ``zone`` gives the local day of an instant."""
    of_file, unit_now = snapshot.standard, snapshot.unit
    if of_file is None or unit_now is None:
        return []
    keys: list[TallyKey] = []
    for state in snapshot.cycles:
        standard, unit = state.standard or of_file, state.unit or unit_now
        keys.append((standard, "received", state.received_on.toordinal(), unit, "begun"))
        match state.status:
            case "open" | "waiting":
                keys += _running(state, standard, unit, zone)
            case "decided" | "withdrawn":
                keys.append(ended_key(state, standard, unit))
                if state.tiers and state.measured:
                    keys += _tiers(state, standard, unit)
        outcome = measured_outcome(state)
        if outcome is not None:
            keys.append((standard, "due", _day(state.due_on), unit, outcome))
    return keys


def repeated_keys(snapshot: ClockSnapshot, zone: tzinfo) -> list[TallyKey]:
    """The tallies in which a sum over all standards would count a file of several once more.

    Cycles of one number are one passage of the file: received with the first of them, open as the
    most urgent is, and closed with the last to end.
    """
    if not snapshot.cycles or snapshot.cycles[0].standard is None:
        return []
    passages: dict[int, list[CycleState]] = defaultdict(list)
    for state in snapshot.cycles:
        passages[state.number].append(state)
    keys: list[TallyKey] = []
    for states in passages.values():
        running = [state for state in states if state.ended_on is None]
        first = min(states, key=attrgetter("received_at"))
        last = min(running, key=sort_key) if running else max(states, key=attrgetter("since"))
        for state in states:
            for key in tally_keys(replace(snapshot, cycles=(state,)), zone):
                standard, basis, day, unit, outcome = key
                counted_by = first if basis == "received" else last
                if basis in _OF_FILES and state is not counted_by:
                    keys.append((COUNTED_AGAIN + standard, basis, day, unit, outcome))
    return keys


def _running(state: CycleState, standard: str, unit: str, zone: tzinfo) -> list[TallyKey]:
    if not state.measured:
        return [(standard, "open", NO_DAY, unit, "followed")]
    if state.stage is None or state.stage == "waiting_long":
        since = state.since.astimezone(zone).toordinal()
        other = OTHER if state.waits_for == "other" else ""
        return [
            (standard, "open", NO_DAY, unit, (state.stage or "waiting") + other),
            (standard, "waiting_since", since, unit, "waiting" + other),
        ]
    keys: list[TallyKey] = [
        (standard, "open", NO_DAY, unit, state.stage),
        (standard, "open_received", state.received_on.toordinal(), unit, state.stage),
    ]
    if state.stage != "overdue":
        keys.append((standard, "open_due", _day(state.due_on), unit, "open"))
    return keys


def ended_key(state: CycleState, standard: str, unit: str) -> TallyKey:
    """The tally of a cycle that ended: decided, or withdrawn and left out."""
    day = _day(state.ended_on)
    if state.status == "withdrawn" and not state.measured:
        return standard, "withdrawn", day, unit, "left_out"
    return standard, "decided", day, unit, measured_outcome(state) or "followed"


def _tiers(state: CycleState, standard: str, unit: str) -> list[TallyKey]:
    day = _day(state.ended_on)
    return [
        (standard, basis, day, unit, "on_time" if kept else "late")
        for basis, kept in zip(TIER_BASES, state.tiers, strict=False)
    ]


def _day(day: date | None) -> int:
    return NO_DAY if day is None else day.toordinal()


def measured_outcome(state: CycleState) -> str | None:
    """The outcome of a cycle decided, withdrawn late or overdue; None for others and unmeasured ones.

    ``on_time_extended`` where it is on time only because the limit was extended.
    """
    if not state.measured:
        return None
    match state.status:
        case "open" | "waiting":
            return "overdue" if state.stage == "overdue" else None
        case "decided" if state.on_time:
            return "on_time_extended" if state.on_time_unextended is False else "on_time"
        case "decided":
            return "late"
        case "withdrawn":
            return "abandoned"


def has_results(snapshot: ClockSnapshot) -> bool:
    """Whether a cycle of a file ended or is overdue: no other is measured, or has a delay to tally."""
    for state in snapshot.cycles:
        if state.ended_on is not None:
            return True
        if state.stage == "overdue":
            return True
    return False


def count(changes: dict[K, int], keys: Iterable[K], files: int) -> None:
    """Add files to tallies, or take them off."""
    for key in keys:
        changes[key] = changes.get(key, 0) + files


def difference(old: Iterable[K], new: Iterable[K]) -> Counter[K]:
    """The changes of tallies, negative where files leave one; unchanged tallies are left out."""
    changed = Counter(new)
    changed.subtract(Counter(old))
    return Counter({key: files for key, files in changed.items() if files})


def anomalies_of(snapshot: ClockSnapshot) -> list[tuple[str, str, str]]:
    """The anomalies of a file: source, reason and unit (empty without a reception)."""
    unit = snapshot.unit or ""
    return [(anomaly.source, anomaly.reason, unit) for anomaly in snapshot.anomalies]
