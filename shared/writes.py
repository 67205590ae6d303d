"""Rows in bulk: one statement for a table, its text built once from the table's columns, for either dialect.

Pure. SQLite runs the statement for each row. PostgreSQL gets every row in one statement, as one array a column, behind the fence:
position and rows move in one round trip or not at all. (Rows named one by one through SQLAlchemy cost four times as much.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
_FENCE = (
    "WITH fence AS (UPDATE positions SET next_offset = $1 WHERE service = $2 AND partition = $3 "
    "AND next_offset = $4 AND epoch = $5 RETURNING 1)"
)
FENCE_PARAMETERS = 5


class Write(NamedTuple):
    """Rows for a table, each with every column, one a key: over what the key had, or added to its column ``adds_to``."""

    table: Table
    rows: Sequence[Mapping[str, Any]]
    adds_to: str | None = None

    def values(self) -> list[tuple[Any, ...]]:
        """The rows in the table's order of columns; in key order, so that each goes beside the one before."""
        key = itemgetter(*(column.name for column in self.table.primary_key))
        in_order = itemgetter(*(column.name for column in self.table.columns))
        return list(map(in_order, sorted(self.rows, key=key)))


@cache
def row_text(table: Table, adds_to: str | None) -> str:
    """SQLite's statement for one row."""
    marks = ", ".join("?" * len(table.columns))
    return f"{_insert(table)} VALUES ({marks}) {_on_conflict(table, adds_to)}"


@cache
def fenced_text(written: tuple[tuple[Table, str | None], ...]) -> str:
    """PostgreSQL's statement: a position's compare-and-set, and rows that are written only if it succeeded.

    Its parameters are next offset, service, partition, expected offset and epoch, then one array for each column of each table.
    It returns a row if the position moved, and none if the partition was lost.
    """
    parameter = FENCE_PARAMETERS
    parts = [_FENCE]
    for number, (table, adds_to) in enumerate(written):
        arrays = []
        for column in table.columns:
            parameter += 1
            arrays.append(f"${parameter}::{column.type.compile(_DIALECT)}[]")
        source = f"SELECT given.* FROM fence, unnest({', '.join(arrays)}) AS given"
        insert = f"{_insert(table)} {source} {_on_conflict(table, adds_to)}"
        parts.append(f"written_{number} AS ({insert})")
    return f"{', '.join(parts)} SELECT 1 FROM fence"


def _insert(table: Table) -> str:
    return (
        f"INSERT INTO {table.name} ({', '.join(_quoted(column.name) for column in table.columns)})"
    )


def _on_conflict(table: Table, adds_to: str | None) -> str:
    keys = [column.name for column in table.primary_key]
    if adds_to is not None:
        column = _quoted(adds_to)
        change = f"{column} = {table.name}.{column} + excluded.{column}"
    else:
        changed = [_quoted(one.name) for one in table.columns if one.name not in keys]
        change = ", ".join(f"{column} = excluded.{column}" for column in changed)
    return f"ON CONFLICT ({', '.join(map(_quoted, keys))}) DO UPDATE SET {change}"


def _quoted(name: str) -> str:
    return f'"{name}"'
