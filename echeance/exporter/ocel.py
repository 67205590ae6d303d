"""Files as an object-centric log (OCEL 2.0, JSON): objects of the types ``file`` and ``cycle``.

Pure. Each cycle is an object of its own, under each standard of its file, so nothing is said twice
of a file that was reopened or that several standards measure. An event is related to its file and
to the cycles it is part of.

Values are strings, of the type that ``objectTypes`` and ``eventTypes`` declare: so the published
schema (ocel20-schema-json.json, of 2.0 as of 2.1) has it. The page of the format shows a number;
pm4py reads either alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from echeance.exporter.columns import (
    CYCLE_COLUMNS,
    EVENT_COLUMNS,
    Column,
    Kind,
    T,
    file_columns,
    members_of,
    said,
    written,
)
from echeance.exporter.exported import ExportedCycle, ExportedEvent, ExportedFile
from shared.domain import NATURAL_ORDER, Catalogue, short_name

_TYPES: dict[Kind, str] = {
    "text": "string",
    "count": "integer",
    "amount": "float",
    "truth": "boolean",
    "day": "string",
    "instant": "time",
}
_AT_FIRST = "1970-01-01T00:00:00.000000+00:00"
"""The time of what an object's attributes say: they are those of the export, and have no history."""

_PUBLISHED_ID: Column[ExportedEvent] = Column("event_id", "text", lambda one: one.event.id)
_encode = msgspec.json.Encoder().encode


class OcelLog:
    """Writes objects, and apart from them events."""

    middle: ClassVar[str] = '\n],\n"events": [\n'
    end: ClassVar[str] = "\n]}\n"

    def __init__(self, catalogue: Catalogue) -> None:
        self._file_columns = file_columns(catalogue)
        objects = [_declared("file", self._file_columns), _declared("cycle", CYCLE_COLUMNS)]
        events = [_declared(short_name(one), _event_columns(one)) for one in NATURAL_ORDER]
        self.beginning = (
            f'{{"objectTypes": {_json(objects)},\n"eventTypes": {_json(events)},\n"objects": [\n'
        )
        self._between_objects = self._between_events = ""

    def file(self, file: ExportedFile, events: Sequence[ExportedEvent]) -> tuple[str, str]:
        """The objects of a file, and its events."""
        objects = [_object("file", file.file_id, _timed(self._file_columns, file), [])]
        names = [_cycle_id(file, one) for one in file.cycles]
        for name, cycle in zip(names, file.cycles, strict=True):
            values = _timed(CYCLE_COLUMNS, cycle)
            objects.append(_object("cycle", name, values, [_relation(file.file_id, "of")]))
        written_events = [_event(file, one) for one in events]
        parts = (
            self._between_objects + ",\n".join(map(_json, objects)),
            (self._between_events + ",\n".join(map(_json, written_events)) if events else ""),
        )
        self._between_objects = ",\n"
        self._between_events = ",\n" if events else self._between_events
        return parts


def _json(value: object) -> str:
    return _encode(value).decode()


def _event_columns(event_type: Any) -> Sequence[Column[ExportedEvent]]:
    return (_PUBLISHED_ID, *EVENT_COLUMNS, *members_of(event_type))


def _declared(name: str, columns: Sequence[Column[T]]) -> Mapping[str, object]:
    attributes = [{"name": one.name, "type": _TYPES[one.kind]} for one in columns]
    return {"name": name, "attributes": attributes}


def _cycle_id(file: ExportedFile, cycle: ExportedCycle) -> str:
    return f"{file.file_id}/{cycle.of_standard.name}/{cycle.clock.state.number}"


def _event(file: ExportedFile, one: ExportedEvent) -> Mapping[str, object]:
    """An event; its identifier is unique in the log, as its source and ``event_id`` are in the file."""
    number = {
        (cycle.of_standard.name, cycle.clock.state.number): _cycle_id(file, cycle)
        for cycle in file.cycles
    }
    standards = dict.fromkeys(cycle.of_standard.name for cycle in file.cycles)
    relations = [_relation(file.file_id, "of")]
    for standard, cycle in zip(standards, one.cycles, strict=False):
        if (standard, cycle) in number:
            relations.append(_relation(number[standard, cycle], "in"))
    return {
        "id": f"{file.file_id}/{one.event.source}/{one.event.id}",
        "type": short_name(type(one.event)),
        "time": written(one.event.time),
        "attributes": _values(_event_columns(type(one.event)), one),
        "relationships": relations,
    }


def _object(
    kind: str, name: str, values: Sequence[object], relations: Sequence[object]
) -> Mapping[str, object]:
    return {"id": name, "type": kind, "attributes": values, "relationships": relations}


def _relation(object_id: str, qualifier: str) -> Mapping[str, str]:
    return {"objectId": object_id, "qualifier": qualifier}


def _values(columns: Sequence[Column[T]], one: T) -> Sequence[Mapping[str, str]]:
    return [{"name": column.name, "value": written(value)} for column, value in said(columns, one)]


def _timed(columns: Sequence[Column[T]], one: T) -> Sequence[Mapping[str, str]]:
    return [{**value, "time": _AT_FIRST} for value in _values(columns, one)]
