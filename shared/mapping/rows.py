"""From a row of an export to CloudEvents, by its mapping.

A row is an event, a file with its dates, or a state that a file enters. What the last two kinds, and
an activity that means another thing again, say depends on the earlier rows of the file: then rows
come file by file, in the order of their times. The identifier depends on the row alone, so a repeated import, or another order of rows, gives the
same events. Without a column for it, it is a digest of what the event says: file, activity, time
and data; cells that no event reads are left out. Whether the event is allowed is decided by
ingest's parser, as for any publisher. Activities are compared NFC-normalized, stripped and case
folded; other spellings than the mapping's are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from shared.domain import (
    EVENT_ID,
    EVENT_TYPES,
    FILE_ID,
    AttributeWords,
    CivilDate,
    DataMember,
    EventName,
    IdentifierPattern,
    Published,
    WordOf,
    data_members,
    short_name,
    stored_name,
)
from shared.mapping.cells import (
    Cells,
    DateCell,
    IdentifierCell,
    TimeCell,
    TimeReader,
    WordCell,
    WrittenSpan,
    require_decoded,
)
from shared.mapping.export_mapping import ExportMapping, ExportState, WordSource, folded
from shared.mapping.reasons import Reason, UnreadableRowError, shown

Value = str | dict[str, Any]
EventData = dict[str, Any]
DataOf = Callable[[Cells], EventData]
TimeOf = Callable[[Cells], WrittenSpan]
Conditions = Sequence[tuple[int, frozenset[str]]]
"""Cells of columns, by their place in a row, of which each must be one."""
T = TypeVar("T")

_EVENT_TYPES = {short_name(event_type): event_type for event_type in EVENT_TYPES}
_REMEMBERED_ACTIVITIES = 1_000
_LONGEST_REMEMBERED = 200
OTHER_ACTIVITIES = "…"
"""Under which activities are counted once too many different ones were ignored."""

_encode = msgspec.json.Encoder().encode


class ReadRow(NamedTuple):
    """A row's event as structured JSON, at the beginning of its time's span, and the span."""

    event: bytes
    span: WrittenSpan


RowOutcome = ReadRow | Reason | None
"""What a row says: an event, why it cannot be read, or None for no event, which is counted."""


class RowCounts:
    """Rows that say no event, and those read under another spelling; bounded.

    ``ignored`` counts by activity (or state, or column of a date) those without an event,
    ``outside_only`` those outside ``only``, ``respelt`` those whose activity is mapped under another
    spelling, by theirs and the mapping's.
    """

    def __init__(self) -> None:
        self.ignored: Counter[str] = Counter()
        self.outside_only: Counter[str] = Counter()
        self.respelt: Counter[tuple[str, str]] = Counter()

    def clear(self) -> None:
        for counter in (self.ignored, self.outside_only, self.respelt):
            counter.clear()

    def ignore(self, name: str) -> None:
        _count(self.ignored, _cut(name), OTHER_ACTIVITIES)

    def leave_out(self, name: str) -> None:
        _count(self.outside_only, _cut(name), OTHER_ACTIVITIES)

    def respell(self, written: str, name: str) -> None:
        if name != written:
            _count(self.respelt, (_cut(written), name), (OTHER_ACTIVITIES, name))


class RowReader:
    """Reads the rows of one export; ``columns`` says which column each cell of a row is.

    Times that leave open more than ``coarsest`` are refused: where no row comes beside another.
    """

    def __init__(
        self, mapping: ExportMapping, columns: Sequence[str], coarsest: timedelta | None = None
    ) -> None:
        index = {column: position for position, column in enumerate(columns)}
        self.counts = RowCounts()
        self._empty = frozenset(mapping.empty)
        events = _EventReader(mapping, index, coarsest)
        self._only = _conditions(mapping.only, index)
        self._rows: _EventRows | _FileRows | _StateRows
        match mapping.row:
            case "event":
                self._rows = _EventRows(mapping, index, events, self.counts)
            case "file":
                self._rows = _FileRows(mapping, index, events, self.counts)
            case "state":
                self._rows = _StateRows(mapping, index, events, self.counts)
        self._due: tuple[Callable[[Cells], str], Callable[[Cells], str]] | None = None
        if mapping.check_due is not None:
            due = DateCell(mapping.check_due, index[mapping.check_due], events.times)
            self._due = events.file_id, due.read_if_any

    def outcomes(self, row: Cells) -> Sequence[RowOutcome]:
        """All that a row says, one or more."""
        row = self._said(row)
        if not _met(self._only, row):
            return self._rows.outside_only(row)
        return self._rows.outcomes(row)

    def place(self, row: Cells) -> tuple[str, datetime] | None:
        """The file of a row and its time, by which rows are put in order; None where unreadable."""
        return self._rows.place(self._said(row))

    def due(self, row: Cells) -> tuple[str, str] | None:
        """The file of a row and the due date that the export has for it, if any."""
        if self._due is None:
            return None
        file_id, due = self._due
        row = self._said(row)
        try:
            day = due(row)
            return (file_id(row), day) if day else None
        except UnreadableRowError:
            return None

    def _said(self, row: Cells) -> Cells:
        """The row with nothing in the cells that say nothing."""
        if not self._empty:
            return row
        return ["" if cell in self._empty else cell for cell in row]


class _EventReader:
    """Reads one event from a row: which it is, and where its time stands, is given."""

    def __init__(
        self, mapping: ExportMapping, index: dict[str, int], coarsest: timedelta | None
    ) -> None:
        names = mapping.columns
        self._source = mapping.source
        self._mapping = mapping
        self._index = index
        self.file_id = IdentifierCell(names.file_id, index[names.file_id.column], FILE_ID).read
        self._event_id = None
        if names.event_id is not None:
            event_id = IdentifierCell(names.event_id, index[names.event_id.column], EVENT_ID)
            self._event_id = event_id.read
        zone = ZoneInfo(mapping.zone) if mapping.zone is not None else None
        self.times = TimeReader(zone, mapping.time_formats, coarsest)
        self._data: dict[EventName, tuple[str, DataOf]] = {}

    def time(self, column: str) -> TimeOf:
        """The reader of the times of a column."""
        return TimeCell(column, self._index[column], self.times).read

    def read(self, row: Cells, event: EventName, name: str, time: TimeOf) -> ReadRow | Reason:
        """An event of a row, called ``name`` in the export, or every reason why it cannot be read."""
        type_, data_of = self._data.get(event) or self._prepared(event)
        faults: list[Reason] = []
        file_id = _read(self.file_id, row, faults)
        span = _read(time, row, faults)
        data = _read(data_of, row, faults)
        event_id = None if self._event_id is None else _read(self._event_id, row, faults)
        if faults or span is None:
            return _together(faults)
        if event_id is None:
            content = _encode((file_id, name, span.begins, data))
            event_id = blake2b(content, digest_size=16).hexdigest()
        made = {
            "specversion": "1.0",
            "type": type_,
            "source": self._source,
            "id": event_id,
            "subject": file_id,
            "time": span.begins,
            "data": data,
        }
        return ReadRow(_encode(made), span)

    def _prepared(self, event: EventName) -> tuple[str, DataOf]:
        data_of = _data_of(event, self._mapping, self._index, self.times)
        self._data[event] = prepared = stored_name(_EVENT_TYPES[event]), data_of
        return prepared

    def place(self, row: Cells, time: TimeOf) -> tuple[str, datetime] | None:
        try:
            return self.file_id(row), time(row).begins
        except UnreadableRowError:
            return None


class _NamedRows:
    """Rows that name an activity or a state in a column, by the names of the mapping."""

    def __init__(
        self,
        mapping: ExportMapping,
        index: dict[str, int],
        events: _EventReader,
        counts: RowCounts,
        names: Iterable[str],
    ) -> None:
        assert mapping.named_by is not None and mapping.columns.time is not None
        self._events, self._counts = events, counts
        self._column, self._name = mapping.named_by, index[mapping.named_by]
        self._time = events.time(mapping.columns.time)
        self._names = {name: name for name in names}
        self._by_folded = {folded(name): name for name in self._names}
        self._file: str | None = None

    def place(self, row: Cells) -> tuple[str, datetime] | None:
        return self._events.place(row, self._time)

    def outside_only(self, row: Cells) -> Sequence[RowOutcome]:
        name = self._named(row)
        if isinstance(name, str):
            self._counts.leave_out(row[self._name])
            return _NOTHING
        return (name,)

    def _named(self, row: Cells) -> str | Reason | None:
        """The mapping's name of what a row says; None, counted, for one that it does not have."""
        written = row[self._name]
        name = self._names.get(written) or self._by_folded.get(folded(written))
        if name is not None:
            return name
        if not written:
            return Reason("cell_empty", self._column)
        try:
            require_decoded(self._column, written)
        except UnreadableRowError as error:
            return error.reason
        self._counts.ignore(written)
        return None

    def _begins_file(self, row: Cells) -> bool:
        """Whether a row is of another file than the one before it."""
        place = self.place(row)
        before, self._file = self._file, None if place is None else place[0]
        return self._file is None or self._file != before


