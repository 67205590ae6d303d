"""What a scenario begins from: empty topics, an empty database that has its tables, a token, and no process yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.log import kafka
from shared.log.kafka.topics import TOPICS
from shared.process import distributed
from shared.settings import read_settings
from tests.faults.distributed.processes import Processes
from tests.faults.distributed.system import SESSION_SECONDS, Scenario, System
from tests.servers.kafka import delete_topics
from tests.simulation.lives import SOURCES

_MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def begun(
    scenario: Scenario, folder: Path, bootstrap: str, url: str, *, replicas: int = 1
) -> AsyncIterator[System]:
    given = {
        "ECHEANCE_KAFKA": bootstrap,
        "ECHEANCE_DATABASE": url,
        "ECHEANCE_CREDENTIALS": str(folder / "credentials.json"),
        "ECHEANCE_SESSION_SECONDS": str(SESSION_SECONDS),
    }
    read = read_settings(given)
    await delete_topics(bootstrap, TOPICS)
    await kafka.create_topics(distributed.kafka_settings(read), read.partitions, replicas)
    database = Database(url)
    await migrate(database)
    await database.close()
    token = distributed.credentials(read).create(
        "test", ("publish", "read"), sources=SOURCES, created=_MADE
    )
    processes = Processes(folder, given)
    system = System(scenario, read, processes, token)
    try:
        yield system
        await processes.close()
    finally:
        processes.kill()
        await system.database.close()
