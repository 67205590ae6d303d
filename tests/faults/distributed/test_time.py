"""Time that jumps, and time that passed while everything was down."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.compliance.projection.tables import compliance_files
from shared.domain.records import decode_snapshot
from shared.process import runner
from tests.faults.distributed.host import Host
from tests.faults.distributed.processes import until
from tests.faults.distributed.system import ALL, System, event
from tests.servers.kafka import Cluster
from tests.servers.postgres import Server
from tests.unit.domain.oracle_calendar import MONTREAL


async def stage(system: System, file_id: str) -> str | None:
    """As compliance has it."""
    found = select(compliance_files.c.snapshot).where(compliance_files.c.file_id == file_id)
    async with system.database.reading() as connection:
        cycles = decode_snapshot((await connection.execute(found)).scalar_one()).cycles
    return cycles[-1].stage


async def until_overdue(system: System, file_id: str) -> None:
    async def overdue() -> bool:
        return await stage(system, file_id) == "overdue"

    await until(overdue, "a file that is late")


def received(file_id: str, at: datetime, standard: str = "caq-etudes") -> dict[str, Any]:
    return event(file_id, "received", at.isoformat(), {"standard": standard, "unit": "laval"})


@pytest.mark.whole
async def test_the_clock_of_the_host_two_hours_back(system: System, tmp_path: Path) -> None:
    host = Host(system, tmp_path)
    await host.start()
    async with system.traffic.flowing():
        await system.traffic.acknowledged(30)
        host.set(runner.now() - timedelta(hours=2))
        await system.traffic.acknowledged(60)
        async with system.recovery():
            host.set(runner.now())
    await system.verify()


@pytest.mark.whole
async def test_the_clock_of_the_host_400_days_ahead(system: System, tmp_path: Path) -> None:
    """What is open then crosses all its stages; the answers are those of that day."""
    host = Host(system, tmp_path)
    await host.start()
    await system.traffic.deliver([received("AHEAD", runner.now() - timedelta(days=1))])
    await system.works()
    assert await stage(system, "AHEAD") == "on_track"
    async with system.recovery():
        host.set(runner.now() + timedelta(days=400))
        await until_overdue(system, "AHEAD")
    await system.verify()


@pytest.mark.whole
@pytest.mark.parametrize(
    ("begins", "due"), [("2026-05-01", "2026-11-01"), ("2026-09-14", "2027-03-14")]
)
async def test_a_night_in_which_the_clocks_change(
    system: System, tmp_path: Path, begins: str, due: str
) -> None:
    """The hour is lived through; then the midnight after it, at which a file of six months becomes late, to the microsecond."""
    night = datetime.fromisoformat(f"{due}T01:59:55").replace(tzinfo=MONTREAL).astimezone(UTC)
    day = datetime.fromisoformat(f"{due}T00:00:00").replace(tzinfo=MONTREAL)
    midnight = (day + timedelta(days=1)).astimezone(UTC)  # of the wall clock
    host = Host(system, tmp_path)
    host.set(night)
    await host.start()
    first = datetime.fromisoformat(f"{begins}T12:00:00").replace(tzinfo=MONTREAL)
    await system.traffic.deliver([received("NIGHT", first, "peq")])
    async with system.recovery():
        await until(lambda: system.now() > night + timedelta(seconds=8), "the change")
    assert await stage(system, "NIGHT") == "critical"
    host.set(midnight - timedelta(seconds=4))
    await until_overdue(system, "NIGHT")
    await system.verify()


@pytest.mark.whole
async def test_a_crossing_due_while_everything_was_down(
    system: System, broker: Cluster, server: Server, tmp_path: Path
) -> None:
    host = Host(system, tmp_path)
    await host.start()
    await system.traffic.deliver([received("DOWN", runner.now() - timedelta(days=1))])
    await system.works()
    await system.end(*ALL)
    await asyncio.to_thread(broker.stop)
    await asyncio.to_thread(server.crash)
    host.set(runner.now() + timedelta(days=60))
    async with system.recovery():
        await asyncio.to_thread(server.start)
        await broker.restart()
        await host.start()
    assert await stage(system, "DOWN") == "overdue"
    await system.verify()
