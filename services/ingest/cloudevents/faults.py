"""What can be wrong with an event: where, a stable code, and the HTTP status it leads to.

Pure. A fault names its place (the index of the event and a JSON pointer into it), never more of the value than a person needs to
recognize it. What is shown of a value is plain ASCII, so that no text that was sent can break the answer that refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.ingest.cloudevents.texts import TEXTS, Code
from shared.text import Language

STATUS: Mapping[Code, int] = {
    "not_utf8": 400,
    "byte_order_mark": 400,
    "not_json": 400,
    "duplicate_member": 400,
    "not_a_number": 400,
    "number_too_long": 400,
    "too_deep": 400,
    "not_an_array": 400,
    "repeated_header": 400,
    "bad_header": 400,
    "not_a_header": 400,
    "too_large": 413,
    "unsupported_media_type": 415,
    "source_not_allowed": 403,
    "file_reserved": 403,
    "unit_not_allowed": 403,
    "standard_not_allowed": 403,
}
"""The codes that do not lead to 422."""

MOST_FAULTS: Final = 100
"""How many faults of one request are told; what is looked at ends there, so that refusing costs no more than accepting."""

# When the faults of one request lead to several statuses, the answer takes the first of these.
_PRECEDENCE = (415, 413, 400, 403, 422)


_KINDS: Mapping[type, str] = {bool: "boolean", type(None): "null", list: "array", dict: "object"}


@dataclass(frozen=True, slots=True)
class EventFault:
    """Something refused: which event of the request (from 0), where in it (RFC 6901), and why."""

    pointer: str
    code: Code
    values: Mapping[str, str | int]
    index: int = 0

    @property
    def status(self) -> int:
        """The HTTP status it leads to."""
        return STATUS.get(self.code, 422)

    def detail(self, language: Language = "fr") -> str:
        """The fault in words."""
        return str(TEXTS[self.code].within(language).format_map(self.values))


class InvalidEventsError(ValueError):
    """Events that cannot be accepted; ``faults`` holds all that was found, never nothing.

    ``read`` is how many events of a batch were looked at, where enough had been found in these; None where all were.
    """

    def __init__(self, faults: Iterable[EventFault], *, read: int | None = None) -> None:
        self.faults: Sequence[EventFault] = tuple(faults)
        self.read = read
        super().__init__(
            "; ".join(f"{one.pointer}: {one.detail('en')}" for one in self.faults[:10])
        )

    @property
    def status(self) -> int:
        """The HTTP status the faults lead to."""
        statuses = {one.status for one in self.faults}
        return next(status for status in _PRECEDENCE if status in statuses)


def fault(pointer: str, code: Code, **values: str | int) -> EventFault:
    """A fault of the first event; ``values`` fill the text of its code."""
    return EventFault(pointer, code, values)


def excerpt(value: Any) -> str:
    """A value as a message may repeat it: ASCII, shortened, and only its kind when it is not a text."""
    if isinstance(value, str):
        return json.dumps(value if len(value) <= 80 else value[:80] + "...")
    return _KINDS.get(type(value), "number")


def known_words(words: Iterable[str]) -> str:
    """Words that exist, the first twenty of them."""
    known = sorted(words)
    return ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
