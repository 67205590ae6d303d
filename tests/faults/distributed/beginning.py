"""What a scenario begins from: empty topics, an empty database that has its tables, a token, and no process yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient

from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.log import kafka
from shared.log.kafka.topics import TOPICS
from shared.process import distributed
from shared.settings import read_settings
from tests.faults.distributed.processes import Processes, until
from tests.faults.distributed.system import SESSION_SECONDS, System
from tests.simulation.lives import SOURCES

_MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def begun(
    name: str, folder: Path, bootstrap: str, url: str, *, replicas: int = 1
) -> AsyncIterator[System]:
    """Empty topics, an empty database that has its tables, a token, and no process yet."""
    given = {
        "ECHEANCE_KAFKA": bootstrap,
        "ECHEANCE_DATABASE": url,
        "ECHEANCE_CREDENTIALS": str(folder / "credentials.json"),
        "ECHEANCE_SESSION_SECONDS": str(SESSION_SECONDS),
    }
    read = read_settings(given)
    await delete_topics(bootstrap, *TOPICS)
    await kafka.create_topics(distributed.kafka_settings(read), read.partitions, replicas)
    base = Database(url)
    await migrate(base)
    await base.close()
    token = distributed.credentials(read).create(
        "test", ("publish", "read"), sources=SOURCES, created=_MADE
    )
    processes = Processes(folder, given)
    system = System(name, read, processes, token)
    try:
        yield system
        await processes.close()
    finally:
        for process in processes.running.values():
            if process.child.status is None:
                process.kill()
        await system.base.close()


async def delete_topics(bootstrap: str, *names: str) -> None:
    """Return once the brokers know none of these topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:

        async def gone() -> bool:
            there = set(await admin.list_topics()) & set(names)
            if there:
                await admin.delete_topics(list(there))
            return not there

        await until(gone, f"brokers without {names}")
    finally:
        await admin.close()
