"""The events of an object-centric log (OCEL 2.0: JSON, XML or SQLite), as rows.

An event concerns any number of objects of several types. The type that is the file is that of the
mapping's ``file_id`` column, ``object:order``: an event has a row for each of its objects of that
type. Other columns are ``ocel:id``, ``ocel:activity``, ``ocel:time``, the event's attributes, the
first object of another type (``object:item``), and attributes of these objects (``order.price``), as
they were at first.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, NamedTuple
from xml.parsers import expat

import msgspec

from echeance.importer.formats.source import Row, Rows, Source, broken
from shared.mapping import ExportError
from shared.text import Text

_MOST_BYTES: Final = 512 << 20
_CHUNK_BYTES: Final = 1 << 16
_OBJECT: Final = "object:"
_MOST_TABLES: Final = 2_000


class _Object(NamedTuple):
    type: str
    attributes: Mapping[str, str]


class _Event(NamedTuple):
    id: str
    type: str
    time: str
    attributes: Mapping[str, str]
    objects: Sequence[str]


_Objects = Mapping[str, _Object]


def read_ocel_json(source: Source) -> Rows:
    """The events of the JSON form; it is held in memory."""
    try:
        log = msgspec.json.decode(_whole(source), type=_JsonLog)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ExportError(1, "not_ocel", str(error)[:200]) from error
    objects = {one.id: _Object(one.type, _first_of_each(one.attributes)) for one in log.objects}
    events = (
        _Event(
            one.id,
            one.type,
            one.time,
            _first_of_each(one.attributes),
            [relation.objectId for relation in one.relationships],
        )
        for one in log.events
    )
    types = [one.name for one in log.objectTypes]
    return _read(source, types, objects, enumerate(events, 1))


class _JsonType(msgspec.Struct):
    name: str


class _JsonAttribute(msgspec.Struct):
    name: str
    value: str | int | float | bool | None = None


class _JsonRelation(msgspec.Struct):
    objectId: str  # noqa: N815 — the name of the standard


class _JsonEntry(msgspec.Struct):
    id: str
    type: str
    time: str = ""
    attributes: list[_JsonAttribute] = []
    relationships: list[_JsonRelation] = []


class _JsonLog(msgspec.Struct):
    objects: list[_JsonEntry]
    events: list[_JsonEntry]
    objectTypes: list[_JsonType] = []  # noqa: N815 — the name of the standard


def _first_of_each(attributes: Sequence[_JsonAttribute]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for one in attributes:
        values.setdefault(one.name, "" if one.value is None else str(one.value))
    return values


def _whole(source: Source) -> bytes:
    try:
        read = source.stream.read(_MOST_BYTES + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise broken(error, 1) from error
    if len(read) > _MOST_BYTES:
        raise ExportError(1, "too_large", f"> {_MOST_BYTES >> 20} Mio")
    return read


def read_ocel_xml(source: Source) -> Rows:
    """The events of the XML form, where the objects come before them."""
    reader = _XmlReader()
    types = _TYPE.findall(source.beginning.decode("utf-8", "replace"))
    return _read(source, types, reader.objects, reader.events(source))


_TYPE = re.compile(r'<object-type\b[^>]{0,200}?\bname="([^"]{1,200})"')


class _XmlReader:
    """Expat's handlers: the entry that is open, and those completed since the last chunk."""

    def __init__(self) -> None:
        self.objects: dict[str, _Object] = {}
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._read
        self._parser.EntityDeclHandler = self._refuse
        self._parser.AttlistDeclHandler = self._refuse
        self._entry: dict[str, str] | None = None
        self._attributes: dict[str, str] = {}
        self._relations: list[str] = []
        self._attribute: str | None = None
        self._text = ""
        self._line = 0
        self._within: list[str] = []
        self._events: list[tuple[int, _Event]] = []
        self._held_bytes = 0

    def events(self, source: Source) -> Iterator[tuple[int, _Event]]:
        more = True
        while more:
            try:
                chunk = source.stream.read1(_CHUNK_BYTES)
                more = bool(chunk)
                self._parser.Parse(chunk, not more)
            except expat.ExpatError as error:
                raise ExportError(error.lineno, "xml_broken") from error
            except (EOFError, OSError, zlib.error) as error:
                raise broken(error, self._parser.CurrentLineNumber) from error
            yield from self._events
            self._events.clear()

    def _start(self, tag: str, given: dict[str, str]) -> None:
        self._within.append(tag)
        if tag in ("object", "event") and self._entry is None:
            self._entry, self._attributes, self._relations = given, {}, []
            self._line = self._parser.CurrentLineNumber
        elif tag == "attribute" and self._entry is not None:
            self._attribute, self._text = given.get("name", ""), ""
        elif tag == "relationship" and self._entry is not None:
            self._relations.append(given.get("object-id", ""))

    def _read(self, text: str) -> None:
        if self._attribute is not None:
            self._text += text
            self._hold(len(text))

    def _end(self, tag: str) -> None:
        self._within.pop()
        if tag == "attribute" and self._attribute is not None:
            self._attributes.setdefault(self._attribute, self._text)
            self._attribute = None
        elif tag in ("object", "event") and self._entry is not None:
            entry, self._entry = self._entry, None
            identifier, kind = entry.get("id", ""), entry.get("type", "")
            if tag == "object":
                self._hold(len(identifier) + len(kind))
                self.objects[identifier] = _Object(kind, self._attributes)
            else:
                event = _Event(
                    identifier, kind, entry.get("time", ""), self._attributes, self._relations
                )
                self._events.append((self._line, event))

    def _hold(self, length: int) -> None:
        self._held_bytes += length
        if self._held_bytes > _MOST_BYTES:
            raise ExportError(self._parser.CurrentLineNumber, "too_large")

    def _refuse(self, name: str, *_: object) -> None:
        raise ExportError(self._parser.CurrentLineNumber, "declaration_refused", name)


