"""The services as deployed: processes configured by the environment, stopped by SIGTERM."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from bench import core
from bench.distributed import job, processor
from bench.distributed.progress import Done, Run, observe
from bench.distributed.servers import Servers, driver_url
from bench.distributed.topics import PARTITIONS
from bench.server import Server
from shared.http import Credentials
from tests.servers.child import Child
from tests.servers.ports import free_ports

_LIMIT_SECONDS = 300.0
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.1


class Service(NamedTuple):
    """A running service."""

    child: Child
    port: int

    def cpu_seconds(self) -> float:
        return processor.cpu_seconds(self.child.pid)


@contextmanager
def service(
    name: str, servers: Servers, database: str, cores: Sequence[int], **more: str
) -> Iterator[Service]:
    """Run one service on some cores, with more settings; it knows the tokens created before."""
    port = free_ports(1)[0]
    settings = {"CREDENTIALS": str(_credentials(servers)), "PORT": str(port), **more}
    log = servers.folder / f"{name}-{port}.log"
    with processor.pin(*cores):
        child = start([f"services.{name}"], log, servers, database, settings)
    try:
        yield Service(child, port)
    finally:
        child.end()


def start(
    module: Sequence[str], log: Path, servers: Servers, database: str, settings: Mapping[str, str]
) -> Child:
    """Start a module, with its arguments, on these servers."""
    given = {
        "KAFKA": servers.broker.bootstrap,
        "DATABASE": database,
        "PARTITIONS": str(PARTITIONS),
        **settings,
    }
    environment = {**os.environ, **{f"ECHEANCE_{name}": value for name, value in given.items()}}
    command = [sys.executable, "-m", *module]
    return Child(command, log, folder=Path.cwd(), environment=environment)


def consumption(
    name: str, topic_records: int, servers: Servers, database: str, *, processes: int = 1
) -> Run:
    """Watch a service from its first claim to its last commit."""
    shared, own = processor.cores()
    cores = [own] if processes == 1 else [shared, own]
    with ExitStack() as stack:
        started = [
            stack.enter_context(service(name, servers, database, cores)) for _ in range(processes)
        ]
        return asyncio.run(_observe(name, topic_records, servers, database, started))


async def _observe(
    name: str, total: int, servers: Servers, database: str, started: Sequence[Service]
) -> Run:
    connection = await asyncpg.connect(driver_url(database))
    try:
        return await observe(
            position(connection, name),
            total,
            [each.child.pid for each in started],
            servers.postgres_cpu_seconds,
            _LIMIT_SECONDS,
        )
    finally:
        await connection.close()


def position(connection: Any, name: str) -> Done:
    """Number of records committed by a service, once it has claimed every partition."""
    query = "SELECT count(*), sum(next_offset)::bigint FROM positions WHERE service = $1"

    async def done() -> int | None:
        claimed, records = await connection.fetchrow(query, name)
        return int(records) if claimed == PARTITIONS else None

    return done


async def wait_for_claims(database: str, *names: str) -> None:
    """Wait until each of the services has claimed every partition."""
    connection = await asyncpg.connect(driver_url(database))
    positions = [position(connection, name) for name in names]
    async with asyncio.timeout(_PATIENCE_SECONDS):
        for done in positions:
            while await done() is None:  # noqa: ASYNC110 — a database row can only be polled
                await asyncio.sleep(_POLL_SECONDS)
    await connection.close()


async def wait_for_http(server: Server) -> None:
    """Wait until a service answers over HTTP."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            except OSError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return writer.close()


def token(servers: Servers) -> str:
    """A new token that may publish and read."""
    return Credentials(_credentials(servers)).create(
        "bench",
        ("publish", "read"),
        sources=[job.SOURCE, core.SOURCE],
        created=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _credentials(servers: Servers) -> Path:
    return servers.folder / "credentials.json"
