"""A write that fails says what is wrong and never what was written: messages are kept by others than those who keep the databases."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Float, Integer, LargeBinary, String, Table, text
from sqlalchemy.exc import DBAPIError

from shared.database import engine
from shared.database.bulk_writes import Write, stored_columns
from shared.database.engine import Database, metadata
from shared.errors import UnavailableError
from shared.process.logging import json_formatter
from tests.migrations.databases import MODELS

SECRET = "CAQ-2026-SECRET"
FORMATTERS = (logging.Formatter("%(levelname)s %(message)s"), json_formatter("clock"))
TABLES = sorted(MODELS.tables.values(), key=lambda table: table.name)


def told(error: BaseException) -> str:
    """All that any of the product's messages could say of an error."""
    record = logging.LogRecord(
        "echeance", 40, "", 0, "the process ends: %r %s", (error, error), None
    )
    record.exc_info = type(error), error, error.__traceback__
    lines = []
    for formatter in FORMATTERS:
        lines.append(formatter.format(record))
        record.exc_text = None
    return "\n".join(lines)


def row(table: Table) -> dict[str, Any]:
    """A row that says the secret wherever it can."""
    return {column.name: _value(column.type) for column in stored_columns(table)}


def _value(kind: object) -> Any:
    if isinstance(kind, LargeBinary):
        return SECRET.encode()
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, (Integer, Float)):
        return 1
    assert isinstance(kind, String), kind
    return SECRET


async def refuse_writes(base: Database, table: Table) -> None:
    """Give a table a constraint that no row keeps."""
    statement = (
        f"CREATE TRIGGER refusing BEFORE INSERT ON {table.name} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        if base.on_sqlite
        else f"ALTER TABLE {table.name} ADD CONSTRAINT refused CHECK (false) NOT VALID"
    )
    async with base.transaction() as connection:
        await connection.execute(text(statement))


async def insert(base: Database, table: Table) -> None:
    async with base.transaction() as connection:
        await connection.execute(table.insert(), [row(table)])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_a_row_that_breaks_a_constraint_is_told_without_what_it_holds(
    base: Database, table: Table
) -> None:
    if table.name == "log_records" and not base.on_sqlite:
        pytest.skip("Kafka has the log there")
    await insert(base, table)
    with pytest.raises(DBAPIError) as twice:
        await insert(base, table)
    await refuse_writes(base, table)
    with pytest.raises(DBAPIError) as refused:
        await insert(base, table)
    for caught in (twice, refused):
        message = told(caught.value)
        assert SECRET not in message
        assert table.name in message


async def test_a_step_that_breaks_a_constraint_is_told_without_what_it_holds(
    base: Database,
) -> None:
    table = metadata.tables["clock_files"]
    async with base.transaction() as connection:
        held = await engine.claim(connection, "clock", 0)
    await refuse_writes(base, table)
    with pytest.raises(DBAPIError) as refused:
        await base.commit(held, 1, [Write.named(table, [row(table)])])
    assert SECRET not in told(refused.value)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite's columns hold anything
async def test_a_value_that_its_column_cannot_hold_is_not_told(base: Database) -> None:
    async with base.transaction() as connection:
        with pytest.raises(DBAPIError) as by_server:
            await connection.execute(text(f"SELECT CAST('{SECRET}' || '' AS integer)"))
    assert SECRET not in str(by_server.value.orig)
    with pytest.raises(DBAPIError) as by_driver:
        async with base.transaction() as connection:
            await connection.exec_driver_sql("SELECT $1::integer", (SECRET,))
    assert SECRET not in told(by_driver.value)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # which has one lock for all
async def test_a_lock_held_too_long_is_told_without_what_waits_for_it(
    base: Database, url: str, tmp_path: Path
) -> None:
    holder = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    hasty = Database(url, busy_seconds=0.05)
    for table in TABLES:
        with pytest.raises(UnavailableError, match="database is locked") as caught:
            await insert(hasty, table)
        assert SECRET not in told(caught.value)
    await hasty.close()
    holder.close()
