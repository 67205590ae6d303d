"""Whose file it is: the source that opened it, and those that share their files with it (rule 6 of docs/counting-rules.md).

Pure. A file belongs to the source of its first reception by *recording*, which no sender chooses, whether that reception was taken back
since or not: else a neighbour's reception, sent before or dated earlier, could take the file over. An operator can give it to another
source. Ownership is a function of the set of events, and the same whatever moment is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from shared.events import NATURAL_ORDER, Assigned, Event, Received

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
    """Whose file it is, as its events are told one by one; ``sources`` is empty while no reception is known."""

    __slots__ = ("_assigned", "_received", "_sharing", "sources")

    def __init__(self, shared: Sharing) -> None:
        self._sharing = shared
        self._received: tuple[datetime, Order] | None = None
        self._assigned: tuple[datetime, Order] | None = None
        self.sources: frozenset[str] = frozenset()

    def add(self, event: Event) -> None:
        """Let one more event of the file be known."""
        if isinstance(event, Received):
            rank = event.recorded_at, natural_order(event)
            if self._received is None or rank < self._received:
                self._received = rank
                if self._assigned is None:
                    self.sources = self._those_who_share(event.source)
        elif isinstance(event, Assigned):
            rank = event.recorded_at, natural_order(event)
            if self._assigned is None or rank > self._assigned:
                self._assigned = rank
                self.sources = self._those_who_share(event.data.source)

    def copy(self) -> Owner:
        """The same, to which more can be told without this one knowing."""
        other = Owner(self._sharing)
        other._received, other._assigned = self._received, self._assigned
        other.sources = self.sources
        return other

    def _those_who_share(self, source: str) -> frozenset[str]:
        return self._sharing.get(source) or frozenset((source,))


def owner(events: Iterable[Event], shared: Sharing) -> frozenset[str]:
    """The sources that a file belongs to: one, or those that share their files; none while no reception is known."""
    found = Owner(shared)
    for event in events:
        found.add(event)
    return found.sources
