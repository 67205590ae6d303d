"""From a row of an export to a CloudEvent, by its mapping.

The identifier depends on the row alone, so a repeated import, or another order of rows, gives the
same events. Without a column for it, it is a digest of what the event says: file, activity, time
and data; cells that no event reads are left out. Whether the event is allowed is decided by
ingest's parser, as for any publisher. Activities are compared NFC-normalized, stripped and case
folded; other spellings than the mapping's are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from echeance.importer.cells import (
    Cells,
    DateCell,
    IdentifierCell,
    TimeCell,
    TimeReader,
    WordCell,
    WrittenSpan,
    require_decoded,
)
from echeance.importer.mapping import ExportMapping, folded
from echeance.importer.reasons import Reason, UnreadableRowError
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

Value = str | dict[str, Any]
EventData = dict[str, Any]
DataOf = Callable[[Cells], EventData]
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


class RowReader:
    """Reads the rows of one export; ``columns`` says which column each cell of a row is.

    ``ignored`` counts by activity the rows of activities that are not mapped, ``outside_only``
    those of mapped ones that are outside ``only``, ``respelt`` the rows whose activity is mapped
    under another spelling, by theirs and the mapping's.
    """

    def __init__(self, mapping: ExportMapping, columns: Sequence[str]) -> None:
        index = {column: position for position, column in enumerate(columns)}
        names = mapping.columns
        self.ignored: Counter[str] = Counter()
        self.outside_only: Counter[str] = Counter()
        self.respelt: Counter[tuple[str, str]] = Counter()
        self._source = mapping.source
        self._activity_column = names.activity
        self._activity = index[names.activity]
        self._only = [
            (index[name], frozenset(map(folded, cells))) for name, cells in mapping.only.items()
        ]
        self._file_id = IdentifierCell(names.file_id, index[names.file_id.column], FILE_ID).read
        self._event_id = None
        if names.event_id is not None:
            event_id = IdentifierCell(names.event_id, index[names.event_id.column], EVENT_ID)
            self._event_id = event_id.read
        zone = ZoneInfo(mapping.zone) if mapping.zone is not None else None
        formats = mapping.time_formats
        times = TimeReader(zone, formats)
        self._time = TimeCell(names.time, index[names.time], times).read
        self._events = {
            activity: (
                activity,
                stored_name(_EVENT_TYPES[event]),
                _data_of(event, mapping, index, times),
            )
            for activity, event in mapping.activities.items()
        }
        self._by_folded = {folded(activity): activity for activity in self._events}

    def event(self, row: Cells) -> ReadRow | None:
        """The row's event, if any; raises :class:`UnreadableRowError` with every reason."""
        activity = row[self._activity]
        mapped = self._events.get(activity) or self._events.get(
            self._by_folded.get(folded(activity), activity)
        )
        if mapped is None:
            self._ignore(activity)
            return None
        name, type_, data_of = mapped
        if not all(folded(row[index]) in cells for index, cells in self._only):
            _count(self.outside_only, _cut(activity), OTHER_ACTIVITIES)
            return None
        faults: list[Reason] = []
        file_id = _read(self._file_id, row, faults)
        span = _read(self._time, row, faults)
        data = _read(data_of, row, faults)
        event_id = None if self._event_id is None else _read(self._event_id, row, faults)
        if faults or span is None:
            raise _unreadable(faults)
        if name != activity:
            _count(self.respelt, (_cut(activity), name), (OTHER_ACTIVITIES, name))
        if event_id is None:
            content = _encode((file_id, name, span.begins, data))
            event_id = blake2b(content, digest_size=16).hexdigest()
        event = {
            "specversion": "1.0",
            "type": type_,
            "source": self._source,
            "id": event_id,
            "subject": file_id,
            "time": span.begins,
            "data": data,
        }
        return ReadRow(_encode(event), span)

    def _ignore(self, activity: str) -> None:
        if not activity:
            raise UnreadableRowError("cell_empty", self._activity_column)
        require_decoded(self._activity_column, activity)
        _count(self.ignored, _cut(activity), OTHER_ACTIVITIES)


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


def _unreadable(faults: Sequence[Reason]) -> UnreadableRowError:
    first, *others = dict.fromkeys(faults)
    error = UnreadableRowError(first.code, first.detail)
    error.reason = first._replace(others=tuple(others))
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
            word = WordCell(source, index.get(source.column or ""))
            return word.read if member.required else word.read_if_any
        case AttributeWords():
            return _all_of(
                {
                    name: WordCell(source, index.get(source.column or "")).read_if_any
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
