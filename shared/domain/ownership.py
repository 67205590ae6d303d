"""The owner of a file: the source that opened it, and those that share files with it (rule 6).

Pure. A file belongs to the source of its first reception by *recording* time, which no sender
chooses, even if that reception was voided since; otherwise another source could take the file over
by a reception dated earlier. An operator can assign it to another source. Ownership is a function
of the set of events, the same at every moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from shared.domain.events import LONGEST_SOURCE, NATURAL_ORDER, OPERATOR, Assigned, Event, Received
from shared.domain.uri import URI_REFERENCE

Sharing = Mapping[str, frozenset[str]]
"""By source, those that share files with it, itself included (a catalogue's ``shared_sources``)."""

NOT_SHARED: Sharing = {}
"""No source shares files."""

Order = tuple[datetime, int, str, str]


def natural_order(event: Event) -> Order:
    """Rule 6: by the time it happened, then by its kind, then by its identifier."""
    return event.time, NATURAL_ORDER[type(event)], event.id, event.source


def is_source(name: str) -> bool:
    """Whether a publishing system may have this name: a URI reference, and not what operators write under."""
    if not 0 < len(name) <= LONGEST_SOURCE or name == OPERATOR:
        return False
    return URI_REFERENCE.fullmatch(name) is not None


def sharing(groups: Iterable[Sequence[str]]) -> Sharing:
    """The sharing of disjoint groups of sources."""
    return {source: frozenset(group) for group in groups for source in group}


class Owner:
    """The owner of a file, updated event by event; ``source`` is None before any reception."""

    __slots__ = ("_assigned", "_received", "_sharing", "source")

    def __init__(self, shared: Sharing) -> None:
        self._sharing = shared
        self._received: tuple[datetime, Order] | None = None
        self._assigned: tuple[datetime, Order] | None = None
        self.source: str | None = None

    @property
    def sources(self) -> frozenset[str]:
        """The sources whose events count: the owner, and those that share files with it."""
        if self.source is None:
            return frozenset()
        return self._sharing.get(self.source) or frozenset((self.source,))

    def add(self, event: Event) -> None:
        """Take one more event of the file into account."""
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
        """An independent copy."""
        other = Owner(self._sharing)
        other._received, other._assigned = self._received, self._assigned
        other.source = self.source
        return other


def owner(events: Iterable[Event], shared: Sharing) -> Owner:
    """The owner of a file with these events."""
    file_owner = Owner(shared)
    for event in events:
        file_owner.add(event)
    return file_owner


class Reservation(NamedTuple):
    """A prefix of file identifiers that some token reserves, and whether this publisher's does."""

    prefix: str
    own: bool


class Reservations(NamedTuple):
    """All reserved prefixes, the longest first."""

    longest_first: tuple[Reservation, ...] = ()

    def against(self, file_id: str) -> str | None:
        """The prefix that excludes a publisher from a file, if any; the longest match decides."""
        for prefix, own in self.longest_first:
            if file_id.startswith(prefix):
                return None if own else prefix
        return None


NOTHING_RESERVED = Reservations()