class _EventRows(_NamedRows):
    """Each row is an event; what an activity means may differ the first time and again."""

    def __init__(
        self, mapping: ExportMapping, index: dict[str, int], events: _EventReader, counts: RowCounts
    ) -> None:
        assert mapping.activities is not None
        super().__init__(mapping, index, events, counts, mapping.activities)
        self._meanings = mapping.activities
        self._in_order = mapping.depends_on_order
        self._seen: set[str] = set()

    def outcomes(self, row: Cells) -> Sequence[RowOutcome]:
        name = self._named(row)
        if not isinstance(name, str):
            return (name,)
        event: EventName | None = self._meanings[name].first
        if self._in_order:
            if self._begins_file(row):
                self._seen.clear()
            if name in self._seen:
                event = self._meanings[name].again
            self._seen.add(name)
        if event is None:
            self._counts.ignore(row[self._name])
            return _NOTHING
        found = self._events.read(row, event, name, self._time)
        if isinstance(found, ReadRow):
            self._counts.respell(row[self._name], name)
        return (found,)


class _FileRows:
    """Each row is a file: an event for each of its dates, where there is one."""

    def __init__(
        self, mapping: ExportMapping, index: dict[str, int], events: _EventReader, counts: RowCounts
    ) -> None:
        assert mapping.events is not None
        self._events, self._counts = events, counts
        self._dates = [
            (event, one.at, index[one.at], events.time(one.at), _conditions(one.when, index))
            for event, same in mapping.events.items()
            for one in same
        ]

    def place(self, row: Cells) -> tuple[str, datetime] | None:
        raise AssertionError(row)  # no date of a file depends on the order of rows

    def outside_only(self, row: Cells) -> Sequence[RowOutcome]:
        for _, column, *_ in self._dates:
            self._counts.leave_out(column)
        return [None] * len(self._dates)

    def outcomes(self, row: Cells) -> Sequence[RowOutcome]:
        return [
            self._outcome(row, event, column, time, conditions if row[cell] else None)
            for event, column, cell, time, conditions in self._dates
        ]

    def _outcome(
        self, row: Cells, event: EventName, column: str, time: TimeOf, conditions: Conditions | None
    ) -> RowOutcome:
        """The event of a date; None where it has not happened, or another column says it has not."""
        if conditions is None or not _met(conditions, row):
            self._counts.ignore(column)
            return None
        return self._events.read(row, event, f"{event} {column}", time)


