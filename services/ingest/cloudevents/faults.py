"""Faults of events: the place, a stable code and its HTTP status.

Pure. A fault quotes only as much of a value as a person needs to recognize it, in ASCII, so that no
input can break the response that refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.ingest.cloudevents.texts import Code
from shared.text import Language

MAX_FAULTS: Final = 100
"""Parsing ends after so many faults, so that refusing costs no more than accepting."""

# The status of a request is the first of these that one of its faults has.
_PRECEDENCE = (415, 413, 400, 403, 422)


_KINDS: Mapping[type, str] = {bool: "boolean", type(None): "null", list: "array", dict: "object"}


@dataclass(frozen=True, slots=True)
class EventFault:
    """A fault: the event of the request (from 0), a JSON pointer into it, and why."""

    pointer: str
    reason: Code
    values: Mapping[str, str | int]
    index: int = 0

    @property
    def code(self) -> str:
        """Its stable code."""
        return self.reason.name

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return self.reason.status

    def detail(self, language: Language = "fr") -> str:
        """The text of the fault."""
        return str(self.reason.text.within(language).format_map(self.values))


class InvalidEventsError(ValueError):
    """Events that cannot be accepted, with at least one fault.

    ``read`` is how many events of a batch were parsed before the limit of faults; None if all were.
    """

    def __init__(self, faults: Iterable[EventFault], *, read: int | None = None) -> None:
        self.faults: Sequence[EventFault] = tuple(faults)
        self.read = read
        super().__init__(
            "; ".join(f"{one.pointer}: {one.detail('en')}" for one in self.faults[:10])
        )

    @property
    def status(self) -> int:
        """The HTTP status of the request."""
        statuses = {one.status for one in self.faults}
        return next(status for status in _PRECEDENCE if status in statuses)


def fault(pointer: str, reason: Code, **values: str | int) -> EventFault:
    """A fault of the first event; ``values`` fill the template of its text."""
    return EventFault(pointer, reason, values)


def excerpt(value: Any) -> str:
    """A value as messages quote it: ASCII and shortened; only its kind if it is not a string."""
    if isinstance(value, str):
        return json.dumps(value if len(value) <= 80 else value[:80] + "...")
    return _KINDS.get(type(value), "number")


def known_words(words: Collection[str]) -> str:
    """The first twenty words, sorted."""
    first, more = sorted(words)[:20], len(words) > 20
    return ", ".join(first) + (", …" if more else "")
