"""``echeance up`` killed again and again under a load of posts: nothing acknowledged is lost, nothing is counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx
import pytest

from echeance.system.embedded import CREDENTIALS, DATABASE, open_embedded
from shared.database.engine import Database
from shared.http.credentials import Credentials
from shared.settings import read_settings
from tests.faults.distributed.processes import Process, Processes, until
from tests.faults.distributed.traffic import Traffic
from tests.simulation import catalogues, judge
from tests.simulation.lives import SOURCES

KILLS = 10
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture
def processes(data: Path) -> Iterator[Processes]:
    processes = Processes(data.parent, {"ECHEANCE_DATA": str(data)})
    yield processes
    processes.kill()


async def test_kills_lose_no_acknowledged_event_and_double_none(
    data: Path, processes: Processes
) -> None:
    random = Random(20260115)
    traffic = _traffic(data, processes, files=600)
    async with traffic.flowing():
        for number in range(KILLS):
            if number % 5 == 4:
                _spawn(processes).kill()  # while it begins
            server = await _started(processes)
            await traffic.acknowledged(random.choice([0, 1, 10, 90, 150]))
            server.kill()
        server = await _started(processes)
        await traffic.all_sent()
    assert traffic.unknown, "no kill met a request on its way"
    await _verify(data, server, traffic)


async def test_a_clean_end_finishes_what_was_acknowledged(data: Path, processes: Processes) -> None:
    traffic = _traffic(data, processes, files=200)
    async with traffic.flowing():
        server = await _started(processes)
        await traffic.acknowledged(250)
        assert await server.terminate() == 0
        acknowledged = set(traffic.ok)
        database = Database(f"sqlite+aiosqlite:///{data / DATABASE}")
        assert acknowledged <= await judge.accepted_names(database)
        await database.close()
        server = await _started(processes)
        await traffic.all_sent()
    await _verify(data, server, traffic)


def _traffic(data: Path, processes: Processes, files: int) -> Traffic:
    token = Credentials(data / CREDENTIALS).create(
        "test", ["publish", "read"], created=NOW, sources=SOURCES
    )
    return Traffic(token, lambda: processes.of("up"), files, at_once=8, pause_seconds=0.01)


def _spawn(processes: Processes) -> Process:
    return processes.spawn("up", ["echeance", "up"])


async def _started(processes: Processes) -> Process:
    server = _spawn(processes)
    await until(server.answers, "a server that listens")
    return server


async def _verify(data: Path, server: Process, traffic: Traffic) -> None:
    """From the database file alone, once both loops have consumed everything; then again, rebuilt."""

    async def caught_up() -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{server.address}/readyz")
        return not any(answer.raise_for_status().json().values())

    await until(caught_up, "loops that have consumed everything")
    await server.require_own_form(traffic.token)
    assert await server.terminate() == 0
    assert traffic.answers.keys() <= {202, 422, 503}
    revision = catalogues.first()
    database = Database(f"sqlite+aiosqlite:///{data / DATABASE}")
    counted = await judge.accepted_names(database)
    assert traffic.ok <= counted <= traffic.ok | traffic.unknown
    await judge.compare(database, revision, NOW)
    await database.close()
    async with open_embedded(read_settings({})._replace(data=data), revision.catalogue) as embedded:
        before = await embedded.compliance.digest()
        await embedded.reset_computed()
        await embedded.catch_up(lambda: NOW)
        assert await embedded.compliance.digest() == before
