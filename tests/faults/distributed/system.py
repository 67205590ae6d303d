"""A scenario's system: services on servers, publishers before them, and what must be true in the end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import httpx
from aiokafka import AIOKafkaConsumer
from sqlalchemy import func, select

from services.clock.store import SERVICE as CLOCK
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.projection.tables import compliance_files
from shared.database.engine import Database, positions
from shared.database.rebuilds import rebuilds
from shared.errors import UnavailableError
from shared.log.ports import FILE_EVENTS, NewRecord, partition_of
from shared.process import distributed, runner
from shared.settings import Settings
from tests.builders import members
from tests.faults.distributed import verifier
from tests.faults.distributed.processes import Process, Processes, until
from tests.faults.distributed.table import Line, Table
from tests.faults.distributed.traffic import Traffic
from tests.faults.distributed.verifier import Found
from tests.simulation.judge import Logs
from tests.simulation.lives import SOURCES

SESSION_SECONDS: Final = 6
"""The shortest that a broker allows by default."""
ALL: Final = ("ingest", "clock-1", "clock-2", "compliance")
_PROBES_AT = "2022-03-02T10:00:00-05:00"


class Scenario(NamedTuple):
    """A test by its name in the table of all."""

    name: str
    table: Table


class System:
    """What a scenario has in hand. ``settings`` lead past every proxy."""

    def __init__(
        self, scenario: Scenario, settings: Settings, processes: Processes, token: str
    ) -> None:
        self.scenario = scenario
        self.settings = settings
        self.processes = processes
        self.database = Database(settings.database)
        self.token = token
        self.traffic = Traffic(token, lambda: processes.of("ingest"), files=900)
        self.recovery_seconds: float | None = None
        self.now = runner.now
        self.shift: tuple[str, ...] = ()
        """The file that says how wrong the host's clock is, where it is."""
        self.found: Found | None = None
        """What the verifier last saw."""
        self._probes = 0

    def __getitem__(self, label: str) -> Process:
        return self.processes.running[label]

    async def start(self, *labels: str) -> None:
        """Start services, and return once they answer."""
        await self.processes.start(*labels)

    @asynccontextmanager
    async def under_load(self, events: int = 0) -> AsyncIterator[None]:
        """Every service at work under posts, of which so many are acknowledged; they go on until the block ends."""
        await self.start(*ALL)
        async with self.traffic.flowing():
            await self.traffic.acknowledged(events)
            yield

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
                async with self.database.reading() as connection:
                    return (await connection.execute(found)).scalar_one() == len(files)
            except UnavailableError:
                return False

        await until(measured, "events of every partition, measured")

    async def recover(self) -> None:
        """Return once the system has recovered from what is over."""
        async with self.recovery():
            pass

    async def end(self, *labels: str) -> None:
        """End services in order."""
        for label in labels:
            assert await self[label].terminate() == 0

    async def epochs(self) -> dict[int, int]:
        """How often the clock's partitions were claimed, each."""
        mine = positions.c.service == "clock"
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(positions.c.partition, positions.c.epoch).where(mine)
            )
            return {row[0]: row[1] for row in rows}

    async def idle(self) -> None:
        """Return once the lag is 0, which nothing but the system brings about."""

        async def caught_up() -> bool:
            self.processes.require_running()
            return await verifier.caught_up(self.settings, self.database, self.now())

        await until(caught_up, "a lag of 0")

    async def verify(self) -> None:
        """Once the lag is 0: what was posted, everything computed from it, and that a rebuild computes the same."""
        await self.idle()
        try:
            await self.judge()
        finally:
            self.note()
        await self.rebuild()

    def note(self) -> None:
        """A line of the table."""
        traffic, found = self.traffic, self.found
        counts = len(traffic.ok), len(traffic.failed), len(traffic.unknown - traffic.ok)
        lost = len(found.lost(traffic.ok)) if found else None
        doubled = len(found.doubled) if found else None
        name, table = self.scenario
        line = Line(name, traffic.events, *counts, lost, doubled, self.recovery_seconds)
        table.lines.append(line)

    async def judge(self) -> None:
        """What the independent verifier says of a system that has nothing left to do."""
        logs = await verifier.logs(self.settings)
        self.found = found = await verifier.found(self.database, logs)
        ok, unknown = self.traffic.ok, self.traffic.unknown
        assert not found.lost(ok), "acknowledged and lost"
        assert not found.doubled, "counted twice"
        assert found.counted.keys() <= ok | unknown, "counted, and never accepted"
        await verifier.agreement(self.database, logs, self.now())
        await self._ask(logs)

    async def rebuild(self) -> None:
        """Measures and clocks are computed anew beside the services at work, and come to the same figures."""
        async with self.rebuilding():
            pass

    @asynccontextmanager
    async def rebuilding(self) -> AsyncIterator[None]:
        """The same, with something that happens in the middle of it."""
        program = ["tests.faults.distributed.rebuilt", *self.shift]
        rebuild = self.processes.spawn("rebuild", program)
        rebuild.may_end = True
        begun = select(func.count()).where(rebuilds.c.service == COMPLIANCE)

        async def asked() -> bool:
            assert not rebuild.child.status, rebuild.child.last_words()
            async with self.database.reading() as connection:
                return (await connection.execute(begun)).scalar_one() > 0

        await until(asked, "the beginning of a rebuild")
        await self._shared_out_anew()
        yield
        assert await rebuild.ended() == 0, rebuild.child.last_words()

    async def _shared_out_anew(self) -> None:
        """Have the clocks claim their partitions again at once, where an idle one looks after some seconds: a member comes and goes."""
        guest = AIOKafkaConsumer(
            FILE_EVENTS,
            bootstrap_servers=self.settings.kafka,
            group_id=f"echeance.{CLOCK}",
            enable_auto_commit=False,
        )
        await guest.start()
        await guest.stop()

    async def replay(self, topic: str) -> list[NewRecord]:
        """All that a topic holds, by partition, as it could be appended once more."""
        async with distributed.cluster(self.settings) as log:
            return [
                NewRecord(partition, record.key, record.value)
                for partition in range(log.partitions)
                async for batch in log.replay(topic, partition)
                for record in batch
            ]

    async def _ask(self, logs: Logs) -> None:
        """Every instance that runs gives the right answers, for every partition, in the form that is tested."""
        for name in ("ingest", CLOCK, COMPLIANCE):
            for process in self.processes.of(name):
                await process.require_own_form(self.token)
        headers = {"authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
            for clock in self.processes.of("clock"):
                await verifier.answers(client, clock.address, logs, self.now())
            for compliance in self.processes.of("compliance"):
                await verifier.measures(self.database, client, compliance.address)


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
    return members(kind, file_id, at, data, source=SOURCES[0])
