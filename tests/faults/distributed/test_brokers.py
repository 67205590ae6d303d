"""Brokers that are killed, frozen, gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.distributed import beginning
from tests.faults.distributed.processes import until
from tests.faults.distributed.system import Scenario, System
from tests.servers.kafka import Cluster

FROZEN_SECONDS = 45
FLAT_MEGABYTES = 60
REFUSALS = 12


async def test_the_broker_killed_and_started_again(system: System, broker: Cluster) -> None:
    async with system.under_load(30):
        broker.kill()
        async with system.recovery():
            await broker.restart()
    await system.verify()


@pytest.mark.whole
async def test_the_broker_frozen_for_45_seconds(system: System, broker: Cluster) -> None:
    async with system.under_load(30):
        broker.nodes[0].child.freeze()
        await asyncio.sleep(FROZEN_SECONDS)  # what the scenario is about
        async with system.recovery():
            broker.nodes[0].child.thaw()
    await system.verify()


@pytest.mark.whole
async def test_without_a_broker_ingest_says_when_to_come_back_and_holds_nothing(
    system: System, broker: Cluster
) -> None:
    await system.start("clock-1", "clock-2", "compliance")
    system.processes.spawn("ingest", environment={"ECHEANCE_APPEND_SECONDS": "3"})
    await system.works()
    async with system.traffic.flowing():
        await system.traffic.acknowledged(30)
        before = system["ingest"].resident_megabytes
        broker.kill()
        answers = system.traffic.answers
        await until(lambda: answers[503] >= REFUSALS, "answers 503")
        assert None not in system.traffic.retry_after
        assert system["ingest"].resident_megabytes < before + FLAT_MEGABYTES
        async with system.recovery():
            await broker.restart()
    await system.verify()


@pytest.fixture
async def on_three(
    scenario: Scenario, tmp_path: Path, kafka_three: Cluster, url: str
) -> AsyncIterator[System]:
    """The system on three brokers, nothing started."""
    where = (tmp_path, kafka_three.bootstrap, url)
    async with beginning.begun(scenario, *where, replicas=3) as begun:
        yield begun


@pytest.mark.whole
async def test_each_of_three_brokers_killed_in_turn(on_three: System, kafka_three: Cluster) -> None:
    async with on_three.under_load():
        for node in kafka_three.nodes:
            await on_three.traffic.acknowledged(20)
            node.kill()
            await on_three.recover()  # on the two that are left
            node.start()
            await kafka_three.ready()
    await on_three.verify()
