"""The events of an XES log (IEEE 1849), as rows.

A row has the cells of one ``event``: its own attributes under their keys, and those of its
``trace`` under ``case:`` and their keys, as CSV editions name them; nested attributes are not read.
Rows are taken after each chunk and no tree is built, so memory is bounded by a chunk. Refused,
since expat would hold or read again without bound: entities, default attributes, endless
declarations and names, and tags far longer than a chunk.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from xml.parsers import expat

from echeance.importer.formats.source import ByteStream, Row, Rows, Source, broken
from shared.mapping import ExportError, ReasonCode

_CHUNK_BYTES = 1 << 16
_LONGEST_TAG_BYTES = 1 << 20
_DEEPEST = 1_000
_MOST_NAMES = 2_000


def read_xes(source: Source) -> Rows:
    """The wanted attributes of every event; where none are named, those of the first events."""
    columns = source.columns or _names(source.beginning)
    return columns, _cells(source, columns)


def _names(beginning: bytes) -> Sequence[str]:
    names: dict[str, None] = {}
    prefix: str | None = None  # what stands before the first trace is of the log
    for tag, key in _TAG_OR_KEY.findall(beginning.decode("utf-8", "replace")):
        if tag:
            prefix = "case:" if tag == "trace" else ""
        elif prefix is not None:
            names[f"{prefix}{key}"] = None
    return list(names)[:_MOST_NAMES]


_TAG_OR_KEY = re.compile(r'<(trace|event)\b|\bkey="([^"]{1,200})"')


def _cells(source: Source, columns: Sequence[str]) -> Iterator[Row]:
    line = 1
    columns_with_cells: set[str] = set()
    events = rows(source.stream, columns, columns_with_cells)
    while True:
        try:
            line, cells = next(events)
        except StopIteration:
            break
        except (EOFError, OSError, zlib.error) as error:
            raise broken(error, line) from error
        yield line, cells
    source.require_keys(columns_with_cells, line)


def rows(
    stream: ByteStream, columns: Sequence[str], columns_with_cells: set[str]
) -> Iterator[tuple[int, list[str]]]:
    """Each event's line and cells by ``columns``; raises :class:`ExportError` for broken XML.

    The columns that an event had are added to ``columns_with_cells``.
    """
    log = _Log(columns, columns_with_cells)
    more = True
    fed_bytes = 0
    while more:
        chunk = stream.read1(_CHUNK_BYTES)
        more = bool(chunk)
        broken = None
        try:
            log.parser.Parse(chunk, not more)
        except expat.ExpatError as error:
            broken = ExportError(error.lineno, "xml_broken")
        except ExportError:
            raise
        except (LookupError, ValueError) as error:
            raise ExportError(
                1, "encoding_broken", str(error).removeprefix("unknown encoding: ")
            ) from error
        fed_bytes += len(chunk)
        if broken is None:
            broken = log.excess(fed_bytes)
        yield from log.rows
        log.rows.clear()
        if broken is not None:
            raise broken


class _Log:
    """Expat's handlers: the state of the parse, and the rows completed since the last chunk."""

    def __init__(self, columns: Sequence[str], columns_with_cells: set[str]) -> None:
        self._columns = columns
        self._seen = columns_with_cells
        self.rows: list[tuple[int, list[str]]] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse_entity
        self.parser.AttlistDeclHandler = self._refuse_defaults
        self._event_index = {column: index for index, column in enumerate(columns)}
        self._case_index = {
            column.removeprefix("case:"): index
            for index, column in enumerate(columns)
            if column.startswith("case:")
        }
        self._no_cells = [""] * len(columns)
        self._case = self._no_cells
        self._cells: list[str] | None = None
        self._filled: set[int] = set()
        self._open: list[str] = []
        """The open trace and event; a trace or event in another of its kind is refused."""
        self._index = self._case_index
        self._depth = 0
        self.begun = False
        """Whether the first tag has been read, after all that may be declared."""
        self._attribute_depth = 0
        self._line = 0

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self.begun = True
        if self._depth == self._attribute_depth:
            index = self._index.get(attributes.get("key", ""))
            if index is not None and self._cells is not None:
                if index in self._filled:
                    raise self.error("column_twice", self._columns[index])
                self._filled.add(index)
                self._cells[index] = attributes.get("value", "")
                self._seen.add(self._columns[index])
        if self._depth > _DEEPEST:
            raise self.error("not_xes", f"{_DEEPEST} × <{tag}>")
        name = _local(tag)
        if self._depth == 1 and name != "log":
            raise self.error("not_xes", tag)
        if name in ("trace", "event") and ("event" in self._open or name in self._open):
            raise self.error("not_xes", f"<{name}> in <{self._open[-1]}>")
        if name in ("trace", "event"):
            self._open.append(name)
        if name == "trace":
            self._case = self._no_cells.copy()
            self._fill(self._case, self._case_index)
        elif name == "event":
            self._line = self.parser.CurrentLineNumber
            self._fill(self._case.copy(), self._event_index)

    def _fill(self, cells: list[str], index: dict[str, int]) -> None:
        """Let the attributes that stand directly in the element just begun fill these cells."""
        self._cells = cells
        self._filled = set()
        self._index = index
        self._attribute_depth = self._depth + 1

    def _end(self, tag: str) -> None:
        name = _local(tag)
        self._depth -= 1
        if self._open and self._open[-1] == name:
            self._open.pop()
        if name == "event" and self._cells is not None:
            self.rows.append((self._line, self._cells))
            self._cells = None
        elif name == "trace":
            self._case = self._no_cells
            self._cells = None

    def _refuse_entity(self, name: str, *_: object) -> None:
        raise self.error("declaration_refused", f"<!ENTITY {name}")

    def _refuse_defaults(self, element: str, *_: object) -> None:
        raise self.error("declaration_refused", f"<!ATTLIST {element}")

    def excess(self, fed_bytes: int) -> ExportError | None:
        """What expat would hold without bound after so many bytes, if anything."""
        tag_bytes = fed_bytes - self.parser.CurrentByteIndex if self.begun else fed_bytes
        if tag_bytes > _LONGEST_TAG_BYTES:
            return self.error("line_too_long")
        if len(self.parser.intern) > _MOST_NAMES:
            return self.error("not_xes", f"> {_MOST_NAMES} × < >")
        return None

    def error(self, code: ReasonCode, detail: str = "") -> ExportError:
        """An error at the line that the parse has reached."""
        return ExportError(self.parser.CurrentLineNumber, code, detail)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]