def read_ocel_sqlite(source: Source) -> Rows:
    """The events of the SQLite form, in the order of their times."""
    copy = source.opened.enter_context(NamedTemporaryFile(prefix="echeance-"))  # noqa: SIM115 — it is entered
    copy.write(_whole(source))
    copy.flush()
    uri = f"{Path(copy.name).as_uri()}?mode=ro&immutable=1"
    database = sqlite3.connect(uri, uri=True)
    source.opened.callback(database.close)
    database.execute("PRAGMA trusted_schema = OFF")
    try:
        log = _SqliteLog(database)
        return _read(source, log.types(), log.objects(), log.events())
    except sqlite3.Error as error:
        raise ExportError(1, "not_ocel", str(error)) from error


class _SqliteLog:
    """The tables of the standard; no view is read, whatever its name."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        listed = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        self._tables = {name for (name,) in listed.fetchmany(_MOST_TABLES)}
        for table in ("event", "object", "event_object", "event_map_type", "object_map_type"):
            self._require(table)

    def _require(self, table: str) -> str:
        if table not in self._tables:
            raise ExportError(1, "not_ocel", table)
        return '"' + table.replace('"', '""') + '"'

    def _of_types(self, kind: str) -> Iterator[tuple[str, str]]:
        """Each type, and the table of its entries."""
        for name, mapped in self._database.execute(
            f"SELECT ocel_type, ocel_type_map FROM {kind}_map_type"
        ):
            yield name, self._require(f"{kind}_{mapped}")

    def types(self) -> Sequence[str]:
        return [name for name, _ in self._of_types("object")]

    def objects(self) -> _Objects:
        objects = {
            identifier: _Object(name, {})
            for identifier, name in self._database.execute("SELECT ocel_id, ocel_type FROM object")
        }
        for name, table in list(self._of_types("object")):
            rows = self._database.execute(f"SELECT * FROM {table} ORDER BY ocel_time")
            names = [column[0] for column in rows.description]
            for row in rows:
                entry = dict(zip(names, row, strict=True))
                identifier = entry["ocel_id"]
                if identifier in objects and not objects[identifier].attributes:
                    objects[identifier] = _Object(name, _own(entry))
        return objects

    def events(self) -> Iterator[tuple[int, _Event]]:
        number = 0
        related = "SELECT ocel_object_id FROM event_object WHERE ocel_event_id = ?"
        for name, table in list(self._of_types("event")):
            rows = self._database.execute(f"SELECT * FROM {table} ORDER BY ocel_time")
            names = [column[0] for column in rows.description]
            for row in rows:
                number += 1
                entry = dict(zip(names, row, strict=True))
                identifier = str(entry["ocel_id"])
                objects = [one for (one,) in self._database.execute(related, (identifier,))]
                time = str(entry.get("ocel_time", ""))
                yield number, _Event(identifier, name, time, _own(entry), objects)


def _own(entry: Mapping[str, object]) -> Mapping[str, str]:
    """The attributes of an entry that are not the standard's."""
    return {
        name: str(value)
        for name, value in entry.items()
        if value is not None and not name.startswith("ocel_")
    }


def _read(
    source: Source, types: Sequence[str], objects: _Objects, events: Iterator[tuple[int, _Event]]
) -> Rows:
    """The columns that are wanted, or otherwise the standard's and a file of the first type."""
    columns = source.columns or [*_OF_EVENTS, *(f"{_OBJECT}{one}" for one in types)]
    file_type = source.wanted.file_id.removeprefix(_OBJECT) or (types[0] if types else "")
    return columns, _cells(source, columns, file_type, objects, events)


_OF_EVENTS = ("ocel:id", "ocel:activity", "ocel:time")


def _cells(
    source: Source,
    columns: Sequence[str],
    file_type: str,
    objects: _Objects,
    events: Iterator[tuple[int, _Event]],
) -> Iterator[Row]:
    seen: set[str] = set()
    without: Counter[str] = Counter()
    line = 1
    try:
        for line, event in events:
            by_type: dict[str, str] = {}
            files = []
            for identifier in dict.fromkeys(event.objects):
                kind = objects[identifier].type if identifier in objects else ""
                by_type.setdefault(kind, identifier)
                if kind == file_type:
                    files.append(identifier)
            if not files:
                without[event.type] += 1
            for file_id in files:
                cells = _named(event, {**by_type, file_type: file_id}, objects)
                seen.update(column for column in columns if column in cells)
                yield line, [cells.get(column, "") for column in columns]
    except sqlite3.Error as error:
        raise ExportError(line, "not_ocel", str(error)) from error
    if without:
        source.remarks.append(
            Text(
                f"événements sans objet du type «\u00a0{file_type}\u00a0», non lus\u00a0: {without.total()}",
                f"events without an object of type “{file_type}”, not read: {without.total()}",
            )
        )
    source.require_keys(seen, line)


def _named(event: _Event, by_type: Mapping[str, str], objects: _Objects) -> Mapping[str, str]:
    """What an event says, by column."""
    cells = dict(event.attributes)
    for kind, identifier in by_type.items():
        cells[f"{_OBJECT}{kind}"] = identifier
        for name, value in objects[identifier].attributes.items() if identifier in objects else ():
            cells[f"{kind}.{name}"] = value
    cells |= {"ocel:id": event.id, "ocel:activity": event.type, "ocel:time": event.time}
    return cells
