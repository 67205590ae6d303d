"""The database shut down at once, and its disk full."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.faults.distributed import beginning
from tests.faults.distributed.processes import until
from tests.faults.distributed.system import Scenario, System
from tests.servers.disk import SmallDisk
from tests.servers.kafka import Cluster
from tests.servers.postgres import Server


async def test_the_database_shut_down_at_once_and_started_again(
    system: System, server: Server
) -> None:
    async with system.under_load():
        for _ in range(3):
            await system.traffic.acknowledged(30)
            await asyncio.to_thread(server.crash)
            await system.traffic.acknowledged(20)  # ingest needs no database
            async with system.recovery():
                await asyncio.to_thread(server.start)
    await system.verify()


@pytest.fixture
async def on_small_disk(
    scenario: Scenario, tmp_path: Path, broker: Cluster, server: Server, small_disk: SmallDisk
) -> AsyncIterator[System]:
    """The system whose tables lie on a disk that can be filled, nothing started."""
    folder = small_disk.folder / "tables"
    folder.mkdir()
    server.give(folder)
    await _told(server, f"CREATE TABLESPACE small LOCATION '{folder}'")
    await _told(server, "CREATE DATABASE on_small_disk TABLESPACE small")
    url = server.url("on_small_disk")
    async with beginning.begun(scenario, tmp_path, broker.bootstrap, url) as begun:
        yield begun
    await _told(server, "DROP DATABASE on_small_disk WITH (FORCE)")
    await _told(server, "DROP TABLESPACE small")


async def _told(server: Server, statement: str) -> None:
    engine = create_async_engine(make_url(server.url()), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@pytest.mark.whole
async def test_the_disk_of_the_database_full(on_small_disk: System, small_disk: SmallDisk) -> None:
    system = on_small_disk
    async with system.under_load(30):
        small_disk.fill()
        full = "No space left on device"
        await until(
            lambda: any(one.said(full) for one in system.processes.of("clock")), "a full disk"
        )
        await system.traffic.acknowledged(20)
        async with system.recovery():
            small_disk.free()
    await system.verify()
