"""The restore drills of docs/operations.md: the database from an old backup, without any, and a log that is older than the database."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import make_url, text

from shared.database.engine import Database
from tests.faults.distributed import verifier
from tests.faults.distributed.beginning import begun
from tests.faults.distributed.system import ALL, Scenario, System
from tests.faults.distributed.test_losses import told
from tests.servers import postgres
from tests.servers.fixtures import cluster_of, serving
from tests.servers.kafka import Cluster
from tests.simulation import catalogues, judge

ADOPTED = ("file-events", "file-clocks", "dead-letters", "audit")
SCRIPTS = Path(__file__).parents[3] / "deploy" / "postgresql"
READING = ("clock-1", "clock-2", "compliance")


class Broker(NamedTuple):
    """A cluster of one, and where it keeps everything."""

    cluster: Cluster
    folder: Path


def _script(name: str, url: str, file: Path) -> subprocess.CompletedProcess[str]:
    """One of the operators' scripts, as the administrator of the server."""
    return subprocess.run(
        [SCRIPTS / name, file],
        env={**_administrator(url), "PGDATABASE": str(make_url(url).database)},
        capture_output=True,
        text=True,
        check=False,
    )


def _administrator(url: str) -> dict[str, str]:
    """Libpq's variables, and where its programs are."""
    where = make_url(url)
    path = f"{postgres.binary('psql').parent}:{os.environ['PATH']}"  # noqa: TID251 — handed on
    return {
        "PATH": path,
        "PGHOST": "127.0.0.1",
        "PGPORT": str(where.port),
        "PGUSER": str(where.username),
    }


async def emptied(system: System) -> None:
    """The database is lost, and an empty one of the same name made."""
    await system.database.close()
    url = system.settings.database
    name = make_url(url).database
    assert name is not None
    programs = {"dropdb": ["--force"], "createdb": []}
    for program, options in programs.items():
        command = [str(postgres.binary(program)), *options, name]
        await asyncio.to_thread(subprocess.run, command, env=_administrator(url), check=True)
    system.database = Database(url)


async def figures(system: System) -> Sequence[Any]:
    """Every counter, every total, every alert that is active. Of those resolved some only passed between two batches."""
    asked = (
        "SELECT file_id, history FROM clock_files ORDER BY 1",
        "SELECT basis, standard, unit, grain, day, outcome, sum(files) FROM tallies"
        " GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(files) <> 0 ORDER BY 1, 2, 3, 4, 5, 6",
        "SELECT file_id, cycle, stage, stage_since FROM alerts WHERE resolved_at IS NULL ORDER BY 1, 2, 3, 4",
    )
    async with system.database.reading() as connection:
        return [(await connection.execute(text(one))).all() for one in asked]


async def _posted(system: System, events: int) -> None:
    await system.traffic.send(events)
    await system.idle()


@pytest.mark.whole
async def test_the_database_restored_from_an_old_backup_comes_to_the_same_figures(
    system: System, tmp_path: Path
) -> None:
    await system.start(*ALL)
    await _posted(system, 60)
    backup = tmp_path / "backup.dump"
    made = _script("backup.sh", system.settings.database, backup)
    assert made.returncode == 0, made.stderr
    await _posted(system, 60)
    before = await figures(system)
    await system.end(*READING)
    refused = _script("restore.sh", system.settings.database, backup)
    assert refused.returncode == 1 and "nothing was changed" in refused.stderr
    await emptied(system)
    restored = _script("restore.sh", system.settings.database, backup)
    assert restored.returncode == 0, restored.stderr
    await system.start(*READING)
    await system.idle()
    assert await figures(system) == before
    await system.recover()
    await _agreement(system)


@pytest.mark.whole
async def test_the_database_lost_entirely_is_counted_again_from_the_log(system: System) -> None:
    await system.start(*ALL)
    await _posted(system, 120)
    before = await figures(system)
    await system.end(*READING)
    await emptied(system)
    await told(system, "migrate")
    await system.start(*READING)
    await system.idle()
    assert await figures(system) == before
    await system.recover()
    await _agreement(system)


@pytest.fixture
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker whose disk this test may put back."""
    folder = tmp_path_factory.mktemp("broker") / "disk"
    with serving(cluster_of(folder, brokers=1)) as cluster:
        yield Broker(cluster, folder)


@pytest.mark.whole
async def test_a_log_restored_shorter_than_the_database_stops_its_readers(
    scenario: Scenario, tmp_path: Path, own_broker: Broker, url: str
) -> None:
    """The brokers' disks come back from an older copy: the same topics, and less in them."""
    cluster, folder = own_broker
    async with begun(scenario, tmp_path, cluster.bootstrap, url) as system:
        await system.start(*ALL)
        await _posted(system, 60)
        await _turned_back(system, cluster, folder)
        before = await figures(system)
        for label in READING:
            await system.processes.spawn(label).refuses("not the database's position")
        assert await figures(system) == before
        for topic in ADOPTED:
            await told(system, "topics", "adopt", topic)
        await system.start(*ALL)
        await system.traffic.repeat()
        await system.idle()
        await told(system, "rebuild", "clock", "--processes", "1")
        await _agreement(system)
        await told(system, "audit", "verify")


async def _agreement(system: System) -> None:
    """Nothing is lost or doubled, and all is as computed from scratch; but for alerts that were raised and resolved meanwhile, which are history."""
    await system.idle()
    logs = await verifier.logs(system.settings)
    found = await verifier.found(system.database, logs)
    system.found = found
    system.note()
    assert not found.lost(system.traffic.ok) and not found.doubled
    await judge.compare(system.database, catalogues.first(), system.now(), logs)


async def _turned_back(system: System, cluster: Cluster, folder: Path) -> None:
    """The log as it was before some more was posted, which the database has counted."""
    await system.end(*ALL)
    cluster.stop()
    shutil.copytree(folder, folder.with_name("copy"))
    await cluster.restart()
    await system.start(*ALL)
    await _posted(system, 60)
    await system.end(*ALL)
    cluster.stop()
    shutil.rmtree(folder)
    folder.with_name("copy").rename(folder)
    await cluster.restart()
