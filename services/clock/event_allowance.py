"""How much of a file there is room for: the events that a history takes, of each source, and those it refuses.

Pure. Every event may be an anomaly of its file's snapshot or begin a cycle in it, and a snapshot is one record of the log. So the events
of each source are bounded in number, and those of a file in what they may add to a snapshot; what other sources send leaves room for
the file's own. Whether an event is taken depends on those taken before it, in the order of the log: what is refused is a dead letter, and
an operator can make room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from shared.domain import Administrative, AllowanceRaised, Event, Owner, Received, Reopened, Sharing
from shared.log.dead_letters import TOO_MANY_EVENTS, TOO_MANY_OTHERS

MOST_EVENTS: Final = 1_000
"""How many events of a source a file takes, unless an operator raised its allowance."""
MOST_RAISED: Final = 3_000
"""To how many an allowance can be raised."""
MOST_OTHERS: Final = 100
"""How many events a file takes of all the sources it does not belong to."""

SURELY_ROOM: Final = 20
"""A file of so many events has room for each of them, whatever they are."""

FILE_BYTES: Final = 490_000
"""What the events of a file may add to its snapshot: less than a record of the log may have (512 KiB)."""
_OWN_BYTES: Final = 400_000
_UNOWNED_BYTES: Final = 200_000
_OTHERS_BYTES: Final = 40_000
_ANOMALY_BYTES: Final = 90
_CYCLE_BYTES: Final = 560

Reason = Literal["too_many_events", "too_many_other_source"]


class NoRoom(NamedTuple):
    """Why a file takes an event no more."""

    reason: Reason
    detail: str


class Room:
    """What a file's history holds, event by event."""

    def __init__(self, file_id: str, known: Sequence[Event], sharing: Sharing) -> None:
        self._file_id = file_id
        self._sharing = sharing
        self._owner = Owner(sharing)
        self._events: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._all_events = self._all_bytes = 0
        self._allowances: dict[str, int] = {}
        for event in known:
            self.add(event)

    def add(self, event: Event) -> None:
        """Let an event be one of the history."""
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

    def refusal(self, event: Event) -> NoRoom | None:
        """Why there is no room for one more event; None where there is."""
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
            return self._no_room_for_others(sources, events)
        allowance = min(max(self._allowances.get(event.source, 0), MOST_EVENTS), MOST_RAISED)
        if self._events[event.source] >= allowance:
            detail = (
                f"{self._file_id} has {allowance} events of {event.source}, as many as it may have"
            )
            return NoRoom(TOO_MANY_EVENTS, f"{detail} (echeance files mend)")
        most = _OWN_BYTES if sources else _UNOWNED_BYTES
        if own_bytes + added > most or of_file > FILE_BYTES:
            return NoRoom(
                TOO_MANY_EVENTS, f"{self._file_id} has more events than its snapshot could tell of"
            )
        return None

    def _no_room_for_others(self, sources: frozenset[str], events: int) -> NoRoom:
        detail = (
            f"{self._file_id} belongs to {', '.join(sorted(sources))} and has {events} events of other sources, "
            "as many as it may have (echeance files give, if it belongs to another)"
        )
        return NoRoom(TOO_MANY_OTHERS, detail)

    def _sources_with(self, event: Event) -> frozenset[str]:
        """Whose the file would be with one more event: a reception may be the first that is known."""
        if not isinstance(event, Received):
            return self._owner.sources
        with_it = self._owner.copy()
        with_it.add(event)
        return with_it.sources


def most_bytes(event: Event) -> int:
    """The most that an event can add to a snapshot: an anomaly, and the cycle that it may begin."""
    anomaly = len(event.source) + len(event.id) + _ANOMALY_BYTES
    return anomaly + _CYCLE_BYTES if isinstance(event, Received | Reopened) else anomaly