class _StateRows(_NamedRows):
    """Each row is a state that a file enters; what happened is told by the state before it."""

    def __init__(
        self, mapping: ExportMapping, index: dict[str, int], events: _EventReader, counts: RowCounts
    ) -> None:
        assert mapping.states is not None
        super().__init__(mapping, index, events, counts, mapping.states)
        self._states = mapping.states
        self._reopens = mapping.reason is not None
        self._state: ExportState | None = None

    def outcomes(self, row: Cells) -> Sequence[RowOutcome]:
        name = self._named(row)
        if not isinstance(name, str):
            return (name,)
        if self._begins_file(row):
            self._state = None
        before, self._state = self._state, self._states[name]
        happened = _between(before, self._state)
        if not happened:
            self._counts.ignore(row[self._name])
            return _NOTHING
        if "reopened" in happened and not self._reopens:
            self._state = before
            return (Reason("state_after_end", f"{self._column} = {shown(row[self._name])}"),)
        self._counts.respell(row[self._name], name)
        return [self._events.read(row, event, f"{event} {name}", self._time) for event in happened]


_NOTHING: Sequence[RowOutcome] = (None,)


def _between(before: ExportState | None, after: ExportState) -> Sequence[EventName]:
    """What happened to a file that was in a state, or unknown, and now is in another."""
    ended = before in ("ended", "withdrawn")
    begun: Sequence[EventName] = ("reopened",) if ended else ()
    if before is None:
        begun = ("received",)
    match after:
        case "in_hand":
            return ("documents_received",) if before == "waiting" else begun
        case "waiting":
            return () if before == "waiting" else (*begun, "documents_requested")
        case "ended":
            return () if ended else (*begun, "decided")
        case "withdrawn":
            return () if ended else (*begun, "withdrawn")


