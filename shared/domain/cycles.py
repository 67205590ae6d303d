"""The cycles of a file, from the set of its events: rules 5 and 6 of docs/counting-rules.md.

    received ─▶ in hand ──documents_requested──▶ waiting for the client
                in hand ◀──documents_received─── waiting for the client
    in hand or waiting ──decided, withdrawn──▶ ended ──reopened──▶ in hand (next cycle)

Pure. Events are a set, read in the order they happened, whatever order they arrived in. A request
puts the file in the client's hands until every outstanding request is answered. An event that is
not an arrow above changes nothing and becomes an anomaly with its reason, and so does every event
of a source that the file does not belong to. Nothing is counted here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Literal

import msgspec

from shared.domain.events import (
    Administrative,
    AllowanceRaised,
    Assigned,
    Decided,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Received,
    Reopened,
    Voided,
    Withdrawn,
)
from shared.domain.ownership import Sharing, natural_order, owner
from shared.domain.records import Anomaly, AnomalyReason

History = Sequence[Event]
"""The events of one file, each (source, id) once, in the order of rule 6."""

Outstanding = tuple[str | None, ...]
"""Unanswered requests, oldest first, None without identifier; empty in the Ministry's hands."""


Effect = Literal[
    "opens", "stops", "still_waits", "resumes", "ends", "reopens", "voids", "gives", "makes_room"
]
"""What an event changed in its file."""


class Spell(msgspec.Struct, frozen=True, gc=False):
    """From ``began`` until the next spell, who owes what."""

    began: datetime
    outstanding: Outstanding


class Cycle(msgspec.Struct, gc=False):
    """One passage of the file through the Ministry: from a reception to a decision or withdrawal.

    From the reception to the first of ``spells`` the Ministry holds the file. ``outstanding`` is
    that of the last spell.
    """

    number: int
    received_at: datetime
    spells: list[Spell] = []
    outstanding: Outstanding = ()
    ended: Decided | Withdrawn | None = None


class FileState(msgspec.Struct, frozen=True, gc=False):
    """A file as of ``now``; ``opening`` is the reception that names its standard, if there is one.

    ``last_at`` is the time of its last event until ``now``, ``next_at`` that of its first event
    dated ahead. Events of sources that the file does not belong to are anomalies, and nothing else.
    ``changes`` are the events that changed something: none voided, and none dated ahead.
    """

    now: datetime
    opening: Received | None
    cycles: Sequence[Cycle]
    anomalies: Sequence[Anomaly]
    voided: Sequence[Event]
    changes: Sequence[tuple[Event, Effect]]
    last_at: datetime | None
    next_at: datetime | None

    @property
    def effects(self) -> Mapping[tuple[str, str], Effect]:
        """What each event changed, by source and id."""
        return {(event.source, event.id): effect for event, effect in self.changes}


def history(events: Iterable[Event]) -> History:
    """The events in the order of rule 6; of two with the same source and id, the first one."""
    unique: dict[tuple[str, str], Event] = {}
    for event in events:
        unique.setdefault((event.source, event.id), event)
    return sorted(unique.values(), key=natural_order)


def with_events(events: History, new: Sequence[Event]) -> History:
    """A history with new events added, one or more. Fast where all of them come last."""
    if events and min([event.time for event in new]) <= events[-1].time:
        return sorted([*events, *new], key=natural_order)
    return [*events, *(new if len(new) == 1 else sorted(new, key=natural_order))]


def events_until(events: History, now: datetime) -> History:
    """The events that had happened by ``now``."""
    if events and events[-1].time > now:
        return events[: bisect_right(events, now, key=attrgetter("time"))]
    return events


def concerning(events: History, sharing: Sharing) -> History:
    """The events of the file's sources, and an operator's; all of them while it has no owner."""
    if len({event.source for event in events}) < 2:
        return events  # the common case: one source
    sources = owner(events, sharing).sources
    if not sources:
        return events
    return [
        event for event in events if event.source in sources or isinstance(event, Administrative)
    ]


def changed_last(events: History, sharing: Sharing) -> Event:
    """The event recorded last of those that concern a file; of several at one instant, the last."""
    return max(reversed(concerning(events, sharing)), key=attrgetter("recorded_at"))


def opening(events: History, now: datetime, sharing: Sharing) -> Received | None:
    """The reception that names the file's standard, unit and attributes, as of ``now``."""
    known = events_until(concerning(events, sharing), now)
    if Voided in map(type, known):
        known, _ = _in_effect(known, [])
    return _opening(known)


def _opening(events: History) -> Received | None:
    for event in events:
        if isinstance(event, Received):
            return event
    return None


def read_cycles(events: History, now: datetime, sharing: Sharing) -> FileState:
    """The cycles of a file as of ``now``."""
    its_own = concerning(events, sharing)
    known = events_until(its_own, now)
    last_at = known[-1].time if known else None
    next_at = its_own[len(known)].time if len(known) < len(its_own) else None
    anomalies: list[Anomaly] = []
    voided: list[Event] = []
    if Voided in map(type, known):
        known, voided = _in_effect(known, anomalies)
    cycles: list[Cycle] = []
    changes: list[tuple[Event, Effect]] = []
    for event in known:
        outcome = _apply(cycles, event)
        if isinstance(outcome, Anomaly):
            anomalies.append(outcome)
        else:
            changes.append((event, outcome))
    if len(its_own) < len(events):
        own = set(map(id, its_own))
        others = [event for event in events if id(event) not in own]
        voided = [*voided, *_of_other_sources(others, now, anomalies, changes)]
    return FileState(now, _opening(known), cycles, anomalies, voided, changes, last_at, next_at)


