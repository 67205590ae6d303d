"""The cycles of a file, from the set of its events: rules 5, 6 and 14 to 17 of docs/counting-rules.md.

    received ─▶ in hand ──documents_requested───────▶ waiting for an answer
                in hand ◀──documents_received, lapse─ waiting for an answer
    in hand or waiting ──decided, withdrawn──▶ ended ──reopened──▶ in hand (next cycle)

A standard may begin or end its cycles at a milestone instead, and its kinds of request may stop
nothing, lapse by themselves or let the count begin again: its :class:`Passage` says so.

Pure. Events are a set, read in the order they happened, whatever order they arrived in. A request
puts the file in the client's hands until every outstanding request is answered. An event that is
not an arrow above changes nothing and becomes an anomaly with its reason, and so does every event
of a source that the file does not belong to. Nothing is counted here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from shared.domain.events import (
    Administrative,
    AllowanceRaised,
    Assigned,
    Decided,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Extended,
    Forgotten,
    Reached,
    Received,
    Reopened,
    Transferred,
    Voided,
    Withdrawn,
)
from shared.domain.ownership import Sharing, natural_order, owner
from shared.domain.records import Anomaly, AnomalyReason, Party

History = Sequence[Event]
"""The events of one file, each (source, id) once, in the order of rule 6."""

Outstanding = tuple[str | None, ...]
"""Unanswered requests, oldest first, None without identifier; empty in the Ministry's hands."""


ClockEffect = Literal["stops", "restarts", "runs"]
"""What a request does: stop the delay, stop it and begin the count again at the answer, or nothing."""


class RequestLaw:
    """What a kind of request does to the delay (rule 14).

    ``first_day`` is how many days after the request the first day lies that does not count,
    ``last_day`` how many after the answer the last. ``lapses_at`` gives, by the instant of a
    request, the one at which the wait for it ends by itself; None for never.
    """

    __slots__ = ("at_most", "clock", "first_day", "lapses_at", "last_day", "party")

    def __init__(
        self,
        clock: ClockEffect = "stops",
        party: Party = "client",
        first_day: int = 1,
        last_day: int = 0,
        at_most: int | None = None,
        lapses_at: Callable[[datetime], datetime | None] | None = None,
    ) -> None:
        self.clock = clock
        self.party = party
        self.first_day = first_day
        self.last_day = last_day
        self.at_most = at_most
        self.lapses_at = lapses_at


PLAIN_REQUEST: Final = RequestLaw()
"""A request without a kind, where the catalogue says nothing of it."""


class Passage(NamedTuple):
    """How a standard reads the events of a file: where its cycles begin and end, and what requests do.

    ``begins_with`` and ``ends_with`` are milestones; None for the reception and the decision.
    """

    requests: Mapping[str | None, RequestLaw] = {}
    begins_with: str | None = None
    ends_with: str | None = None


PLAIN: Final = Passage()
"""From the reception to the decision, with requests that stop the delay."""

Effect = Literal[
    "opens",
    "begins",
    "passes",
    "transfers",
    "stops",
    "still_waits",
    "runs_on",
    "resumes",
    "restarts",
    "extends",
    "ends",
    "reopens",
    "voids",
    "gives",
    "makes_room",
]
"""What an event changed in its file."""


_BEGINNINGS: frozenset[Effect] = frozenset({"opens", "begins", "reopens"})
"""What may begin a cycle, by where those of its standard begin."""


class Request:
    """A request that stops the delay: from ``began`` to ``ended`` (None while it is outstanding)."""

    __slots__ = (
        "answer_by",
        "began",
        "ended",
        "kind",
        "lapsed",
        "lapses_at",
        "law",
        "recorded_at",
        "request_id",
    )

    def __init__(
        self,
        request_id: str | None,
        law: RequestLaw,
        began: datetime,
        recorded_at: datetime,
        kind: str | None,
        answer_by: date | None,
    ) -> None:
        self.request_id = request_id
        self.law = law
        self.began = began
        self.recorded_at = recorded_at
        self.kind = kind
        self.answer_by = answer_by
        self.lapses_at: datetime | None = None
        self.ended: datetime | None = None
        self.lapsed = False

    @property
    def last_day(self) -> int:
        """Days from the end of the wait to the last that does not count; a lapse ends with its day."""
        return -1 if self.lapsed else self.law.last_day