def _conditions(cells: Mapping[str, Sequence[str]], index: dict[str, int]) -> Conditions:
    return [(index[name], frozenset(map(folded, meant))) for name, meant in cells.items()]


def _met(conditions: Conditions, row: Cells) -> bool:
    return all(folded(row[index]) in cells for index, cells in conditions)


def _count(counter: Counter[T], key: T, other: T) -> None:
    """Count a key, or ``other`` where too many different ones have been counted."""
    has_place = key in counter or len(counter) < _REMEMBERED_ACTIVITIES
    counter[key if has_place else other] += 1


def _cut(activity: str) -> str:
    """An activity as it is remembered: a thousand of any length would not fit in memory."""
    longest = _LONGEST_REMEMBERED
    return activity if len(activity) <= longest else f"{activity[:longest]}…"


def _read(read: Callable[[Cells], T], row: Cells, faults: list[Reason]) -> T | None:
    """What a part of the row says, or None and why it cannot be read."""
    try:
        return read(row)
    except UnreadableRowError as error:
        faults.extend(error.reason.every)
        return None


def _together(faults: Sequence[Reason]) -> Reason:
    """Several reasons as one, each once."""
    first, *others = dict.fromkeys(faults)
    return first._replace(others=tuple(others))


def _unreadable(faults: Sequence[Reason]) -> UnreadableRowError:
    reason = _together(faults)
    error = UnreadableRowError(reason.code, reason.detail)
    error.reason = reason
    return error


def _data_of(
    event: EventName, mapping: ExportMapping, index: dict[str, int], times: TimeReader
) -> DataOf:
    """The reader of an event's data; the mapping has been checked to have what it needs."""
    event_type = _EVENT_TYPES[event]
    return _all_of(
        {
            member.name: reader
            for member in data_members(event_type)
            if (reader := _member(event_type, member, mapping, index, times)) is not None
        }
    )


def _member(
    event_type: type[Published],
    member: DataMember,
    mapping: ExportMapping,
    index: dict[str, int],
    times: TimeReader,
) -> Callable[[Cells], Value] | None:
    """How a member of an event's data is read from a row; None where the mapping does not."""
    match member.holds:
        case WordOf() as holds:
            source = mapping.word_source(event_type, holds)
            if source is None:
                return None
            word = _word(source, index)
            return word.read if member.required else word.read_if_any
        case AttributeWords():
            return _all_of(
                {
                    name: _word(source, index).read_if_any
                    for name, source in mapping.attributes.items()
                }
            )
        case CivilDate():
            dated = mapping.dates.get(member.name)
            return None if dated is None else DateCell(dated, index[dated], times).read_if_any
        case IdentifierPattern(pattern=pattern):
            column = mapping.identifiers.get(member.name)
            if column is None:
                return None
            identifier = IdentifierCell(column, index[column.column], pattern)
            return identifier.read if member.required else identifier.read_if_any


def _word(source: WordSource, index: dict[str, int]) -> WordCell:
    """A column may have no name, and a fixed word has no column."""
    return WordCell(source, None if source.column is None else index[source.column])


def _all_of(readers: Mapping[str, Callable[[Cells], Value]]) -> DataOf:
    """A reader of some members, without empty ones; it raises with every reason."""

    def data_of(row: Cells) -> EventData:
        try:
            return {name: value for name, read in readers.items() if (value := read(row)) != ""}
        except UnreadableRowError:
            faults: list[Reason] = []
            for read in readers.values():
                _read(read, row, faults)
            raise _unreadable(faults) from None

    return data_of
