"""A file as it is exported: its events with what each changed, and its cycles with their delays.

Pure. Nothing is counted here: the cycles are those of the law, as ``GET /v1/files/{file_id}``
answers them. An event is in effect where it changed something in the life of the file; voids, what
they took back, and what changed nothing are not, nor is what only an operator writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.domain import (
    Catalogue,
    CycleClock,
    Effect,
    Event,
    FileReading,
    History,
    StandardReading,
    listed_cycle,
    owner,
)

_OF_THE_HISTORY: frozenset[Effect] = frozenset({"voids", "gives", "makes_room"})
VOIDED = "voided"
AHEAD = "ahead"
"""Why an event that no rule calls an anomaly is not in effect: taken back, or dated ahead."""


class ExportedEvent(NamedTuple):
    """An event, and what it changed, or why it changed nothing.

    ``cycles`` has its place in the cycles of each standard of the file: their numbers; 0 before the
    first. It is empty where the event is not in effect.
    """

    event: Event
    effect: str
    in_effect: bool
    cycles: Sequence[int]


class ExportedCycle(NamedTuple):
    """A cycle under one standard, and the unit that has the file, or had it where the cycle ended."""

    of_standard: StandardReading
    clock: CycleClock
    unit: str


class ExportedFile(NamedTuple):
    """A file at a moment. ``listed`` is the cycle that the file is listed by, if it has one."""

    file_id: str
    source: str | None
    standard: str
    unit: str
    attributes: Mapping[str, str]
    cycles: Sequence[ExportedCycle]
    listed: ExportedCycle | None
    events: Sequence[ExportedEvent]


def exported(
    file_id: str, history: History, reading: FileReading, catalogue: Catalogue
) -> ExportedFile | None:
    """A file with its events in the order of rule 6; None where no reception is known."""
    opening, unit = reading.opening, reading.unit
    if opening is None or unit is None:
        return None
    cycles = [
        ExportedCycle(one, clock, clock.state.unit or unit)
        for one in reading.of_standards
        for clock in one.clock.cycles
    ]
    listed = listed_cycle(reading.clock)
    by_clock = dict(zip(map(id, reading.clock.cycles), cycles, strict=True))
    return ExportedFile(
        file_id,
        owner(history, catalogue.sharing).source,
        opening.data.standard,
        unit,
        opening.data.attributes,
        cycles,
        None if listed is None else by_clock[id(listed)],
        _events(history, reading),
    )


def _events(history: History, reading: FileReading) -> Sequence[ExportedEvent]:
    """Every event, by what the first standard that it changed something of says."""
    effects: dict[tuple[str, str], str] = {}
    in_effect: set[tuple[str, str]] = set()
    numbers: list[dict[tuple[str, str], int]] = []
    for one in reversed(reading.of_standards):
        of_standard = {}
        for (event, effect), number in zip(
            one.state.changes, one.state.cycles_of_changes(), strict=True
        ):
            name = event.source, event.id
            effects[name] = effect
            of_standard[name] = number
            if effect not in _OF_THE_HISTORY:
                in_effect.add(name)
        numbers.insert(0, of_standard)
    reasons: dict[tuple[str, str], str] = {
        (one.source, one.id): VOIDED for one in reading.state.voided
    }
    reasons |= {(one.source, one.event_id): one.reason for one in reading.clock.anomalies}
    events = []
    for event in history:
        name = event.source, event.id
        said = reasons.get(name) or effects.get(name) or AHEAD
        changed = name in in_effect and name not in reasons
        places = [one.get(name, 0) for one in numbers] if changed else ()
        events.append(ExportedEvent(event, said, changed, places))
    return events