class Spell:
    """From ``began`` until the next spell, who owes what.

    ``shift`` days from the day of ``began`` lies the boundary between days that count and days that
    do not (where the limit was extended during a wait, it would lie if that wait ended then).
    ``opens`` where a request was made, ``restarts`` where the count begins again, ``lapses`` where
    a wait ended by itself, ``extension`` where the limit was extended.
    """

    __slots__ = ("began", "extension", "lapses", "opens", "outstanding", "restarts", "shift")

    def __init__(
        self,
        began: datetime,
        outstanding: Outstanding,
        shift: int = 0,
        opens: bool = False,
        restarts: bool = False,
        lapses: bool = False,
        extension: Extended | None = None,
    ) -> None:
        self.began = began
        self.outstanding = outstanding
        self.shift = shift
        self.opens = opens
        self.restarts = restarts
        self.lapses = lapses
        self.extension = extension


class Cycle:
    """One passage of the file through the Ministry: from a reception to a decision or withdrawal.

    From the reception to the first of ``spells`` the Ministry holds the file. ``outstanding`` is
    that of the last spell. ``requests`` are all that stopped the delay, in order, ``awaited``
    those of them that are outstanding; ``running`` are those that stop nothing. ``plain`` while
    every request was and no limit was extended. ``lapsed_at`` is when a wait last ended by itself,
    ``next_lapse`` when the next one will.
    """

    __slots__ = (
        "awaited",
        "ended",
        "lapsed_at",
        "next_lapse",
        "number",
        "outstanding",
        "plain",
        "received_at",
        "requests",
        "running",
        "spells",
    )

    def __init__(self, number: int, received_at: datetime) -> None:
        self.number = number
        self.received_at = received_at
        self.spells: list[Spell] = []
        self.outstanding: Outstanding = ()
        self.ended: Decided | Withdrawn | Reached | None = None
        self.requests: list[Request] = []
        self.awaited: list[Request] = []
        self.plain = True
        self.running: Outstanding = ()
        self.lapsed_at: datetime | None = None
        self.next_lapse: datetime | None = None

    def without_stops(self) -> Cycle:
        """The same had nothing been asked for: always in hand, with what extended its limit."""
        cycle = Cycle(self.number, self.received_at)
        cycle.ended, cycle.plain = self.ended, self.plain
        extended = [one for one in self.spells if one.extension is not None]
        cycle.spells = [
            Spell(one.began, (), one.shift, extension=one.extension) for one in extended
        ]
        return cycle


class ReadingCheckpoint(NamedTuple):
    """A file that owes and is owed nothing: what its events leave to those that happen later.

    ``number`` is that of its last cycle, ``received_at`` is set where that one runs. An event that voids
    or transfers, or is of another source, cannot be read from here.
    """

    passage: Passage
    opening: Received
    units: tuple[tuple[datetime, str], ...]
    decided: bool
    reached: tuple[str, ...]
    number: int
    received_at: datetime | None