def _of_other_sources(
    others: History, now: datetime, anomalies: list[Anomaly], changes: list[tuple[Event, Effect]]
) -> Sequence[Event]:
    """Add the events of other sources to the anomalies, and return those that their source voided.

    Those dated ahead too: they change nothing when their time comes, and must not be a crossing.
    """
    in_effect, voided = _in_effect(others, [])
    voids = {(one.source, one.id) for one in in_effect if isinstance(one, Voided)}
    without = voids | {(one.source, one.id) for one in voided}
    for event in others:
        name = event.source, event.id
        if name not in without:
            anomalies.append(_anomaly(event, "other_source"))
        elif name in voids and event.time <= now:
            changes.append((event, "voids"))
    return voided


_EFFECTS_ON_HISTORY: Mapping[type[Event], Effect] = {
    Voided: "voids",
    Assigned: "gives",
    AllowanceRaised: "makes_room",
}
"""What the events change that are no arrow of the diagram, whatever the state of the file."""


def _apply(cycles: list[Cycle], event: Event) -> Effect | Anomaly:
    """Apply an event to the cycles; the anomaly where it changes nothing."""
    cycle = cycles[-1] if cycles else None
    if cycle is not None and cycle.ended is None:
        return _apply_to_running(cycle, event)
    match event:
        case Received() if cycle is None:
            cycles.append(Cycle(1, event.time))
            return "opens"
        case Reopened() if cycle is not None:
            cycles.append(Cycle(cycle.number + 1, event.time))
            return "reopens"
        case Voided() | Assigned() | AllowanceRaised():
            return _EFFECTS_ON_HISTORY[type(event)]
        case (
            Received()
            | DocumentsRequested()
            | DocumentsReceived()
            | Decided()
            | Withdrawn()
            | Reopened()
        ):
            return _anomaly(event, "before_reception" if cycle is None else "after_end")


def _apply_to_running(cycle: Cycle, event: Event) -> Effect | Anomaly:
    """Apply an event to a cycle that has not ended; the anomaly where it changes nothing."""
    match event:
        case DocumentsRequested():
            outstanding = cycle.outstanding
            if event.data.request_id in outstanding:
                return _anomaly(event, "already_requested")
            _owe(cycle, event.time, (*outstanding, event.data.request_id))
            return "still_waits" if outstanding else "stops"
        case DocumentsReceived():
            outstanding = _unanswered(cycle.outstanding, event.data.request_id)
            if outstanding == cycle.outstanding:
                return _anomaly(event, "nothing_outstanding")
            _owe(cycle, event.time, outstanding)
            return "still_waits" if outstanding else "resumes"
        case Decided() | Withdrawn():
            cycle.ended = event
            return "ends"
        case Received():
            return _anomaly(event, "already_received")
        case Reopened():
            return _anomaly(event, "still_running")
        case Voided() | Assigned() | AllowanceRaised():
            return _EFFECTS_ON_HISTORY[type(event)]


def _anomaly(event: Event, reason: AnomalyReason) -> Anomaly:
    return Anomaly(source=event.source, event_id=event.id, reason=reason)


def _owe(cycle: Cycle, began: datetime, outstanding: Outstanding) -> None:
    """From this instant the client owes these requests, or none."""
    cycle.outstanding = outstanding
    cycle.spells.append(Spell(began, outstanding))


def _unanswered(outstanding: Outstanding, request_id: str | None) -> Outstanding:
    """What is left after an answer: with an identifier it closes that request, without one all."""
    if request_id is None or outstanding == (request_id,):
        return ()
    return tuple([request for request in outstanding if request != request_id])


def _in_effect(events: History, anomalies: list[Anomaly]) -> tuple[list[Event], list[Event]]:
    """The events that are in effect, and those that a publisher voided.

    A void takes back an event of its own source. Voids are applied from the last to the first: a
    voided void does nothing, and of two that name each other one is in effect. One that takes back
    nothing is in neither list, but an anomaly.
    """
    by_name = {(event.source, event.id): index for index, event in enumerate(events)}
    gone: set[int] = set()
    useless: set[int] = set()
    for index in range(len(events) - 1, -1, -1):
        void = events[index]
        if not isinstance(void, Voided) or index in gone:
            continue
        target = by_name.get((void.source, void.data.event_id))
        if target is None:
            useless.add(index)
            anomalies.append(_anomaly(void, "voids_nothing"))
        elif target >= index and isinstance(events[target], Voided):
            useless.add(index)
            anomalies.append(_anomaly(void, "voids_a_later_void"))
        else:
            gone.add(target)
    without = gone | useless
    in_effect = [event for index, event in enumerate(events) if index not in without]
    return in_effect, [events[index] for index in sorted(gone)]
