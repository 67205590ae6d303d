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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Literal

import msgspec

from shared.domain.events import (
    Administrative,
    Assigned,
    Decided,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Published,
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
    """

    now: datetime
    opening: Received | None
    cycles: Sequence[Cycle]
    anomalies: Sequence[Anomaly]
    voided: Sequence[Event]
    last_at: datetime | None
    next_at: datetime | None


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
    """The events of the sources that a file belongs to, and an operator's; all while it has no owner."""
    if not events or {event.source for event in events} == {events[0].source}:
        return events  # the common case: one source
    sources = owner(events, sharing).sources
    if not sources:
        return events
    return [
        event for event in events if event.source in sources or isinstance(event, Administrative)
    ]


def changed_last(events: History, sharing: Sharing) -> Event:
    """The event recorded last, of those that concern a file; of several at one instant, the last."""
    return max(reversed(concerning(events, sharing)), key=attrgetter("recorded_at"))


def opening(events: History, now: datetime, sharing: Sharing) -> Received | None:
    """The reception that names the file's standard, unit and attributes, as of ``now``."""
    known = events_until(concerning(events, sharing), now)
    if Voided in map(type, known):
        known, _ = _without_voided(known, [])
    return next((event for event in known if isinstance(event, Received)), None)


def read_cycles(events: History, now: datetime, sharing: Sharing) -> FileState:
    """The cycles of a file as of ``now``."""
    its_own = concerning(events, sharing)
    known = events_until(its_own, now)
    last_at = known[-1].time if known else None
    next_at = its_own[len(known)].time if len(known) < len(its_own) else None
    anomalies: list[Anomaly] = []
    voided: list[Event] = []
    if Voided in map(type, known):
        known, voided = _without_voided(known, anomalies)
    opening: Received | None = None
    cycle: Cycle | None = None
    cycles: list[Cycle] = []
    for event in known:
        reason: AnomalyReason | None = None
        if isinstance(event, Administrative):
            continue
        if cycle is None:
            if isinstance(event, Received):
                opening = event
                cycles.append(cycle := Cycle(1, event.time))
            else:
                reason = "before_reception"
        elif cycle.ended is None:
            reason = _apply(cycle, event)
        elif isinstance(event, Reopened):
            cycles.append(cycle := Cycle(cycle.number + 1, event.time))
        else:
            reason = "after_end"
        if reason is not None:
            anomalies.append(Anomaly(source=event.source, event_id=event.id, reason=reason))
    if len(its_own) < len(events):
        voided = [*voided, *_of_other_sources(events, its_own, anomalies)]
    return FileState(now, opening, cycles, anomalies, voided, last_at, next_at)


def _of_other_sources(
    events: History, its_own: History, anomalies: list[Anomaly]
) -> Sequence[Event]:
    """Add the events of other sources to the anomalies, and return those that their source voided.

    Those dated ahead too: they change nothing when their time comes, and must not be a crossing.
    """
    own = set(map(id, its_own))
    others = [event for event in events if id(event) not in own]
    without_effect: list[Anomaly] = []
    standing, voided = _without_voided(others, without_effect)
    names = {(one.source, one.event_id) for one in without_effect}
    names.update((event.source, event.id) for event in standing)
    anomalies.extend(
        Anomaly(source=event.source, event_id=event.id, reason="other_source")
        for event in others
        if (event.source, event.id) in names
    )
    return voided


Effect = Literal[
    "opens", "stops", "still_waits", "resumes", "ends", "reopens", "voids", "gives", "makes_room"
]
"""What an event changed in its file."""


def effects(events: History, file: FileState) -> Mapping[tuple[str, str], Effect]:
    """The effect of each event, by source and id; none of anomalies, voided events and those ahead."""
    without = {(one.source, one.event_id) for one in file.anomalies}
    without |= {(one.source, one.id) for one in file.voided}
    standing = [
        (one.source, one.id)
        for one in events_until(events, file.now)
        if (one.source, one.id) not in without and not isinstance(one, Administrative)
    ]
    voids = {(one.source, one.id) for one in events if isinstance(one, Voided)}
    found: dict[tuple[str, str], Effect] = {name: "voids" for name in standing if name in voids}
    for one in events_until(events, file.now):
        if isinstance(one, Administrative):
            found[one.source, one.id] = "gives" if isinstance(one, Assigned) else "makes_room"
    changing = [name for name in standing if name not in voids]
    found.update(zip(changing, _changes(file), strict=True))
    return found


def _changes(file: FileState) -> Iterator[Effect]:
    """What changed the cycles, in order."""
    for cycle in file.cycles:
        yield "opens" if cycle.number == 1 else "reopens"
        waits = False
        for spell in cycle.spells:
            waited, waits = waits, bool(spell.outstanding)
            if waited == waits:
                yield "still_waits"
            else:
                yield "stops" if waits else "resumes"
        if cycle.ended is not None:
            yield "ends"


def _apply(cycle: Cycle, event: Published) -> AnomalyReason | None:
    """Apply an event to a cycle that has not ended; the reason where it changes nothing."""
    reason: AnomalyReason | None = None
    match event:
        case DocumentsRequested():
            if event.data.request_id in cycle.outstanding:
                reason = "already_requested"
            else:
                _owe(cycle, event.time, (*cycle.outstanding, event.data.request_id))
        case DocumentsReceived():
            left = _unanswered(cycle.outstanding, event.data.request_id)
            if left == cycle.outstanding:
                reason = "nothing_outstanding"
            else:
                _owe(cycle, event.time, left)
        case Decided() | Withdrawn():
            cycle.ended = event
        case Received():
            reason = "already_received"
        case Reopened():
            reason = "still_running"
        case Voided():
            raise AssertionError("voided events are taken out before cycles are read")
    return reason


def _owe(cycle: Cycle, began: datetime, outstanding: Outstanding) -> None:
    """From this instant the client owes these requests, or none."""
    cycle.outstanding = outstanding
    cycle.spells.append(Spell(began, outstanding))


def _unanswered(outstanding: Outstanding, request_id: str | None) -> Outstanding:
    """What is left after an answer: one with an identifier closes that request, one without closes them all."""
    if request_id is None or outstanding == (request_id,):
        return ()
    return tuple([request for request in outstanding if request != request_id])


def _without_voided(events: History, anomalies: list[Anomaly]) -> tuple[list[Event], list[Event]]:
    """The events that are in effect, and those that a publisher voided.

    A void takes back an event of its own source. Voids are applied from the last to the first: a
    voided void does nothing, and of two that name each other one is in effect.
    """
    by_name = {(event.source, event.id): index for index, event in enumerate(events)}
    gone: set[int] = set()
    for index in range(len(events) - 1, -1, -1):
        void = events[index]
        if not isinstance(void, Voided) or index in gone:
            continue
        target = by_name.get((void.source, void.data.event_id))
        reason: AnomalyReason | None = None
        if target is None:
            reason = "voids_nothing"
        elif target >= index and isinstance(events[target], Voided):
            reason = "voids_a_later_void"
        else:
            gone.add(target)
        if reason is not None:
            anomalies.append(Anomaly(source=void.source, event_id=void.id, reason=reason))
    standing: list[Event] = [
        event
        for index, event in enumerate(events)
        if index not in gone and not isinstance(event, Voided)
    ]
    return standing, [events[index] for index in sorted(gone)]