class FileState:
    """A file as of ``now``; ``opening`` is the reception that names its standard, if there is one.

    ``concerning`` are the events of the sources it belongs to, those dated ahead included; others
    are anomalies, and nothing else. ``last_at`` is the time of the last one until ``now``,
    ``next_at`` that of the first dated ahead. ``changes`` are the events that changed something:
    none voided, and none dated ahead. ``units`` are those that had the file, each with when it did.
    """

    __slots__ = (
        "_reading",
        "anomalies",
        "changes",
        "concerning",
        "cycles",
        "last_at",
        "next_at",
        "now",
        "opening",
        "units",
        "voided",
    )

    def __init__(
        self,
        now: datetime,
        concerning: History,
        opening: Received | None,
        voided: Sequence[Event],
        last_at: datetime | None,
        next_at: datetime | None,
        reading: _Reading,
    ) -> None:
        self.now = now
        self.concerning = concerning
        self.opening = opening
        self.cycles: Sequence[Cycle] = reading.cycles
        self.anomalies: Sequence[Anomaly] = reading.anomalies
        self.voided = voided
        self.changes: Sequence[tuple[Event, Effect]] = reading.changes
        self.last_at = last_at
        self.next_at = next_at
        self.units: Sequence[tuple[datetime, str]] = reading.units
        self._reading = reading

    def checkpoint(self) -> ReadingCheckpoint | None:
        """Where to read later events from; None while something is asked for, or may lapse."""
        return None if self.opening is None else self._reading.checkpoint(self.opening)

    @property
    def effects(self) -> Mapping[tuple[str, str], Effect]:
        """What each event changed, by source and id."""
        return {(event.source, event.id): effect for event, effect in self.changes}

    def cycles_of_changes(self) -> Sequence[int]:
        """The number of the cycle that each of ``changes`` is part of; 0 before the first begins.

        What happens after the end of a cycle and before the next one is part of it still.
        """
        numbers = []
        number = 0
        for event, effect in self.changes:
            begins = effect in _BEGINNINGS and number < len(self.cycles)
            if begins and self.cycles[number].received_at == event.time:
                number += 1
            numbers.append(number)
        return numbers


def party_of(requests: Iterable[Request]) -> Party:
    """Whom a file waits for: the client, if any of these requests is the client's to answer."""
    others = [request.law.party == "other" for request in requests]
    return "other" if others and all(others) else "client"


def history(events: Iterable[Event]) -> History:
    """The events in the order of rule 6; of two with the same source and id, the first one."""
    unique: dict[tuple[str, str], Event] = {}
    for event in events:
        unique.setdefault((event.source, event.id), event)
    return sorted(unique.values(), key=natural_order)


def with_events(events: History, new: Sequence[Event]) -> History:
    """A history with new events added, one or more. Fast where all of them come last."""
    if len(new) > 1:
        new = sorted(new, key=natural_order)
    if events and new[0].time <= events[-1].time:
        return sorted([*events, *new], key=natural_order)
    return [*events, *new]


def events_until(events: History, now: datetime) -> History:
    """The events that had happened by ``now``."""
    if events and events[-1].time > now:
        return events[: bisect_right(events, now, key=attrgetter("time"))]
    return events


def concerning(events: History, sharing: Sharing) -> History:
    """The events of the file's sources, and an operator's; all of them while it has no owner."""
    if _of_one_source(events):
        return events
    sources = owner(events, sharing).sources
    if not sources:
        return events
    return [
        event for event in events if event.source in sources or isinstance(event, Administrative)
    ]


def _of_one_source(events: History) -> bool:
    if events:
        source = events[0].source
        for event in events:
            if event.source != source:
                return False
    return True


def changed_last(events: History) -> Event:
    """Of the events that concern a file, the one recorded last; of several at one instant, the last."""
    last = events[0]
    latest = last.recorded_at
    for event in events:
        recorded_at = event.recorded_at
        if recorded_at >= latest:
            last, latest = event, recorded_at
    return last


def opening(events: History, now: datetime, sharing: Sharing) -> Received | None:
    """The reception that names the file's standard, unit and attributes, as of ``now``."""
    return EventsInEffect(events, now, sharing).opening


def read_cycles(
    events: History, now: datetime, sharing: Sharing, passage_of: Callable[[Received], Passage]
) -> FileState:
    """The cycles of a file as of ``now``; ``passage_of`` says how a file with a reception is read."""
    in_effect = EventsInEffect(events, now, sharing)
    return in_effect.read(PLAIN if in_effect.opening is None else passage_of(in_effect.opening))


