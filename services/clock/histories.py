"""A file's history with its stored bytes, so that appending an event encodes only that event.

Pure. The bytes always equal the encoding of the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from shared.domain import Event, History, cycles, decode_history, encode


class FileHistory:
    """``stored`` is the JSON array of ``events``."""

    __slots__ = ("events", "stored")

    def __init__(self, events: History, stored: bytes) -> None:
        self.events = events
        self.stored = stored

    def with_new(self, new: Sequence[Event]) -> FileHistory:
        """Add events it lacks. If all are later than those it has, only they are encoded."""
        events = cycles.with_events(self.events, new)
        before = len(self.events)
        if not before or events[before - 1] is not self.events[-1]:
            return FileHistory(events, encode(events))
        return FileHistory(events, appended(self.stored, encode(events[before:])))


def appended(stored: bytes, more: bytes) -> bytes:
    """A JSON array with the elements of another behind its own; neither is empty."""
    return b",".join((memoryview(stored)[:-1], more[1:]))  # of a long one, one copy


EMPTY_HISTORY: Final = FileHistory((), b"[]")


def of_events(events: Iterable[Event]) -> FileHistory:
    """The history that is the set of these events."""
    history = cycles.history(events)
    return FileHistory(history, encode(history))


def of_stored(stored: bytes) -> FileHistory:
    """The history of a row."""
    return FileHistory(decode_history(stored), stored)
