"""Instances that share the partitions: one stands still and wakes, one is killed, they come and go."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from random import Random

import pytest

from shared.events import decode_snapshot
from shared.log import FILE_CLOCKS
from tests.faults.distributed import verifier
from tests.faults.distributed.processes import until
from tests.faults.distributed.system import System
from tests.faults.distributed.test_kills import FAILING

GENEROUS_SECONDS = 40
"""On a machine with nothing else to do the takeover ends within the session and 5 s; the table says how long it took."""
COMINGS = 6


async def test_a_clock_that_stood_still_beyond_its_session_changes_nothing_when_it_wakes(
    system: System,
) -> None:
    """It stops with snapshots computed, neither published nor committed; another counts on; then it publishes them, late."""
    await system.start("ingest", "clock-2", "compliance")
    stops = [FAILING, "clock", f"{FILE_CLOCKS} append before", "3", "SIGSTOP"]
    async with system.traffic.flowing():
        zombie = system.processes.spawn("clock-1", stops)
        await until(lambda: zombie.stopped, "a clock that stands still")
        async with system.recovery():  # the other takes its partitions over
            pass
        published = await stale_snapshots(system)
        zombie.child.thaw()
        await until(lambda: zombie.said("reads echeance.file-events") == 2, "a clock that is back")
        await system.works()
        assert await stale_snapshots(system) > published, "nothing was published late"
    await system.verify()


async def stale_snapshots(system: System) -> int:
    """How many snapshots were published that are not newer than one before them."""
    newest: dict[str, tuple[int, int, datetime]] = {}
    stale = 0
    for _, _, value in (await verifier.logs(system.settings))[FILE_CLOCKS]:
        snapshot = decode_snapshot(value)
        version = newest.get(snapshot.file_id)
        if version is not None and snapshot.version <= version:
            stale += 1
        else:
            newest[snapshot.file_id] = snapshot.version
    return stale


async def test_a_third_clock_joins_and_one_is_killed(system: System) -> None:
    await system.start("ingest", "clock-1", "clock-2", "compliance")
    async with system.traffic.flowing():
        await system.traffic.acknowledged(30)
        await system.start("clock-3")
        await system.works()
        system["clock-1"].kill()
        began = time.monotonic()
        async with system.recovery():
            pass
        assert time.monotonic() - began < GENEROUS_SECONDS
    await system.verify()


@pytest.mark.whole
async def test_instances_join_and_leave_every_few_seconds(system: System) -> None:
    random = Random(20260303)
    await system.start("ingest", "clock-1", "compliance")
    async with system.traffic.flowing():
        for number in range(COMINGS):
            label = f"{random.choice(['clock', 'compliance'])}-{number + 10}"
            await system.start(label)
            await asyncio.sleep(random.random() * 3)  # at random
            assert await system[label].terminate() == 0
        async with system.recovery():
            pass
    await system.verify()
