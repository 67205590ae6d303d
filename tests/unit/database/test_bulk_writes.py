"""The statements of bulk writes, and PostgreSQL's array format; SQLite's statement is run."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import BigInteger, Column, Computed, Integer, LargeBinary, MetaData, String, Table

from shared.database.bulk_writes import Write, array, fenced_statement, row_statements

FILES = Table(
    "files",
    MetaData(),
    Column("unit", String),
    Column("id", String, primary_key=True),
    Column("history", LargeBinary),
    Column("events", BigInteger),
    Column("has_events", Integer, Computed("events <> 0")),
)


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ([], "{}"),
        (["a", "b"], '{"a","b"}'),
        ([""], '{""}'),
        (["NULL", None], '{"NULL",null}'),
        (["{a,b}", 'say "so"', "back\\slash"], '{"{a,b}","say \\"so\\"","back\\\\slash"}'),
        (['","'], '{"\\",\\""}'),
        (["line\nend", None], '{"line\nend",null}'),
        (["é \u2028"], '{"é \u2028"}'),
    ],
)
def test_an_array_of_strings_is_quoted_as_postgresql_reads_it(
    values: list[str | None], read: str
) -> None:
    assert array(values) == read


def test_an_array_of_numbers_and_booleans_has_null_for_none() -> None:
    assert array([1, None, True, -2.5]) == "{1,null,true,-2.5}"


def test_bytes_are_sent_concatenated_with_offsets_and_lengths() -> None:
    write = Write(FILES, [("u", "b", None, 2), ("v", "a", b"xyz", 1), (None, "c", b"w", None)])
    assert write.parameters() == [
        '{"v","u",null}',
        '{"a","b","c"}',
        b"xyzw",
        "{1,4,4}",
        "{3,null,1}",
        "{1,2,null}",
    ]


def test_rows_by_name_are_in_the_order_of_the_columns_without_generated_ones() -> None:
    row = {"events": 1, "id": "a", "unit": "u", "history": b"", "has_events": True}
    assert Write.named(FILES, [row]).rows == [("u", "a", b"", 1)]


def test_an_upsert_replaces_the_row_or_adds_to_a_column() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE files (unit, id PRIMARY KEY, history, events)")
        for adds_to, events in ((None, 3), (None, 4), ("events", 2), ("events", -1)):
            execute(database, Write(FILES, [("u", "a", b"", events)], adds_to))
        assert database.execute("SELECT id, events FROM files").fetchall() == [("a", 5)]
        with pytest.raises(sqlite3.IntegrityError):
            execute(database, Write(FILES, [("u", "a", b"", 1)], only_new=True))
    database.close()


@pytest.mark.parametrize("rows", [0, 1, 9, 511, 1_100])
def test_sqlite_gets_many_rows_a_statement_in_key_order(rows: int) -> None:
    sent = [("u", f"{number:04}", b"", number) for number in range(rows)]
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE files (unit, id PRIMARY KEY, history, events)")
        statements = execute(database, Write(FILES, sent[::-1]))
        assert database.execute("SELECT * FROM files ORDER BY rowid").fetchall() == sent
    database.close()
    assert statements <= 2 + 3 * 7


def execute(database: sqlite3.Connection, write: Write) -> int:
    """Execute SQLite's statements for a write; how many they are."""
    statements = list(row_statements(write))
    for statement, parameters in statements:
        database.execute(statement, parameters)
    return len(statements)


def test_the_rows_of_the_fenced_statement_depend_on_the_fence() -> None:
    statement = fenced_statement(((FILES, None), (FILES, "events")))
    assert statement.startswith("WITH fence AS (UPDATE positions SET next_offset = $1 ")
    assert statement.count("FROM fence, unnest(") == 2
    assert statement.endswith("SELECT 1 FROM fence")
    assert "$17" in statement
    assert "$18" not in statement  # 5 of the fence, 6 of each write
