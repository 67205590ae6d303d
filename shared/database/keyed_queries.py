"""Queries by key: the rows of many keys, and the first rows of each of many groups.

No IO. Keys are one array parameter, so neither a statement's text nor its plan depends on their
number: PostgreSQL reads the array with ``ANY`` and ``unnest``, SQLite with ``json_each``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from shared.database.bulk_writes import array


class FirstOfEach(NamedTuple):
    """Keyset pagination over many groups of a table: the first rows of each, by an index, merged.

    The index is of ``group``, then ``order``, where ``condition`` holds. If ``bounded``, the last
    value of the first column of ``order`` is a parameter too.
    """

    table: str
    group: tuple[str, ...]
    order: tuple[str, ...]
    condition: str
    descending: bool = False
    bounded: bool = False


class KeyedQueries(NamedTuple):
    """The SQL of a dialect for keys that are sent as parameters."""

    on_sqlite: bool

    def parameter(self, number: int) -> str:
        """The statement's parameter of this number, from 1 on."""
        return f"?{number}" if self.on_sqlite else f"${number}"

    def array(self, keys: Iterable[str]) -> str:
        """Keys as the value of one parameter."""
        return json.dumps(list(keys)) if self.on_sqlite else array(list(keys))

    def among(self, column: str, parameter: str) -> str:
        """The condition that a column is one of the keys of an array parameter."""
        if self.on_sqlite:
            return f"{column} IN (SELECT value FROM json_each({parameter}))"
        return f"{column} = ANY({_received(parameter)})"

    def in_arrays(self, column: str, arrays: str, table: str, condition: str) -> str:
        """The condition that a column is in a JSON array of strings of some rows of a table.

        In a form that each planner hashes, whatever their number: a join on PostgreSQL.
        """
        if self.on_sqlite:
            return f"{column} IN (SELECT value FROM {table}, json_each({arrays}) WHERE {condition})"
        elements = f"json_array_elements_text(CAST({arrays} AS json)) AS element (key)"
        return (
            f"EXISTS (SELECT 1 FROM {table}, {elements} "
            f"WHERE {condition} AND element.key = {column})"
        )

    def groups(self, groups: Sequence[tuple[str, ...]]) -> Sequence[str]:
        """Groups as the first parameters of :meth:`first_of_each`."""
        if self.on_sqlite:
            return [json.dumps(groups)]
        return [array(keys) for keys in zip(*groups, strict=True)]

    def first_of_each(self, query: FirstOfEach) -> str:
        """The statement; its parameters are the groups, the key to begin after, limit and bound."""
        return _first_of_each(self, query)


@cache
def _first_of_each(sql: KeyedQueries, query: FirstOfEach) -> str:
    arrays = 1 if sql.on_sqlite else len(query.group)
    after = [sql.parameter(arrays + place) for place in range(1, len(query.order) + 1)]
    limit = sql.parameter(arrays + len(after) + 1)
    direction, beyond = (" DESC", "<") if query.descending else ("", ">")
    row = ", ".join(f"r.{name}" for name in query.order)
    in_order = ", ".join(f"r.{name}{direction}" for name in query.order)
    keys = [
        f"g.value ->> {place}" if sql.on_sqlite else f"g.{name}"
        for place, name in enumerate(query.group)
    ]
    conditions = [f"r.{name} = {key}" for name, key in zip(query.group, keys, strict=True)]
    conditions += [f"r.{query.condition}", f"({row}) {beyond} ({', '.join(after)})"]
    if query.bounded:
        last = sql.parameter(arrays + len(after) + 2)
        conditions.append(f"{last} {beyond}= r.{query.order[0]}")
    first = (
        f"FROM {query.table} r WHERE {' AND '.join(conditions)} ORDER BY {in_order} LIMIT {limit}"
    )
    if sql.on_sqlite:
        source = f"json_each(?1) g JOIN {query.table} r ON r.rowid IN (SELECT r.rowid {first})"
    else:
        unnested = ", ".join(_received(sql.parameter(place)) for place in range(1, arrays + 1))
        source = f"unnest({unnested}) AS g ({', '.join(query.group)}) CROSS JOIN LATERAL (SELECT {row} {first}) r"
    return f"SELECT {row} FROM {source} ORDER BY {in_order} LIMIT {limit}"


def _received(parameter: str) -> str:
    """PostgreSQL's array out of its text, which the driver sends faster than a list."""
    return f"CAST(CAST({parameter} AS text) AS varchar[])"
