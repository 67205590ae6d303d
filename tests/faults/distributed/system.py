"""A scenario's system: services on servers, publishers before them, and what must be true in the end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import func, select

from services.compliance.tables import compliance_files
from shared import deployment, kafka, service
from shared.database import Database, positions
from shared.kafka.topics import TOPICS
from shared.log import UnavailableError, partition_of
from shared.migrations import migrate
from shared.settings import Settings, settings
from tests.faults.distributed import table, verifier
from tests.faults.distributed.processes import Process, Processes, until
from tests.faults.distributed.table import Line
from tests.faults.distributed.traffic import Traffic
from tests.simulation.judge import Logs
from tests.simulation.lives import SOURCES

SESSION_SECONDS: Final = 6
"""The shortest that a broker allows by default."""
ALL: Final = ("ingest", "clock-1", "clock-2", "compliance")
_MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PROBES_AT = "2022-03-02T10:00:00-05:00"


class System:
    """What a scenario has in hand. ``settings`` lead past every proxy."""

    def __init__(self, name: str, settings: Settings, processes: Processes, token: str) -> None:
        self.name = name
        self.settings = settings
        self.processes = processes
        self.base = Database(settings.database)
        self.token = token
        self.traffic = Traffic(token, lambda: processes.of("ingest"), files=900)
        self.recovery_seconds: float | None = None
        self.now = service.now
        self._probes = 0

    def __getitem__(self, label: str) -> Process:
        return self.processes.running[label]

    async def start(self, *labels: str) -> None:
        """Start services, and return once they answer."""
        await self.processes.start(*labels)

    @asynccontextmanager
    async def recovery(self) -> AsyncIterator[None]:
        """From here on the system may recover: how long until an event of every partition, posted after the block, is measured."""
        began = time.monotonic()
        yield
        await self.works()
        self.recovery_seconds = max(self.recovery_seconds or 0.0, time.monotonic() - began)

    async def works(self) -> None:
        """Return once an event of every partition, posted now, has gone the whole way."""
        self._probes += 1
        files = _file_of_each_partition(f"PROBE-{self._probes}", self.settings.partitions)
        await self.traffic.deliver([_received(file_id) for file_id in files])
        found = select(func.count()).where(compliance_files.c.file_id.in_(files))

        async def measured() -> bool:
            self.processes.require_running()
            try:
                async with self.base.reading() as connection:
                    return (await connection.execute(found)).scalar_one() == len(files)
            except UnavailableError:
                return False

        await until(measured, "events of every partition, measured")

    async def epochs(self) -> dict[int, int]:
        """How often the clock's partitions were claimed, each."""
        mine = positions.c.service == "clock"
        async with self.base.reading() as connection:
            rows = await connection.execute(
                select(positions.c.partition, positions.c.epoch).where(mine)
            )
            return {row[0]: row[1] for row in rows}

    async def verify(self) -> None:
        """Once the lag is 0, which nothing but the system brings about: what was posted, and everything computed from it."""

        async def idle() -> bool:
            self.processes.require_running()
            return await verifier.caught_up(self.settings, self.base, self.now())

        await until(idle, "a lag of 0")
        logs = await verifier.logs(self.settings)
        found = await verifier.found(self.base, logs)
        traffic = self.traffic
        lost, doubled = found.lost(traffic.ok), found.doubled
        counts = (len(traffic.ok), len(traffic.failed), len(traffic.unknown - traffic.ok))
        table.lines.append(
            Line(
                self.name,
                traffic.events,
                *counts,
                len(lost),
                len(doubled),
                self.recovery_seconds,
            )
        )
        assert not lost
        assert not doubled
        assert found.counted.keys() <= traffic.ok | traffic.unknown
        await verifier.agreement(self.base, logs, self.now())
        await self._ask(logs)

    async def _ask(self, logs: Logs) -> None:
        """Every instance that runs gives the right answers, for every partition."""
        headers = {"authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
            for clock in self.processes.of("clock"):
                await verifier.answers(client, clock.address, logs, self.now())
            for compliance in self.processes.of("compliance"):
                await verifier.measures(self.base, client, compliance.address)


def _file_of_each_partition(prefix: str, partitions: int) -> list[str]:
    files: dict[int, str] = {}
    number = 0
    while len(files) < partitions:
        number += 1
        name = f"{prefix}-{number}"
        files.setdefault(partition_of(name.encode(), partitions), name)
    return list(files.values())


def _received(file_id: str) -> dict[str, Any]:
    return event(file_id, "received", _PROBES_AT, {"standard": "plainte", "unit": "laval"})


def event(file_id: str, kind: str, at: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An event of a file that has one of each kind."""
    return {
        "specversion": "1.0",
        "type": f"org.echeance.file.{kind}.v1",
        "source": SOURCES[0],
        "id": f"{file_id}/{kind}",
        "subject": file_id,
        "time": at,
        "data": data,
    }


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
    read = settings(given)
    await _without_topics(bootstrap)
    await kafka.create_topics(deployment.kafka_settings(read), read.partitions, replicas)
    base = Database(url)
    await migrate(base)
    await base.close()
    token = deployment.credentials(read).create(
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


async def _without_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:

        async def gone() -> bool:
            there = set(await admin.list_topics()) & TOPICS.keys()
            if there:
                await admin.delete_topics(list(there))
            return not there

        await until(gone, "a broker without topics")
    finally:
        await admin.close()
