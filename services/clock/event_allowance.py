"""How many events a file may have, by source, and how large its snapshot may become.

Pure. Each event may add an anomaly or a cycle to its file's snapshot, and a snapshot is one record of
the log. So the number of events of each source is bounded, and so are the bytes that a file's events
may add to a snapshot; events of other sources cannot use up what is reserved for the owner's. The
decision depends on the events before it in log order. A rejected event is a dead letter, and an
operator can raise the allowance (``echeance files mend``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from shared.domain import (
    TOO_MANY_EVENTS,
    TOO_MANY_OTHERS,
    Administrative,
    AllowanceRaised,
    Event,
    Owner,
    Received,
    Reopened,
    Sharing,
)

MOST_EVENTS: Final = 1_000
"""Events of one source in a file, unless an operator raised the allowance."""
MOST_RAISED: Final = 3_000
"""The highest allowance that an operator can set."""
MOST_OTHERS: Final = 100
"""Events in a file from all sources that do not own it."""

ALWAYS_ALLOWED: Final = 20
"""A history of so many events never exceeds an allowance."""

FILE_BYTES: Final = 490_000
"""Bytes that events may add to a snapshot; the limit of a record is 512 KiB."""
_OWN_BYTES: Final = 400_000
_UNOWNED_BYTES: Final = 200_000
_OTHERS_BYTES: Final = 40_000
_ANOMALY_BYTES: Final = 90
_CYCLE_BYTES: Final = 560

RefusalReason = Literal["too_many_events", "too_many_other_source"]


class ExceededAllowance(NamedTuple):
    """Why a file can have no more events."""

    reason: RefusalReason
    detail: str


def surely_allowed(events: Sequence[Event], stored_bytes: int) -> bool:
    """Whether none of a file's events exceeds an allowance, in whatever order they came.

    ``stored_bytes`` are those of all of them as JSON, of which each has more than it may add to a
    snapshot, the cycle that it may begin excepted. Costs a twentieth of counting them by source.
    """
    most = stored_bytes + beginnings(events) * _CYCLE_BYTES
    if len(events) <= MOST_OTHERS and most <= _OTHERS_BYTES:
        return True
    one_source = len(set(map(attrgetter("source"), events))) == 1
    return one_source and len(events) <= MOST_EVENTS and most <= _UNOWNED_BYTES


def one_source_surely_allowed(events: int, begins: int, stored_bytes: int) -> bool:
    """The same of so many events of one source, of which some begin a cycle (:func:`beginnings`)."""
    return events <= MOST_EVENTS and stored_bytes + begins * _CYCLE_BYTES <= _UNOWNED_BYTES


def beginnings(events: Sequence[Event]) -> int:
    """How many events may begin a cycle."""
    kinds = list(map(type, events))
    return kinds.count(Received) + kinds.count(Reopened)


class EventAllowance:
    """The events and bytes of one file by source, counted as events are added."""

    def __init__(self, file_id: str, history: Sequence[Event], sharing: Sharing) -> None:
        self._file_id = file_id
        self._sharing = sharing
        self._owner = Owner(sharing)
        self._events: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._all_events = self._all_bytes = 0
        self._allowances: dict[str, int] = {}
        for event in history:
            self.add(event)

    def add(self, event: Event) -> None:
        """Count an event of the history."""
        self._owner.add(event)
        if isinstance(event, AllowanceRaised):
            source, events = event.data.source, event.data.events
            self._allowances[source] = max(self._allowances.get(source, 0), events)
        if not isinstance(event, Administrative):
            added = most_bytes(event)
            self._events[event.source] += 1
            self._bytes[event.source] += added
            self._all_events += 1
            self._all_bytes += added

    def check(self, event: Event) -> ExceededAllowance | None:
        """The allowance that one more event would exceed; None if it exceeds none."""
        if isinstance(event, Administrative):
            return None
        sources, added = self._sources_with(event), most_bytes(event)
        of_file = self._all_bytes + added
        own_bytes = sum([self._bytes[source] for source in sources]) if sources else self._all_bytes
        if sources and event.source not in sources:
            events = self._all_events - sum([self._events[source] for source in sources])
            if (
                events < MOST_OTHERS
                and of_file - own_bytes <= _OTHERS_BYTES
                and of_file <= FILE_BYTES
            ):
                return None
            return self._others_exceeded(sources, events)
        allowance = min(max(self._allowances.get(event.source, 0), MOST_EVENTS), MOST_RAISED)
        if self._events[event.source] >= allowance:
            detail = (
                f"{self._file_id} has {allowance} events of {event.source}, as many as it may have"
            )
            return ExceededAllowance(TOO_MANY_EVENTS, f"{detail} (echeance files mend)")
        most = _OWN_BYTES if sources else _UNOWNED_BYTES
        if own_bytes + added > most or of_file > FILE_BYTES:
            return ExceededAllowance(
                TOO_MANY_EVENTS, f"{self._file_id} has more events than its snapshot could tell of"
            )
        return None

    def _others_exceeded(self, sources: frozenset[str], events: int) -> ExceededAllowance:
        detail = (
            f"{self._file_id} belongs to {', '.join(sorted(sources))} and has {events} events of other sources, "
            "as many as it may have (echeance files give, if it belongs to another)"
        )
        return ExceededAllowance(TOO_MANY_OTHERS, detail)

    def _sources_with(self, event: Event) -> frozenset[str]:
        """The owning sources with one more event: a reception may be the first."""
        if not isinstance(event, Received):
            return self._owner.sources
        with_it = self._owner.copy()
        with_it.add(event)
        return with_it.sources


def most_bytes(event: Event) -> int:
    """The most bytes that an event can add to a snapshot: an anomaly, and the cycle it may begin."""
    anomaly = len(event.source) + len(event.id) + _ANOMALY_BYTES
    return anomaly + _CYCLE_BYTES if isinstance(event, Received | Reopened) else anomaly
