"""What the operating system refuses on the way to a server may pass; and says so seldom, however often it refuses."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sqlalchemy import select

from shared.database.engine import Database, positions
from shared.database.migrations import migrate
from shared.errors import UnavailableError
from shared.process import distributed
from shared.settings import read_settings
from tests.servers.postgres import Server


async def test_a_database_that_cannot_be_opened_may_be_opened_later() -> None:
    database = Database("postgresql+asyncpg://somebody@/none?host=/there/is/no/such/folder")
    with pytest.raises(UnavailableError, match="the database does not answer"):
        async with database.reading():
            pass
    await database.close()


async def test_a_database_that_was_shut_down_and_started_again_answers_the_first_question(
    own_postgres: Server,
) -> None:
    """Its connections of before are all closed, and every pool had several."""
    database = Database(own_postgres.url())
    await migrate(database)

    async def read() -> None:
        async with database.reading() as connection:
            await connection.execute(select(positions))

    async def among() -> None:
        await database.rows_by_key(select(positions), positions.c.service, ["clock"])

    async def ask() -> None:
        for question in (read, among):
            await asyncio.gather(*(question() for _ in range(3)))

    await ask()
    await asyncio.to_thread(own_postgres.crash)
    await asyncio.to_thread(own_postgres.start)
    await ask()
    await database.close()


def test_thousands_of_refused_connections_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """As many as asyncio tells of within a second in which the process has no file descriptor left."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers.clear()  # as in a process of its own
    try:
        distributed.configure_kafka_logging(
            read_settings({"ECHEANCE_LOG_FORMAT": "text"}), "ingest"
        )
        for _ in range(2_000):
            logging.getLogger("asyncio").error("socket.accept() out of system resource")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert capsys.readouterr().err.count("out of system resource") == 1
