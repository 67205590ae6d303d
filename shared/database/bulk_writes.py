"""Rows in bulk: one statement for a table, its text built once from the table's columns, for either dialect.

Pure. SQLite runs the statement for each row. PostgreSQL gets every row in one statement, as one array a column, behind the fence:
position and rows move in one round trip or not at all. (Rows named one by one through SQLAlchemy cost four times as much.)

The arrays are sent as PostgreSQL writes them in text, and bytes end to end with where each begins: the driver would look at every
element of a list several times, which took 0.5 µs each, more than the rest of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Column, LargeBinary, String, Table
from sqlalchemy.dialects import postgresql

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
_FENCE = (
    "WITH fence AS (UPDATE positions SET next_offset = $1 WHERE service = $2 AND partition = $3 "
    "AND next_offset = $4 AND epoch = $5 RETURNING 1)"
)
FENCE_PARAMETERS = 5

Row = tuple[Any, ...]
"""A row's values in its table's order of columns, but those that the database computes."""


class Write(NamedTuple):
    """Rows for a table, one a key: over what the key had, or added to its column ``adds_to``."""

    table: Table
    rows: Sequence[Row]
    adds_to: str | None = None

    @classmethod
    def named(
        cls, table: Table, rows: Iterable[Mapping[str, Any]], adds_to: str | None = None
    ) -> Write:
        """Rows given by the names of all their columns."""
        in_order = itemgetter(*(column.name for column in stored_columns(table)))
        return cls(table, list(map(in_order, rows)), adds_to)

    def values(self) -> list[Row]:
        """The rows in key order, so that each goes beside the one before."""
        places = (
            place for place, column in enumerate(stored_columns(self.table)) if column.primary_key
        )
        return sorted(self.rows, key=itemgetter(*places))

    def parameters(self) -> list[str | bytes]:
        """The rows as the parameters that :func:`fenced_text` has for them."""
        columns = zip(*self.values(), strict=True)
        return [
            sent
            for column, values in zip(stored_columns(self.table), columns, strict=True)
            for sent in _parameters(column, values)
        ]


@cache
def row_statement(table: Table, adds_to: str | None) -> str:
    """SQLite's statement for one row."""
    marks = ", ".join("?" * len(stored_columns(table)))
    return f"{_insert(table)} VALUES ({marks}) {_on_conflict(table, adds_to)}"


@cache
def fenced_statement(writes: tuple[tuple[Table, str | None], ...]) -> str:
    """PostgreSQL's statement: a position's compare-and-set, and rows that are written only if it succeeded.

    Its parameters are next offset, service, partition, expected offset and epoch, then those of each write.
    It returns a row if the position moved, and none if the partition was lost.
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
        source = f"fence, unnest({', '.join(arrays)}) AS given ({names})"
        rows = f"{_insert(table)} SELECT {', '.join(values)} FROM {source}"
        parts.append(f"written_{number} AS ({rows} {_on_conflict(table, adds_to)})")
    return f"{', '.join(parts)} SELECT 1 FROM fence"


class _Received(NamedTuple):
    """How a column's values come out of the statement's parameters: their number, the arrays they make, and one row's value."""

    parameters: int
    arrays: Sequence[str]
    value: str


def _received(column: Column[Any], parameter: int, place: int) -> _Received:
    """Of a column whose first parameter and first array have these numbers."""
    if isinstance(column.type, LargeBinary):
        arrays = [f"${parameter + 1}::text::int[]", f"${parameter + 2}::text::int[]"]
        value = f"substr(${parameter}::bytea, given.c{place}, given.c{place + 1})"
        return _Received(3, arrays, value)
    listed = f"${parameter}::text::{column.type.compile(_DIALECT)}[]"
    return _Received(1, [listed], f"given.c{place}")


def _parameters(column: Column[Any], values: Sequence[Any]) -> Sequence[str | bytes]:
    """A column's values as the parameters that :func:`_received` takes."""
    if isinstance(column.type, LargeBinary):
        present = [value or b"" for value in values]
        begins = accumulate(map(len, present), initial=1)
        lengths = [None if value is None else len(value) for value in values]
        return b"".join(present), number_array(list(begins)[:-1]), number_array(lengths)
    if isinstance(column.type, String):
        return [text_array(values)]
    return [number_array(values)]


def number_array(values: Sequence[float | None]) -> str:
    """Numbers or truth values as the text of a PostgreSQL array."""
    return f"{{{','.join(map(str, values)).replace('None', 'NULL')}}}"


def text_array(values: Sequence[str | None]) -> str:
    """Texts as the text of a PostgreSQL array."""
    if None not in values:
        listed = '","'.join(values)  # type: ignore[arg-type]  # none of them is None
        if values and "\\" not in listed and listed.count('"') == 2 * (len(values) - 1):
            return f'{{"{listed}"}}'
    return f"{{{','.join(map(_word, values))}}}"


def _word(value: str | None) -> str:
    if value is None:
        return "NULL"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def stored_columns(table: Table) -> Sequence[Column[Any]]:
    """A table's columns, but those that the database computes."""
    return [column for column in table.columns if column.computed is None]


def _insert(table: Table) -> str:
    names = ", ".join(_quoted(column.name) for column in stored_columns(table))
    return f"INSERT INTO {table.name} ({names})"


def _on_conflict(table: Table, adds_to: str | None) -> str:
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
