"""Files as an XES log (IEEE 1849-2016), with the extensions Concept, Lifecycle and Time.

Pure. A file is a trace, named by its identifier; an event is named by its word and known by its
``concept:instance``. The attributes of a trace are what is said of the file and of the cycle that it
is listed by. Where there are several cycles, the list ``cycles`` has every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar
from xml.sax.saxutils import quoteattr

from echeance.exporter.columns import (
    CYCLE_COLUMNS,
    EVENT_COLUMNS,
    Column,
    ExportedValue,
    Kind,
    T,
    file_columns,
    members_of,
    said,
    written,
)
from echeance.exporter.exported import ExportedEvent, ExportedFile
from shared.domain import Catalogue, short_name

_TAGS: dict[Kind, str] = {
    "text": "string",
    "count": "int",
    "amount": "float",
    "truth": "boolean",
    "day": "string",
    "instant": "date",
}
_EXTENSIONS = ("Concept", "Lifecycle", "Time")


class XesLog:
    """Writes traces, one after the other."""

    middle: ClassVar[str] = ""
    end: ClassVar[str] = "</log>\n"

    def __init__(self, catalogue: Catalogue) -> None:
        self._file_columns = file_columns(catalogue)
        extensions = "".join(
            f'<extension name="{name}" prefix="{name.lower()}" uri="http://www.xes-standard.org/{name.lower()}.xesext"/>\n'
            for name in _EXTENSIONS
        )
        named = _attribute("text", "concept:name", "")
        self.beginning = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<log xes.version="1849.2016" xes.features="nested-attributes">\n'
            f"{extensions}"
            f'<global scope="trace">{named}</global>\n'
            f'<global scope="event">{named}{_attribute("text", "lifecycle:transition", "complete")}'
            '<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/></global>\n'
            '<classifier name="Activity" scope="event" keys="concept:name"/>\n'
            f"{_attribute('text', 'concept:name', catalogue.catalogue)}\n"
        )

    def file(self, file: ExportedFile, events: Sequence[ExportedEvent]) -> tuple[str, str]:
        """A trace."""
        return "".join(self._trace(file, events)), ""

    def _trace(self, file: ExportedFile, events: Sequence[ExportedEvent]) -> Iterator[str]:
        yield f"<trace>\n{_attribute('text', 'concept:name', file.file_id)}"
        yield from _attributes(self._file_columns, file)
        if file.listed is not None:
            yield from _attributes(CYCLE_COLUMNS, file.listed)
        if len(file.cycles) > 1:
            yield '<list key="cycles"><values key="cycles">'
            number, *others = CYCLE_COLUMNS
            for cycle in file.cycles:
                nested = "".join(_attributes(others, cycle))
                yield f'<int key="{number.name}" value="{number.of(cycle)}">{nested}</int>'
            yield "</values></list>"
        for one in events:
            yield "\n<event>"
            yield from _event(one)
            yield "</event>"
        yield "\n</trace>\n"


def _event(one: ExportedEvent) -> Iterator[str]:
    yield _attribute("text", "concept:name", short_name(type(one.event)))
    yield _attribute("text", "concept:instance", one.event.id)
    yield _attribute("text", "lifecycle:transition", "complete")
    yield _attribute("instant", "time:timestamp", one.event.time)
    yield from _attributes((*EVENT_COLUMNS, *members_of(type(one.event))), one)


def _attributes(columns: Sequence[Column[T]], one: T) -> Iterator[str]:
    for column, value in said(columns, one):
        yield _attribute(column.kind, column.name, value)


def _attribute(kind: Kind, key: str, value: ExportedValue) -> str:
    return f'<{_TAGS[kind]} key="{key}" value={quoteattr(written(value))}/>'