class EventsInEffect:
    """A file's events as of ``now`` before its standards read them: those that happened, and none voided.

    ``opening`` is the reception that names the standards.
    """

    __slots__ = (
        "_anomalies",
        "_concerning",
        "_in_effect",
        "_last_at",
        "_next_at",
        "_now",
        "_others",
        "_voided",
        "opening",
    )

    def __init__(self, events: History, now: datetime, sharing: Sharing) -> None:
        self._now = now
        self._concerning = its_own = concerning(events, sharing)
        self._others: list[Event] = []
        if len(its_own) < len(events):
            own = set(map(id, its_own))
            self._others = [event for event in events if id(event) not in own]
        known = events_until(its_own, now)
        self._last_at = known[-1].time if known else None
        self._next_at = its_own[len(known)].time if len(known) < len(its_own) else None
        self._anomalies: list[Anomaly] = []
        self._voided: list[Event] = []
        if any(type(event) is Voided for event in known):
            known, self._voided = _in_effect(known, self._anomalies)
        self._in_effect = known
        self.opening = _opening(known)

    def read(self, passage: Passage) -> FileState:
        """The file as a standard reads it."""
        now, voided, anomalies = self._now, self._voided, [*self._anomalies]
        reading = _Reading(passage, anomalies)
        reading.read(self._in_effect, now)
        if self._others:
            voided = [*voided, *_of_other_sources(self._others, now, anomalies, reading.changes)]
        return FileState(
            now, self._concerning, self.opening, voided, self._last_at, self._next_at, reading
        )


def _opening(events: History) -> Received | None:
    for event in events:
        if type(event) is Received:
            return event
    return None


def read_on(checkpoint: ReadingCheckpoint, later: History, now: datetime) -> FileState:
    """A file as of ``now`` by the events after a checkpoint, one or more: with what changed since, and only that.

    Of its cycles it has the one that ran at the checkpoint, without the requests that were answered by then, and those after it.
    """
    reading = _Reading(checkpoint.passage, [])
    reading.resume(checkpoint)
    reading.read(later, now)
    return FileState(now, later, checkpoint.opening, [], later[-1].time, None, reading)


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
"""What the events change that are no arrow of the diagram, whatever the state of the file.

``Forgotten`` is in no history, and has none.
"""


