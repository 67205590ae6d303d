"""Bulk upserts: one statement per table in either dialect, built once from the table's columns.

No IO. PostgreSQL gets all rows in one statement behind the fence, as one array per column: one round
trip, and a quarter of the cost of single rows. SQLite gets some hundred rows a statement: Python's
module releases the interpreter's lock once a statement, and beside a busy thread waits to get it back.

Arrays are sent in PostgreSQL's text format, and bytes concatenated with their offsets and lengths:
the driver inspects every element of a list several times, which costs more than the rest of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, chain
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Column, LargeBinary, Table
from sqlalchemy.dialects import postgresql

_ENCODER = msgspec.json.Encoder()
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
_ADVANCE = (
    "UPDATE positions SET next_offset = $1 WHERE service = $2 AND partition = $3 "
    "AND next_offset = $4 AND epoch = $5"
)
_FENCE = f"WITH fence AS ({_ADVANCE} RETURNING 1)"
FENCE_PARAMETERS = 5
SQLITE_FENCE = _ADVANCE.replace("$", "?")
"""SQLite's fence, a statement of its own; it changes a row if the position advanced."""
_ROWS_A_STATEMENT = (512, 64, 8, 1)
"""Few sizes, so that a connection's cache has all of its statements; 18 columns are 9,216 parameters."""

StoredRow = tuple[Any, ...]
"""A row's values in its table's order of columns, generated columns excepted."""


class Write(NamedTuple):
    """Rows to upsert, one per key: they replace the key's row, or add to its column ``adds_to``.

    With ``only_new``, of SQLite alone, a key that has a row is an error.
    A table whose ``info`` says ``append_only`` gets new rows only: a row with a known key is an error.
    """

    table: Table
    rows: Sequence[StoredRow]
    adds_to: str | None = None
    only_new: bool = False

    @classmethod
    def named(
        cls, table: Table, rows: Iterable[Mapping[str, Any]], adds_to: str | None = None
    ) -> Write:
        """Rows as mappings with all column names."""
        in_order = itemgetter(*(column.name for column in stored_columns(table)))
        return cls(table, list(map(in_order, rows)), adds_to)

    def values(self) -> list[StoredRow]:
        """The rows in key order, for locality in the index."""
        places = (
            place for place, column in enumerate(stored_columns(self.table)) if column.primary_key
        )
        return sorted(self.rows, key=itemgetter(*places))

    def parameters(self) -> list[str | bytes]:
        """The rows as parameters of :func:`fenced_statement`."""
        columns = zip(*self.values(), strict=True)
        return [
            sent
            for column, values in zip(stored_columns(self.table), columns, strict=True)
            for sent in _parameters(column, values)
        ]


def row_statements(write: Write) -> Iterator[tuple[str, Sequence[Any]]]:
    """SQLite's statements for the rows, each with its parameters."""
    rows = write.values()
    first = 0
    for size in _ROWS_A_STATEMENT:
        while len(rows) - first >= size:
            together = rows[first : first + size]
            statement = _row_statement(write.table, write.adds_to, write.only_new, size)
            yield statement, [*chain(*together)]
            first += size


@cache
def _row_statement(table: Table, adds_to: str | None, only_new: bool, rows: int) -> str:
    row = f"({', '.join('?' * len(stored_columns(table)))})"
    conflict = "" if only_new else _on_conflict(table, adds_to)
    return f"{_insert(table)} VALUES {', '.join([row] * rows)} {conflict}"


@cache
def fenced_statement(writes: tuple[tuple[Table, str | None], ...]) -> str:
    """PostgreSQL's statement: the compare-and-set of a position, and upserts that depend on it.

    Parameters: next offset, service, partition, expected offset, epoch, then those of each write.
    It returns a row if the position advanced, none if the partition has another owner.
    """
    parameter = FENCE_PARAMETERS + 1
    parts = [_FENCE]
    for number, (table, adds_to) in enumerate(writes):
        arrays: list[str] = []
        values: list[str] = []
        for column in stored_columns(table):
            received = _received(column, parameter, len(arrays))
            arrays += received.arrays
            values.append(received.value)
            parameter += received.parameters
        names = ", ".join(f"c{place}" for place in range(len(arrays)))
        source = f"fence, unnest({', '.join(arrays)}) AS sent ({names})"
        rows = f"{_insert(table)} SELECT {', '.join(values)} FROM {source}"
        parts.append(f"written_{number} AS ({rows} {_on_conflict(table, adds_to)})")
    return f"{', '.join(parts)} SELECT 1 FROM fence"


class _Received(NamedTuple):
    """A column in the statement: its number of parameters, their arrays, one row's expression."""

    parameters: int
    arrays: Sequence[str]
    value: str


def _received(column: Column[Any], parameter: int, place: int) -> _Received:
    """The column whose first parameter and first array have these numbers."""
    if isinstance(column.type, LargeBinary):
        arrays = [f"${parameter + 1}::text::int[]", f"${parameter + 2}::text::int[]"]
        value = f"substr(${parameter}::bytea, sent.c{place}, sent.c{place + 1})"
        return _Received(3, arrays, value)
    listed = f"${parameter}::text::{column.type.compile(_DIALECT)}[]"
    return _Received(1, [listed], f"sent.c{place}")


def _parameters(column: Column[Any], values: Sequence[Any]) -> Sequence[str | bytes]:
    """A column's values as the parameters that :func:`_received` takes."""
    if isinstance(column.type, LargeBinary):
        present = [value or b"" for value in values]
        begins = accumulate(map(len, present), initial=1)
        lengths = [None if value is None else len(value) for value in values]
        return b"".join(present), array(list(begins)[:-1]), array(lengths)
    return [array(values)]


def array(values: Sequence[str | float | None]) -> str:
    """Strings, numbers or booleans in PostgreSQL's array format.

    That is JSON's in braces, as far as nothing is escaped: PostgreSQL reads ``\\n`` as the letter.
    """
    listed = _ENCODER.encode(values)
    if b"\\" in listed:
        return f"{{{','.join(map(_element, values))}}}"
    return f"{{{listed[1:-1].decode()}}}"


def _element(value: str | float | None) -> str:
    if not isinstance(value, str):
        return _ENCODER.encode(value).decode()
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def stored_columns(table: Table) -> Sequence[Column[Any]]:
    """A table's columns, generated columns excepted."""
    return [column for column in table.columns if column.computed is None]


def _insert(table: Table) -> str:
    names = ", ".join(_quoted(column.name) for column in stored_columns(table))
    return f"INSERT INTO {table.name} ({names})"


def _on_conflict(table: Table, adds_to: str | None) -> str:
    if table.info.get("append_only"):  # a role may not update it, which an upsert would take
        return ""
    keys = [column.name for column in table.primary_key]
    if adds_to is not None:
        column = _quoted(adds_to)
        change = f"{column} = {table.name}.{column} + excluded.{column}"
    else:
        changed = [_quoted(one.name) for one in stored_columns(table) if one.name not in keys]
        change = ", ".join(f"{column} = excluded.{column}" for column in changed)
    return f"ON CONFLICT ({', '.join(map(_quoted, keys))}) DO UPDATE SET {change}"


def _quoted(name: str) -> str:
    return f'"{name}"'
