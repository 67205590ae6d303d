"""Who held the file, and when: from the set of a file's events to its cycles.

Pure. Rules 5 and 6 of docs/counting-rules.md: events are a set, read in the order they happened whatever order they arrived in;
a request puts the file in the client's hands until every outstanding request is answered; what changes nothing is kept as an
anomaly with its reason. A file belongs to the source that opened it: events of others are kept, and change nothing. Nothing is
counted here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Literal

import msgspec

from shared.events import (
    Administrative,
    Anomaly,
    AnomalyReason,
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
from shared.ownership import Sharing, natural_order, owner

History = Sequence[Event]
"""The events of one file, each (source, id) once, in the order of rule 6."""

Outstanding = tuple[str | None, ...]
"""Requests the client has not answered, oldest first; None stands for one without an identifier. Empty: in the Ministry's hands."""


class Spell(msgspec.Struct, frozen=True, gc=False):
    """From ``began`` until the next spell, who owes what."""

    began: datetime
    outstanding: Outstanding


class Cycle(msgspec.Struct, gc=False):
    """One passage of the file through the Ministry: from a reception to a decision or withdrawal.

    ``spells`` are what followed the reception; from there to the first of them the Ministry holds the file. ``outstanding`` is that of the last.
    """

    number: int
    received_at: datetime
    spells: list[Spell] = []
    outstanding: Outstanding = ()
    ended: Decided | Withdrawn | None = None


class Story(msgspec.Struct, frozen=True, gc=False):
    """What the events known at a moment, ``now``, amount to; ``opening`` is the reception that names the standard, if there is one.

    ``last_at`` is when the last event known happened, ``next_at`` when the next one dated ahead will: of the events that concern the
    file, as all else here; those of other sources are only anomalies.
    """

    now: datetime
    opening: Received | None
    cycles: Sequence[Cycle]
    anomalies: Sequence[Anomaly]
    voided: Sequence[Event]
    last_at: datetime | None
    next_at: datetime | None


def history(events: Iterable[Event]) -> History:
    """The set of events in the order of rule 6; of two with the same source and id, the first given is kept."""
    unique: dict[tuple[str, str], Event] = {}
    for event in events:
        unique.setdefault((event.source, event.id), event)
    return sorted(unique.values(), key=natural_order)


def extended(events: History, new: Sequence[Event]) -> History:
    """A history with one or more events that it does not have; mostly they come after all those it has."""
    if events and min([event.time for event in new]) <= events[-1].time:
        return sorted([*events, *new], key=natural_order)
    return [*events, *(new if len(new) == 1 else sorted(new, key=natural_order))]


def known_by(events: History, now: datetime) -> History:
    """The events that had happened by ``now``."""
    if events and events[-1].time > now:
        return events[: bisect_right(events, now, key=attrgetter("time"))]
    return events


def concerning(events: History, sharing: Sharing) -> History:
    """The events that a file's life is made of: those of the sources it belongs to, and what an operator wrote.

    All of them, while it belongs to nobody.
    """
    if not events or {event.source for event in events} == {events[0].source}:
        return events  # mostly so: there is nobody else
    sources = owner(events, sharing).sources
    if not sources:
        return events
    return [
        event for event in events if event.source in sources or isinstance(event, Administrative)
    ]


def changed_last(events: History, sharing: Sharing) -> Event:
    """Of the events that concern a file, the one recorded last; of several at one instant, the last that happened."""
    return max(reversed(concerning(events, sharing)), key=attrgetter("recorded_at"))


def opening(events: History, now: datetime, sharing: Sharing) -> Received | None:
    """The reception that names the file's standard, unit and attributes, as of ``now``."""
    known = known_by(concerning(events, sharing), now)
    if Voided in map(type, known):
        known, _ = _without_voided(known, [])
    return next((event for event in known if isinstance(event, Received)), None)


def read(events: History, now: datetime, sharing: Sharing) -> Story:
    """The cycles of a file as of ``now``."""
    its_own = concerning(events, sharing)
    known = known_by(its_own, now)
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
            reason = _change(cycle, event)
        elif isinstance(event, Reopened):
            cycles.append(cycle := Cycle(cycle.number + 1, event.time))
        else:
            reason = "after_end"
        if reason is not None:
            anomalies.append(Anomaly(source=event.source, event_id=event.id, reason=reason))
    if len(its_own) < len(events):
        voided = [*voided, *_tell_of_others(events, its_own, anomalies)]
    return Story(now, opening, cycles, anomalies, voided, last_at, next_at)


def _tell_of_others(events: History, its_own: History, anomalies: list[Anomaly]) -> Sequence[Event]:
    """Note the events of other sources as anomalies, and return those that their own source has taken back.

    They are told whatever moment is asked about: nothing becomes of them when their time comes.
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
"""What an event that stands did to its file."""


def effects(events: History, story: Story) -> Mapping[tuple[str, str], Effect]:
    """What each event did, by source and id; those without effect, taken back or dated ahead are left out."""
    without = {(one.source, one.event_id) for one in story.anomalies}
    without |= {(one.source, one.id) for one in story.voided}
    standing = [
        (one.source, one.id)
        for one in known_by(events, story.now)
        if (one.source, one.id) not in without and not isinstance(one, Administrative)
    ]
    voids = {(one.source, one.id) for one in events if isinstance(one, Voided)}
    found: dict[tuple[str, str], Effect] = {name: "voids" for name in standing if name in voids}
    for one in known_by(events, story.now):
        if isinstance(one, Administrative):
            found[one.source, one.id] = "gives" if isinstance(one, Assigned) else "makes_room"
    changing = [name for name in standing if name not in voids]
    found.update(zip(changing, _changes(story), strict=True))
    return found


def _changes(story: Story) -> Iterator[Effect]:
    """What changed the cycles, in order."""
    for cycle in story.cycles:
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


def _change(cycle: Cycle, event: Published) -> AnomalyReason | None:
    """Let an event happen to a running cycle, or say why it changes nothing."""
    outstanding = cycle.outstanding
    match event:
        case DocumentsRequested():
            if event.data.request_id in outstanding:
                return "already_requested"
            outstanding = (*outstanding, event.data.request_id)
        case DocumentsReceived():
            left = _unanswered(outstanding, event.data.request_id)
            if left == outstanding:
                return "nothing_outstanding"
            outstanding = left
        case Decided() | Withdrawn():
            cycle.ended = event
            return None
        case Received():
            return "already_received"
        case Reopened():
            return "still_running"
        case Voided():
            raise AssertionError("voided events are taken out before cycles are read")
    cycle.outstanding = outstanding
    cycle.spells.append(Spell(event.time, outstanding))
    return None


def _unanswered(outstanding: Outstanding, request_id: str | None) -> Outstanding:
    """What is left after an answer: one with an identifier closes that request, one without closes them all."""
    if request_id is None or outstanding == (request_id,):
        return ()
    return tuple([request for request in outstanding if request != request_id])


def _without_voided(events: History, anomalies: list[Anomaly]) -> tuple[list[Event], list[Event]]:
    """The events that stand, and those a publisher has taken back.

    A void takes back an event of its own source. Voids are read from the last to the first, so that one taken back in turn does
    nothing and two that name each other cannot both stand.
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
