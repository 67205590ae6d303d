"""Whose file it is: the source that opened it, and those that share their files with it (rule 6 of docs/counting-rules.md).

Pure. A file belongs to the source of its first reception by *recording*, which no sender chooses, whether that reception was taken back
since or not: else a neighbour's reception, sent before or dated earlier, could take the file over. An operator can give it to another
source. Ownership is a function of the set of events, and the same whatever moment is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from shared.domain.events import NATURAL_ORDER, Assigned, Event, Received

Sharing = Mapping[str, frozenset[str]]
"""Of each source that shares its files with others, all of them, itself included (``shared_sources`` of a catalogue)."""

NOT_SHARED: Sharing = {}
"""Every source has its files for itself."""

Order = tuple[datetime, int, str, str]


def natural_order(event: Event) -> Order:
    """Rule 6: by the time it happened, then by its kind, then by its identifier."""
    return event.time, NATURAL_ORDER[type(event)], event.id, event.source


def sharing(groups: Iterable[Sequence[str]]) -> Sharing:
    """Who shares files with whom, from groups of sources of which no two have one in common."""
    return {source: frozenset(group) for group in groups for source in group}


class Owner:
    """Whose file it is, as its events are told one by one: ``source``, None while no reception is known."""

    __slots__ = ("_assigned", "_received", "_sharing", "source")

    def __init__(self, shared: Sharing) -> None:
        self._sharing = shared
        self._received: tuple[datetime, Order] | None = None
        self._assigned: tuple[datetime, Order] | None = None
        self.source: str | None = None

    @property
    def sources(self) -> frozenset[str]:
        """Those whose events count: the source that the file belongs to, and those that share their files with it."""
        if self.source is None:
            return frozenset()
        return self._sharing.get(self.source) or frozenset((self.source,))

    def add(self, event: Event) -> None:
        """Let one more event of the file be known."""
        if isinstance(event, Received):
            rank = event.recorded_at, natural_order(event)
            if self._received is None or rank < self._received:
                self._received = rank
                if self._assigned is None:
                    self.source = event.source
        elif isinstance(event, Assigned):
            rank = event.recorded_at, natural_order(event)
            if self._assigned is None or rank > self._assigned:
                self._assigned = rank
                self.source = event.data.source

    def copy(self) -> Owner:
        """The same, to which more can be told without this one knowing."""
        other = Owner(self._sharing)
        other._received, other._assigned = self._received, self._assigned
        other.source = self.source
        return other


def owner(events: Iterable[Event], shared: Sharing) -> Owner:
    """Whose a file of these events is."""
    found = Owner(shared)
    for event in events:
        found.add(event)
    return found


class Reservation(NamedTuple):
    """A prefix of identifiers of files that tokens reserve, and whether it is this one's."""

    prefix: str
    own: bool


class Reservations(NamedTuple):
    """Every prefix that is reserved, the longest first."""

    longest_first: tuple[Reservation, ...] = ()

    def against(self, file_id: str) -> str | None:
        """The prefix that keeps a publisher from a file, if one does: the longest that its identifier begins with decides."""
        for prefix, own in self.longest_first:
            if file_id.startswith(prefix):
                return None if own else prefix
        return None


NOTHING_RESERVED = Reservations()
