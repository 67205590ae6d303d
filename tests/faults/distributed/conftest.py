"""What the scenarios begin from: one broker and one database server for all of them, which they may break, each its own topics and tables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.distributed import beginning
from tests.faults.distributed.system import Scenario, System
from tests.faults.distributed.table import Table
from tests.servers import postgres
from tests.servers.fixtures import cluster_of, serving
from tests.servers.fixtures_postgres import database_server
from tests.servers.kafka import Cluster
from tests.servers.postgres import Server

_TABLE = pytest.StashKey[Table]()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One broker; a scenario that breaks it mends it."""
    with serving(cluster_of(tmp_path_factory.mktemp("broker"), brokers=1)) as made:
        yield made


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One database server; a scenario that breaks it mends it."""
    with database_server() as made:
        yield made


@pytest.fixture
def url(request: pytest.FixtureRequest, server: Server) -> str:
    """An empty database."""
    name = f"faults_{abs(hash(request.node.nodeid)):x}"
    asyncio.run(postgres.create_database(server.url("").rstrip("/"), name))
    return server.url(name)


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Scenario:
    name: str = request.node.name
    words = name.removeprefix("test_").translate(str.maketrans("_[]", "   ")).strip()
    return Scenario(words, request.config.stash[_TABLE])


@pytest.fixture
async def system(
    scenario: Scenario, tmp_path: Path, broker: Cluster, url: str
) -> AsyncIterator[System]:
    """The system on the one broker and its own database, nothing started."""
    async with beginning.begun(scenario, tmp_path, broker.bootstrap, url) as begun:
        yield begun


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", type=Path, help="leave the table of the scenarios in this file")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLE] = Table()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    table = config.stash[_TABLE]
    if path := config.getoption("--table", default=None):
        table.write(path)
    elif table.lines:
        terminalreporter.section("faults")
        terminalreporter.write_line(str(table))
