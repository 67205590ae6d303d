"""The text of keyed queries in both dialects; SQLite's is run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

import pytest

from shared.database.keyed_queries import FirstOfEach, KeyedQueries

SQLITE, POSTGRESQL = KeyedQueries(on_sqlite=True), KeyedQueries(on_sqlite=False)
SOONEST = FirstOfEach("files", ("unit", "stage"), ("due", "id"), "due IS NOT NULL")
NEWEST = SOONEST._replace(descending=True)


@pytest.fixture
def files() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE files (id TEXT PRIMARY KEY, unit TEXT, stage TEXT, due INT)")
    rows = [(f"{unit}{due}", unit, "open", due) for unit in "abc" for due in range(5)]
    connection.executemany("INSERT INTO files VALUES (?, ?, ?, ?)", rows)
    yield connection
    connection.close()


def first(
    files: sqlite3.Connection, query: FirstOfEach, after: tuple[int, str], limit: int, *until: int
) -> list[str]:
    text = SQLITE.first_of_each(query._replace(bounded=bool(until)))
    groups = SQLITE.groups([("a", "open"), ("b", "open"), ("b", "closed")])
    return [row[1] for row in files.execute(text, (*groups, *after, limit, *until))]


def test_groups_are_merged_in_order_and_others_left_out(files: sqlite3.Connection) -> None:
    assert first(files, SOONEST, (-1, ""), 3) == ["a0", "b0", "a1"]
    assert first(files, NEWEST, (9, ""), 3) == ["b4", "a4", "b3"]


def test_a_page_begins_after_the_last_of_the_page_before(files: sqlite3.Connection) -> None:
    assert first(files, SOONEST, (1, "a1"), 3) == ["b1", "a2", "b2"]
    assert first(files, NEWEST, (3, "b3"), 2) == ["a3", "b2"]


def test_until_includes_the_last_value(files: sqlite3.Connection) -> None:
    assert first(files, SOONEST, (-1, ""), 9, 1) == ["a0", "b0", "a1", "b1"]
    assert first(files, NEWEST, (9, ""), 9, 4) == ["b4", "a4"]


def test_keys_are_one_parameter(files: sqlite3.Connection) -> None:
    condition = SQLITE.among("id", SQLITE.parameter(1))
    found = files.execute(f"SELECT id FROM files WHERE {condition}", (SQLITE.array(["a1", "x"]),))
    assert found.fetchall() == [("a1",)]


def test_postgresql_unnests_one_array_a_column() -> None:
    assert POSTGRESQL.groups([("a", "o"), ('"', "o")]) == ['{"a","\\""}', '{"o","o"}']
    assert POSTGRESQL.among("id", "$1") == "id = ANY(CAST(CAST($1 AS text) AS varchar[]))"
    assert json.loads(SQLITE.array(["a", '"'])) == ["a", '"']
    assert POSTGRESQL.first_of_each(NEWEST._replace(bounded=True)) == (
        "SELECT r.due, r.id FROM unnest(CAST(CAST($1 AS text) AS varchar[]), CAST(CAST($2 AS text) AS varchar[])) "
        "AS g (unit, stage) CROSS JOIN LATERAL (SELECT r.due, r.id FROM files r WHERE r.unit = g.unit "
        "AND r.stage = g.stage AND r.due IS NOT NULL AND (r.due, r.id) < ($3, $4) AND $6 <= r.due "
        "ORDER BY r.due DESC, r.id DESC LIMIT $5) r ORDER BY r.due DESC, r.id DESC LIMIT $5"
    )


def test_what_is_in_arrays_of_some_rows(files: sqlite3.Connection) -> None:
    files.execute("CREATE TABLE lists (listed TEXT, day INT)")
    lists = [('["a0", "b1"]', 2), ('["c4"]', 1), ("[]", 3)]
    files.executemany("INSERT INTO lists VALUES (?, ?)", lists)
    condition = SQLITE.in_arrays("files.id", "lists.listed", "lists", "lists.day > ?1")
    query = f"SELECT id FROM files WHERE {condition} ORDER BY id"
    assert [row[0] for row in files.execute(query, (1,))] == ["a0", "b1"]
    assert POSTGRESQL.in_arrays("files.id", "lists.listed", "lists", "lists.day > $1") == (
        "EXISTS (SELECT 1 FROM lists, json_array_elements_text(CAST(lists.listed AS json)) "
        "AS element (key) WHERE lists.day > $1 AND element.key = files.id)"
    )
