"""The servers of a test session: started when a test first asks, one of each, stopped at the end.

``ECHEANCE_TEST_KAFKA`` and ``ECHEANCE_TEST_POSTGRES`` name servers that run already. Where none can be had the tests that need one
are skipped with the reason; under ``CI=true`` they fail, for a suite that quietly tests less is worse than one that fails.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.kafka.topics import TOPICS

_PATIENCE_SECONDS = 60


def _cannot(server: str, error: Exception) -> NoReturn:
    reason = f"{server} cannot be had here: {error}"
    if os.environ.get("CI") == "true":  # noqa: TID251 — a test asks where it runs
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Kafka."""
    if given := os.environ.get("ECHEANCE_TEST_KAFKA"):  # noqa: TID251
        yield given
        return
    try:
        from tests.servers import kafka

        cluster = kafka.cluster(tmp_path_factory.mktemp("kafka"))
    except Exception as error:
        _cannot("Apache Kafka", error)
    cluster.start()
    try:
        asyncio.run(_answering(cluster.bootstrap))
        yield cluster.bootstrap
    finally:
        cluster.stop()


@pytest.fixture
def kafka_without_topics(kafka_bootstrap: str) -> Iterator[str]:
    """The address of a running Kafka that has none of the product's topics, before and after."""
    asyncio.run(_without_topics(kafka_bootstrap))
    yield kafka_bootstrap
    asyncio.run(_without_topics(kafka_bootstrap))


async def _without_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while there := set(await admin.list_topics()) & TOPICS.keys():
            await admin.delete_topics(list(there))
    await admin.close()


async def _answering(bootstrap: str) -> None:
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                await asyncio.sleep(0.2)
            else:
                writer.close()
                return await writer.wait_closed()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running PostgreSQL, without a database."""
    if given := os.environ.get("ECHEANCE_TEST_POSTGRES"):  # noqa: TID251
        yield given
        return
    try:
        from tests.servers import postgres

        folder = tmp_path_factory.mktemp("postgres")
        for above in (folder, *folder.parents[:2]):
            above.chmod(0o755)  # where root starts it, it runs as another user
        server = postgres.server(folder / "data")
        server.start()
    except Exception as error:
        _cannot("PostgreSQL", error)
    try:
        yield server.url("").rstrip("/")
    finally:
        server.stop()


@pytest.fixture
def postgres_url(postgres_server: str, tmp_path: Path) -> str:
    """The URL of an empty database of this test's own."""
    name = f"test_{abs(hash(str(tmp_path))):x}"

    async def create() -> None:
        engine = create_async_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await engine.dispose()

    asyncio.run(create())
    return f"{postgres_server}/{name}"