class _Reading:
    """The events of a file applied one after the other, as one standard reads them.

    ``changes`` are those that changed something; the others are added to ``anomalies``.
    """

    __slots__ = (
        "_decided",
        "_number",
        "_passage",
        "_reached",
        "anomalies",
        "changes",
        "cycles",
        "running",
        "units",
    )

    def __init__(self, passage: Passage, anomalies: list[Anomaly]) -> None:
        self._passage = passage
        self._decided = False
        self._reached: tuple[str, ...] = ()
        self._number = 0
        self.anomalies = anomalies
        self.changes: list[tuple[Event, Effect]] = []
        self.running: Cycle | None = None
        self.cycles: list[Cycle] = []
        self.units: tuple[tuple[datetime, str], ...] = ()

    def resume(self, checkpoint: ReadingCheckpoint) -> None:
        """Go on from a checkpoint."""
        self._decided, self._reached = checkpoint.decided, checkpoint.reached
        self.units = checkpoint.units
        if checkpoint.received_at is None:
            self._number = checkpoint.number
        else:
            self._number = checkpoint.number - 1
            self._begin_at(checkpoint.received_at)

    def checkpoint(self, opening: Received) -> ReadingCheckpoint | None:
        """Where to read on from; None while that depends on more than the cycle's number and reception."""
        cycle = self.running
        if cycle is not None and (cycle.outstanding or cycle.running or not cycle.plain):
            return None
        received_at = None if cycle is None else cycle.received_at
        return ReadingCheckpoint(
            self._passage,
            opening,
            self.units,
            self._decided,
            self._reached,
            self._number,
            received_at,
        )

    def read(self, events: History, now: datetime) -> None:
        """Apply events until ``now``, and end the waits that have ended by themselves by then."""
        anomalies, changes = self.anomalies, self.changes
        for event in events:
            cycle = self.running
            if cycle is None:
                outcome = self.apply(event)
            else:
                if cycle.next_lapse is not None:
                    self.lapse(event.time)
                outcome = self.apply_to_running(cycle, event)
            if isinstance(outcome, str):
                changes.append((event, outcome))
            else:
                anomalies.append(outcome)
        if self.running is not None and self.running.next_lapse is not None:
            self.lapse(now)

    def lapse(self, until: datetime) -> None:
        """End the waits of the running cycle that end by themselves by an instant."""
        cycle = self.running
        while cycle is not None and cycle.next_lapse is not None and cycle.next_lapse <= until:
            _lapse(cycle, cycle.next_lapse)

    def apply(self, event: Event) -> Effect | Anomaly:
        """Apply an event while no cycle runs; the anomaly where it changes nothing."""
        match event:
            case Received() if not self.units:
                self.units = ((event.time, event.data.unit),)
                if self._passage.begins_with is None:
                    self._begin_at(event.time)
                return "opens"
            case Voided() | Assigned() | AllowanceRaised() | Forgotten():
                return _EFFECTS_ON_HISTORY[type(event)]
            case _ if not self.units:
                return _anomaly(event, "before_reception")
            case Transferred():
                return self._transfer(event)
            case Reopened() if self._decided:
                return self._reopen(event)
            case _ if self._decided:
                return _anomaly(event, "after_end")
            case Reached():
                return self._reach(event)
            case Received():
                return _anomaly(event, "already_received")
            case Reopened():
                return _anomaly(event, "still_running")
            case Decided() | Withdrawn():
                self._decided = True
                return "passes"
            case DocumentsRequested() | DocumentsReceived() | Extended():
                return "passes"

    def _begin_at(self, received_at: datetime) -> None:
        self._number += 1
        self.running = Cycle(self._number, received_at)
        self.cycles.append(self.running)

    def _end(self, cycle: Cycle, event: Decided | Withdrawn | Reached) -> None:
        cycle.ended = event
        cycle.next_lapse = self.running = None

    def _reopen(self, event: Reopened) -> Effect:
        self._decided = False
        self._reached = ()
        if self._passage.begins_with is None:
            self._begin_at(event.time)
        return "reopens"

    def _transfer(self, event: Transferred) -> Effect | Anomaly:
        if event.data.unit == self.units[-1][1]:
            return _anomaly(event, "already_there")
        self.units = (*self.units, (event.time, event.data.unit))
        return "transfers"

    def _reach(self, event: Reached) -> Effect | Anomaly:
        """A milestone of a file that is not decided: the first counts."""
        milestone = event.data.milestone
        if milestone in self._reached:
            return _anomaly(event, "already_reached")
        self._reached = (*self._reached, milestone)
        if milestone == self._passage.begins_with:
            self._begin_at(event.time)
            return "begins"
        if milestone == self._passage.ends_with and self.running is not None:
            self._end(self.running, event)
            return "ends"
        return "passes"

    def apply_to_running(self, cycle: Cycle, event: Event) -> Effect | Anomaly:
        """Apply an event to a cycle that has not ended; the anomaly where it changes nothing."""
        match event:
            case DocumentsRequested():
                return self._request(cycle, event)
            case DocumentsReceived():
                return _answer(cycle, event)
            case Decided() | Withdrawn():
                self._decided = True
                self._end(cycle, event)
                return "ends"
            case Extended():
                cycle.plain = False
                shift = max([request.law.last_day for request in cycle.awaited], default=0)
                cycle.spells.append(Spell(event.time, cycle.outstanding, shift, extension=event))
                return "extends"
            case Reached():
                return self._reach(event)
            case Transferred():
                return self._transfer(event)
            case Received():
                return _anomaly(event, "already_received")
            case Reopened():
                return _anomaly(event, "still_running")
            case Voided() | Assigned() | AllowanceRaised() | Forgotten():
                return _EFFECTS_ON_HISTORY[type(event)]

    def _request(self, cycle: Cycle, event: DocumentsRequested) -> Effect | Anomaly:
        data, outstanding, law, shift = event.data, cycle.outstanding, PLAIN_REQUEST, 0
        at, request_id, kind = event.time, data.request_id, data.kind
        if request_id in outstanding or request_id in cycle.running:
            return _anomaly(event, "already_requested")
        if kind is not None:
            law = self._passage.requests.get(kind, PLAIN_REQUEST)
            if law.at_most is not None and _made(cycle, law) >= law.at_most:
                return _anomaly(event, "too_many_requests")
            if law.clock == "runs":
                cycle.running = (*cycle.running, request_id)
                return "runs_on"
        request = Request(request_id, law, at, event.recorded_at, kind, data.answer_by)
        cycle.requests.append(request)
        cycle.awaited.append(request)
        cycle.outstanding = (*outstanding, request_id)
        if law is not PLAIN_REQUEST:
            cycle.plain, shift = False, law.first_day - 1
            if law.lapses_at is not None:
                request.lapses_at = lapse = law.lapses_at(at)
                if lapse is not None:
                    cycle.next_lapse = min(cycle.next_lapse or lapse, lapse)
        cycle.spells.append(Spell(at, cycle.outstanding, shift, True))
        return "still_waits" if outstanding else "stops"


