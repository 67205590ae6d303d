"""Instances that share the partitions: one joins, one is killed, they come and go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx
import pytest

from tests.faults.distributed.processes import Process, until
from tests.faults.distributed.system import SESSION_SECONDS, System, event

TAKEOVER_SECONDS = 5
"""How long after the end of its session another has all that a killed clock had."""
KNOWN = {"standard": "plainte", "unit": "laval"}
COMINGS = 6


async def test_a_third_clock_joins_and_one_is_killed(system: System) -> None:
    """Two share the partitions; every answer of every clock stays right meanwhile; the takeover takes no longer than it may."""
    await system.start("ingest", "clock-1", "clock-2", "compliance")
    async with system.traffic.flowing():
        await system.traffic.acknowledged(30)
        await until(lambda: shared_by(system, "clock-1", "clock-2"), "two clocks that share")
        async with right_answers(system):
            await system.start("clock-3")
            three = "clock-1", "clock-2", "clock-3"
            await until(lambda: shared_by(system, *three), "three clocks that share")
            orphans = await partitions_of(system["clock-1"])
            epochs = await system.epochs()
            async with system.recovery():
                system["clock-1"].kill()
                killed = time.monotonic()

                async def taken_over() -> bool:
                    now = await system.epochs()
                    return all(now[one] > epochs[one] for one in orphans)

                await until(taken_over, "other owners of what a killed clock had")
                took = time.monotonic() - killed
    assert took < SESSION_SECONDS + TAKEOVER_SECONDS, f"the takeover took {took:.1f} s"
    await system.verify()


async def shared_by(system: System, *labels: str) -> bool:
    """Each of these clocks has some partitions, and all together every one once."""
    shares = [await partitions_of(system[label]) for label in labels]
    every = sorted(partition for share in shares for partition in share)
    return all(shares) and every == list(range(system.settings.partitions))


async def partitions_of(clock: Process) -> list[int]:
    """Those that a clock says it reads."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        answer = await client.get(f"{clock.address}/readyz")
    found: list[int] = answer.json().get("clock_partitions", []) if answer.is_success else []
    return found


@asynccontextmanager
async def right_answers(system: System) -> AsyncIterator[None]:
    """Meanwhile every clock that runs is asked, again and again, of files whose answer does not change."""
    known = [
        event(f"KNOWN-{number}", "received", "2022-03-02T10:00:00-05:00", KNOWN)
        for number in range(24)
    ]
    await system.traffic.deliver(known)
    await system.works()
    asking = asyncio.create_task(_ask(system, [one["subject"] for one in known]))
    try:
        yield
    finally:
        asking.cancel()
        await asyncio.wait([asking])
    assert asking.cancelled(), asking.exception()


async def _ask(system: System, files: Sequence[str]) -> None:
    headers = {"authorization": f"Bearer {system.token}"}
    right: dict[str, Any] = {}
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
        while True:
            for clock in list(system.processes.of("clock")):
                for file_id in files:
                    try:
                        answer = await client.get(f"{clock.address}/v1/files/{file_id}")
                    except httpx.TransportError:
                        break  # it does not answer yet, or any more
                    told = answer.raise_for_status().json()["cycles"]
                    assert right.setdefault(file_id, told) == told, f"{clock.label} on {file_id}"
            await asyncio.sleep(0.2)  # the pace, and not a wait for anything


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
        await system.recover()
    await system.verify()
