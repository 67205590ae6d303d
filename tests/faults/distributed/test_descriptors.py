"""No file descriptor is left: neither a connection nor a file can be opened."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import psutil
import pytest

from tests.faults.distributed.processes import Process, until
from tests.faults.distributed.system import ALL, System
from tests.servers.kafka import Cluster
from tests.servers.postgres import Server

SPARE = 12
"""What a service may need beyond what it has at a quiet moment: connections of its pools, those that it opens before it closes others."""
HELD = 40
WORDS = "Too many open files"


@pytest.mark.whole
async def test_no_file_descriptor_left(system: System, broker: Cluster, server: Server) -> None:
    """Idle connections take all of every service's; then the broker and the database break its own, and it cannot open others."""
    async with system.under_load(30):
        services = [system[label] for label in ALL]
        for one in services:
            _limit(one)
        async with _held(services):
            await until(lambda: all(one.said(WORDS) for one in services), "no descriptor left")
            broker.kill()
            await asyncio.to_thread(server.crash)
            await asyncio.to_thread(server.start)
            await broker.restart()
        await system.recover()
    await system.verify()


def _limit(one: Process) -> None:
    """As many as it has, and few more, for ever."""
    process = psutil.Process(one.child.pid)
    most = process.num_fds() + SPARE
    resource.prlimit(one.child.pid, resource.RLIMIT_NOFILE, (most, most))


@asynccontextmanager
async def _held(services: Iterable[Process]) -> AsyncIterator[None]:
    """Connections to each that ask nothing."""
    opened = []
    for one in services:
        host, _, port = one.address.removeprefix("http://").partition(":")
        opened += [await asyncio.open_connection(host, int(port)) for _ in range(HELD)]
    try:
        yield
    finally:
        for _, writer in opened:
            writer.close()
