"""From a JSON value of another system to CloudEvents, by a mapping whose columns are JSON pointers.

Pure. A value is a row, an array several; each says events, nothing (which is counted), or why it
cannot be read. What an event says comes from its value alone: the same value sent again gives the
same identifiers. A time without an hour is refused, as nothing beside it tells its place among the
other events of the day; in an export the rows around it do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from shared.mapping.cells import Cells, text_of
from shared.mapping.export_mapping import ExportMapping
from shared.mapping.reasons import Reason
from shared.mapping.rows import ReadRow, RowReader

MOST_VALUE_FAULTS: Final = 100
"""Reading ends after so many faults, so that refusing costs no more than accepting."""

MOST_ITEMS: Final = 1_000
"""The most rows of a value: so many are read within the pause that a request may cause to others."""
MOST_CHARACTERS: Final = 500
"""The longest text of a row: comparing texts without regard to accents takes the square of their length."""

_COARSEST: Final = timedelta(hours=1)


class ValueEvent(NamedTuple):
    """A CloudEvent as structured JSON, and which item of the value says it (from 0)."""

    item: int
    event: bytes


class ValueFault(NamedTuple):
    """Why an item of a value cannot be read; the pointer, into the item, is empty if of no member."""

    item: int
    pointer: str
    reason: Reason


class ReadValue(NamedTuple):
    """What a JSON value says.

    ``items`` is how many rows it has, ``silent`` how many of them say no event and have no fault;
    ``ignored`` and ``outside_only`` count those, and dates that have not happened, by their name
    in the value. A value with a fault is for the caller to refuse whole; with the most faults, the
    items after the last of them were not read.
    """

    items: int
    events: Sequence[ValueEvent]
    faults: Sequence[ValueFault]
    silent: int
    ignored: Mapping[str, int]
    outside_only: Mapping[str, int]

    @property
    def ignored_as(self) -> Mapping[str, int]:
        """Both counts together."""
        if not self.outside_only:
            return self.ignored
        return Counter(self.ignored) + Counter(self.outside_only)


class ValueReader:
    """Reads JSON values, decoded, by one mapping; not from two threads at once."""

    def __init__(self, mapping: ExportMapping) -> None:
        self._columns = mapping.column_names()
        self._pointers = [(column, _path(column)) for column in self._columns]
        self._items = None if mapping.items is None else (mapping.items, _path(mapping.items))
        self._rows = RowReader(mapping, self._columns, _COARSEST)

    def read(self, value: Any) -> ReadValue:
        """All that a value says; of an array, or of one at ``items``, each element is a row."""
        counts = self._rows.counts
        counts.clear()
        events: list[ValueEvent] = []
        faults: list[ValueFault] = []
        silent = 0
        items = self._items_of(value)
        if not isinstance(items, Reason) and len(items) > MOST_ITEMS:
            items = Reason("items_too_many", f"{len(items)} > {MOST_ITEMS}")
        if isinstance(items, Reason):
            return ReadValue(0, (), (self._fault(0, items),), 0, {}, {})
        for index, item in enumerate(items):
            if len(faults) >= MOST_VALUE_FAULTS:
                break
            before = len(events) + len(faults)
            self._read_item(index, item, events, faults)
            silent += len(events) + len(faults) == before
        return ReadValue(
            len(items), events, faults, silent, dict(counts.ignored), dict(counts.outside_only)
        )

    def _items_of(self, value: Any) -> Sequence[Any] | Reason:
        if self._items is not None:
            pointer, path = self._items
            value = _value_at(value, path)
            if not isinstance(value, list):
                return Reason("items_missing", pointer)
        return value if isinstance(value, list) else (value,)

    def _read_item(
        self, index: int, item: Any, events: list[ValueEvent], faults: list[ValueFault]
    ) -> None:
        row = self._row(item)
        if isinstance(row, Reason):
            faults.append(self._fault(index, row))
            return
        for outcome in self._rows.outcomes(row):
            match outcome:
                case ReadRow(event=event):
                    events.append(ValueEvent(index, event))
                case Reason():
                    faults += [self._fault(index, one._replace(others=())) for one in outcome.every]
                case None:
                    pass

    def _row(self, item: Any) -> Cells | Reason:
        """The texts at the pointers, empty where there is nothing; numbers as JSON writes them."""
        row = []
        for column, path in self._pointers:
            value = _value_at(item, path)
            if type(value) is not str:
                if isinstance(value, (dict, list)):
                    return Reason("not_a_scalar", column)
                value = text_of(value)
            if len(value) > MOST_CHARACTERS:
                return Reason("text_too_long", column)
            row.append(value)
        return row

    def _fault(self, index: int, reason: Reason) -> ValueFault:
        detail = reason.detail
        known = self._columns if self._items is None else (*self._columns, self._items[0])
        pointers = (one for one in known if detail == one or detail.startswith(f"{one} = "))
        return ValueFault(index, next(pointers, ""), reason)


def _path(pointer: str) -> Sequence[str]:
    """The names on the way to a value (RFC 6901)."""
    return [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]


def _value_at(value: Any, path: Sequence[str]) -> Any:
    """The value at a path; None if there is none. An array has its indices, from 0."""
    for name in path:
        if type(value) is dict:
            value = value.get(name)
        elif type(value) is list and _is_index(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _is_index(name: str) -> bool:
    return name.isascii() and name.isdigit() and (name == "0" or name[0] != "0") and len(name) < 10
