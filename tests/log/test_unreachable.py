"""What the operating system refuses on the way to a server may pass; and says so seldom, however often it refuses."""

from __future__ import annotations

import logging

import pytest

from shared import deployment
from shared.database import Database
from shared.log import UnavailableError
from shared.settings import settings


async def test_a_database_that_cannot_be_opened_may_be_opened_later() -> None:
    database = Database("postgresql+asyncpg://somebody@/none?host=/there/is/no/such/folder")
    with pytest.raises(UnavailableError, match="the database does not answer"):
        async with database.reading():
            pass
    await database.close()


def test_thousands_of_refused_connections_are_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As many as asyncio tells of within a second in which the process has no file descriptor left."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers.clear()  # as in a process of its own
    try:
        deployment.log_seldom(settings({"ECHEANCE_LOG_FORMAT": "text"}), "ingest")
        for _ in range(2_000):
            logging.getLogger("asyncio").error("socket.accept() out of system resource")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert capsys.readouterr().err.count("out of system resource") == 1