def _made(cycle: Cycle, law: RequestLaw) -> int:
    return sum(request.law is law for request in cycle.requests)


def _next_lapse(cycle: Cycle) -> datetime | None:
    return min([one.lapses_at for one in cycle.awaited if one.lapses_at is not None], default=None)


def _answer(cycle: Cycle, event: DocumentsReceived) -> Effect | Anomaly:
    """The answer to one request, or to all."""
    request_id, awaited = event.data.request_id, cycle.awaited
    ran = cycle.running
    if ran:
        cycle.running = _unanswered(ran, request_id)
    closed: Sequence[Request]
    if request_id is None or (len(awaited) == 1 and awaited[0].request_id == request_id):
        closed = awaited
    else:
        closed = [request for request in awaited if request.request_id == request_id]
    if closed:
        return _close(cycle, event.time, closed, lapsed=False)
    if cycle.running != ran:
        return "runs_on"
    lapsed = any(one.lapsed and request_id in (None, one.request_id) for one in cycle.requests)
    return _anomaly(event, "already_lapsed" if lapsed else "nothing_outstanding")


def _lapse(cycle: Cycle, at: datetime) -> None:
    """End the waits that end by themselves at an instant."""
    cycle.lapsed_at = at
    _close(cycle, at, [one for one in cycle.awaited if one.lapses_at == at], lapsed=True)


def _close(cycle: Cycle, at: datetime, closed: Sequence[Request], *, lapsed: bool) -> Effect:
    """Some requests are outstanding no longer."""
    shift, restarts = 0, False
    for request in closed:
        request.ended = at
    if not cycle.plain:
        for request in closed:
            request.lapsed = lapsed
        shift = max([request.last_day for request in closed])
        restarts = not lapsed and any(one.law.clock == "restarts" for one in closed)
    if len(closed) == len(cycle.awaited):
        cycle.awaited = []
        cycle.outstanding = ()
        cycle.next_lapse = None
    else:
        cycle.awaited = [request for request in cycle.awaited if request.ended is None]
        cycle.outstanding = tuple([request.request_id for request in cycle.awaited])
        cycle.next_lapse = _next_lapse(cycle)
    cycle.spells.append(Spell(at, cycle.outstanding, shift, False, restarts, lapsed))
    if cycle.outstanding:
        return "still_waits"
    return "restarts" if restarts else "resumes"


def _anomaly(event: Event, reason: AnomalyReason) -> Anomaly:
    return Anomaly(source=event.source, event_id=event.id, reason=reason)


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
