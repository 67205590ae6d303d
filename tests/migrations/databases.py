"""Databases to migrate, and what stands in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Connection, MetaData, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

import echeance.cli.__main__  # noqa: F401 — what the command is put together from declares every table
from shared.database.engine import Database, metadata
from shared.log.sqlite import log_records

MODELS = metadata


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def expected(database: Database) -> MetaData:
    """The tables that the models name, on this dialect: the log of the distributed system is not in its database."""
    tables = MetaData()
    for table in MODELS.sorted_tables:
        if database.on_sqlite or table is not log_records:
            table.to_metadata(tables)
    return tables


async def indexes(connection: AsyncConnection) -> set[str]:
    """Every index as the database itself writes it down."""
    on_sqlite = connection.dialect.name == "sqlite"
    asked = (
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        if on_sqlite
        else "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    found = set((await connection.execute(text(asked))).scalars())
    return {one for one in found if "alembic" not in one}


async def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for the record of the revision."""

    def read(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
        there = MetaData()
        there.reflect(connection)
        assert set(inspect(connection).get_table_names()) == there.tables.keys()
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in there.tables.items()
            if name != "alembic_version"
        }

    async with database.reading() as connection:
        return await connection.run_sync(read)


async def recorded(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(
            (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars()
        )


async def record(database: Database, revision: str) -> None:
    """Say that a database is at another revision than it is."""
    async with database.transaction() as connection:
        await connection.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )
