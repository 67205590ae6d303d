"""A write that fails says what is wrong and never what was written: messages are kept by others than those who keep the databases."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Integer, LargeBinary, String, Table, text
from sqlalchemy.exc import DBAPIError

from shared.database.bulk_writes import Write, stored_columns
from shared.database.engine import Claim, Database, metadata
from shared.database.migrations import migrate
from shared.errors import UnavailableError
from shared.process.logging import json_formatter
from tests.migrations.databases import MODELS

SECRET = "CAQ-2026-SECRET"
FORMATTERS = (logging.Formatter("%(levelname)s %(message)s"), json_formatter("clock"))
TABLES = sorted(MODELS.tables.values(), key=lambda table: table.name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}"
    return str(request.getfixturevalue("migrated_url"))


@pytest.fixture
async def base(url: str) -> AsyncIterator[Database]:
    database = Database(url, busy_seconds=0.05)
    await migrate(database)
    yield database
    await database.close()


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
    if isinstance(kind, Integer):
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
    positions = metadata.tables["positions"]
    async with base.transaction() as connection:
        await connection.execute(
            positions.insert().values(service="clock", partition=0, next_offset=0, epoch=1)
        )
    await refuse_writes(base, table)
    with pytest.raises(DBAPIError) as refused:
        await base.commit(Claim("clock", 0, 0, 1), 1, [Write.named(table, [row(table)])])
    assert SECRET not in told(refused.value)


async def test_a_value_that_its_column_cannot_hold_is_not_told(base: Database) -> None:
    if base.on_sqlite:
        pytest.skip("its columns hold anything")
    async with base.transaction() as connection:
        with pytest.raises(DBAPIError) as by_server:
            await connection.execute(text(f"SELECT CAST('{SECRET}' || '' AS integer)"))
    assert SECRET not in str(by_server.value.orig)
    with pytest.raises(DBAPIError) as by_driver:
        async with base.transaction() as connection:
            await connection.exec_driver_sql("SELECT $1::integer", (SECRET,))
    assert SECRET not in told(by_driver.value)


async def test_a_lock_held_too_long_is_told_without_what_waits_for_it(
    base: Database, tmp_path: Path
) -> None:
    if not base.on_sqlite:
        pytest.skip("SQLite has one lock for all")
    holder = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        with pytest.raises(UnavailableError, match="database is locked") as caught:
            await insert(base, table)
        assert SECRET not in told(caught.value)
    holder.close()
