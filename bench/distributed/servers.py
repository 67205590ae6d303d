"""The bench's Kafka broker and PostgreSQL server, in a temporary folder, stopped with the bench."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import asyncpg

import services.clock.tables
import services.compliance.projection.tables  # noqa: F401 — both services' tables are created together
from bench.distributed import processor
from bench.distributed.topics import PARTITIONS
from shared.database import Database
from shared.database.migrations import migrate
from shared.log import kafka
from shared.log.kafka import KafkaSettings
from tests.servers import kafka as brokers
from tests.servers import postgres

_SETTINGS = ("shared_buffers = 1GB", "max_wal_size = 4GB")
"""As docs/operations.md advises; the defaults cause many checkpoints, each with full-page writes.
"""


class Servers(NamedTuple):
    """Their addresses, and the folder for other files of the bench."""

    folder: Path
    broker: brokers.Cluster
    postgres: postgres.Server

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings(self.broker.bootstrap, {}, 10, 10, 4_000)

    def postgres_cpu_seconds(self) -> float:
        return processor.cpu_seconds(self.postgres.child.pid)

    def broker_cpu_seconds(self) -> float:
        return sum(processor.cpu_seconds(node.child.pid) for node in self.broker.nodes)

    def database(self) -> str:
        """The URL of a new database with the services' tables."""
        name = f"bench_{uuid4().hex}"
        asyncio.run(_create(self.postgres.url(), name))
        return self.postgres.url(name)


@contextmanager
def running() -> Iterator[Servers]:
    """Run both servers, with topics created; the caller chooses their core."""
    with tempfile.TemporaryDirectory(prefix="echeance-bench-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # started by root, PostgreSQL runs as another user
        broker = brokers.cluster(folder / "kafka")
        database = postgres.server(folder / "postgres", settings=_SETTINGS)
        broker.start()
        try:
            database.start()
            made = Servers(folder, broker, database)
            asyncio.run(_topics(made))
            yield made
        finally:
            database.stop()
            broker.stop()


async def _topics(made: Servers) -> None:
    await made.broker.ready()
    await kafka.create_topics(made.kafka, PARTITIONS, 1)


async def _create(server: str, name: str) -> None:
    connection = await asyncpg.connect(driver_url(server))
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    database = Database(server.replace("/postgres", f"/{name}"))
    await migrate(database)
    await database.close()


def driver_url(url: str) -> str:
    """A URL in the form of the driver."""
    return url.replace("postgresql+asyncpg", "postgresql")
