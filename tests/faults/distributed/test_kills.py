"""Services killed: each, at every step they take, and at random."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from random import Random

import pytest

from tests.faults.distributed.failing import POINTS
from tests.faults.distributed.system import ALL, System

FAILING = "tests.faults.distributed.failing"
RANDOM_KILLS = 12


@pytest.mark.whole
async def test_each_service_killed_and_started_again(system: System) -> None:
    async with system.under_load():
        for label in ALL:
            await system.traffic.acknowledged(30)
            system[label].kill()
            async with system.recovery():
                await system.start(label)
    await system.verify()


@pytest.mark.whole
@pytest.mark.parametrize("name", POINTS)
async def test_killed_at_every_step_of(system: System, name: str) -> None:
    """As a static member of the group: its successor need not wait for the end of the session, which random kills do."""
    others = [label for label in ("ingest", "clock-1", "compliance") if not label.startswith(name)]
    await system.start(*others)
    await kill_at_each(system, name, POINTS[name], {}, most_visits=3)
    await system.verify()


async def kill_at_each(
    system: System, name: str, points: Sequence[str], given: Mapping[str, str], *, most_visits: int
) -> None:
    """Under load, start a service again and again, each time to be killed at the next of these points."""
    random, label = Random(name), f"{name}-0"
    itself = {"ECHEANCE_INSTANCE": label, "ECHEANCE_BATCH_RECORDS": "20", **given}
    async with system.traffic.flowing():
        for point in points:
            program = [FAILING, name, point, str(random.randint(1, most_visits)), "SIGKILL"]
            failing = system.processes.spawn(label, program, itself)
            assert await failing.ended() == -signal.SIGKILL, failing.child.last_words()
        async with system.recovery():
            system.processes.spawn(label, environment=itself)


@pytest.mark.whole
async def test_any_service_killed_at_random(system: System) -> None:
    random = Random(20260302)
    async with system.under_load():
        for _ in range(RANDOM_KILLS):
            label = random.choice(ALL)
            system[label].kill()
            system.processes.spawn(label)
            await asyncio.sleep(random.random() * 4)  # at random, also while it begins
        async with system.recovery():
            system[ALL[1]].kill()
            system.processes.spawn(ALL[1])
    await system.verify()
