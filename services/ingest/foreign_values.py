"""A JSON value of another system, by its mapping: the events that it says, or every fault.

Pure. What the mapping makes of a value is held to the same rules as what publishers send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from services.ingest.cloudevents import (
    MAX_FAULTS,
    EventFault,
    InvalidEventsError,
    Rules,
    parse_structured,
)
from shared.domain import Event
from shared.mapping import ReadValue, ValueFault, ValueReader


class ForeignEvents(NamedTuple):
    """The events of a value, and what else was read: items without an event, by their name."""

    events: Sequence[Event]
    read: ReadValue


class InvalidValueError(ValueError):
    """A value of which nothing is accepted: what the mapping cannot read, and what ingest refuses.

    A pointer of ``unreadable`` is into the item that was sent, one of ``refused`` into the
    CloudEvent that the mapping made of it; ``index`` is that of the item.
    """

    def __init__(self, unreadable: Sequence[ValueFault], refused: Sequence[EventFault]) -> None:
        self.unreadable, self.refused = unreadable, refused
        super().__init__(f"{len(unreadable)} unreadable, {len(refused)} refused")

    @property
    def code(self) -> str:
        """That of the first fault."""
        return self.unreadable[0].reason.code if self.unreadable else self.refused[0].code


def foreign_events(reader: ValueReader, value: Any, rules: Rules) -> ForeignEvents:
    """The events of a value, all or none; raises :class:`InvalidValueError` with every fault."""
    read = reader.read(value)
    events: list[Event] = []
    refused: list[EventFault] = []
    for item, event in read.events:
        if len(read.faults) + len(refused) >= MAX_FAULTS:
            break
        try:
            events.append(parse_structured(event, rules))
        except InvalidEventsError as error:
            refused += [replace(one, index=item) for one in error.faults]
    if read.faults or refused:
        raise InvalidValueError(read.faults, refused)
    return ForeignEvents(events, read)
