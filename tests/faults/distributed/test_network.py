"""Connections reset and swallowed between each pair: everything goes through a proxy that can fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.faults.distributed import beginning
from tests.faults.distributed.system import Scenario, System
from tests.servers import kafka
from tests.servers.fixtures import serving
from tests.servers.java import QUICK
from tests.servers.kafka_node import Listener
from tests.servers.ports import free_ports
from tests.servers.postgres import Server
from tests.servers.proxy import Proxy

PAIRS: Final = (
    ("publisher", "INGEST"),
    ("ingest", "KAFKA"),
    ("clock", "KAFKA"),
    ("clock", "DATABASE"),
    ("compliance", "KAFKA"),
    ("compliance", "DATABASE"),
)
LABELS = ("ingest", "clock", "compliance")
RESETS = 3
SWALLOWED_SECONDS = 12
"""Longer than a session and than an append may take."""

Proxies = Mapping[tuple[str, str], Proxy]


@pytest.fixture(scope="module")
def proxies(server: Server) -> Iterator[Proxies]:
    """A proxy for each pair, those of Kafka without a target yet."""
    with ExitStack() as stack:
        made = {pair: stack.enter_context(Proxy()) for pair in PAIRS}
        for (_, what), proxy in made.items():
            if what == "DATABASE":
                proxy.target = server.port
        yield made


@pytest.fixture(scope="module")
def bootstrap(proxies: Proxies, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker that has a door for each service, behind its proxy."""
    of_kafka = {name: proxy for (name, what), proxy in proxies.items() if what == "KAFKA"}
    doors = []
    for name, port in zip(of_kafka, free_ports(len(of_kafka)), strict=True):
        of_kafka[name].target = port
        doors.append(Listener(name.upper(), port, of_kafka[name].port))
    folder = tmp_path_factory.mktemp("proxied")
    with serving(kafka.single(folder, doors=doors, java_options=QUICK)) as made:
        yield made.bootstrap


@pytest.fixture
async def proxied(
    scenario: Scenario, tmp_path: Path, proxies: Proxies, bootstrap: str, url: str, server: Server
) -> AsyncIterator[System]:
    """The system at work, each service through proxies of its own."""
    async with beginning.begun(scenario, tmp_path, bootstrap, url) as system:
        for name in LABELS:
            given = {}
            for (owner, what), proxy in proxies.items():
                if owner == name and what == "KAFKA":
                    given["ECHEANCE_KAFKA"] = f"127.0.0.1:{proxy.port}"
                elif owner == name:
                    given["ECHEANCE_DATABASE"] = url.replace(str(server.port), str(proxy.port))
            system.processes.spawn(name, environment=given)
        door = proxies["publisher", "INGEST"]
        door.target = system["ingest"].port
        system["ingest"].door = door.port
        yield system


@pytest.mark.whole
async def test_connections_reset_between_each_pair(proxied: System, proxies: Proxies) -> None:
    await proxied.works()
    async with proxied.traffic.flowing():
        for _ in range(RESETS):
            for proxy in proxies.values():
                proxy.reset()
                await proxied.traffic.acknowledged(5)
        async with proxied.recovery():
            for proxy in proxies.values():
                proxy.reset()
    await proxied.verify()


@pytest.mark.whole
@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
async def test_a_black_hole_between(
    proxied: System, proxies: Proxies, pair: tuple[str, str]
) -> None:
    await proxied.works()
    async with proxied.traffic.flowing():
        proxies[pair].black_hole()
        await asyncio.sleep(SWALLOWED_SECONDS)  # what the scenario is about
        async with proxied.recovery():
            proxies[pair].restore()
    await proxied.verify()
