"""The database servers of a test session; see :mod:`tests.servers.fixtures`."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shared.database.engine import Database
from shared.database.migrations import migrate
from tests.servers import disk, postgres
from tests.servers.absence import cannot, needing
from tests.servers.disk import SmallDisk
from tests.servers.postgres import Server

HURRIED = ("fsync = off", "autovacuum = off")
"""Settings of a server that lives for a session, has hundreds of small databases, and loses them with the machine."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running PostgreSQL, without a database."""
    if given := os.environ.get("ECHEANCE_TEST_POSTGRES"):  # noqa: TID251 — the server to use
        yield given
        return
    with database_server(HURRIED) as server:
        yield server.url("").rstrip("/")


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Server]:
    """A server that this module's tests may crash and start again, on the same port and folder."""
    with database_server() as server:
        yield server


@contextmanager
def database_server(settings: Sequence[str] = ()) -> Iterator[Server]:
    """A database server that runs."""
    with folder_for_every_user() as folder:
        with needing("PostgreSQL"):
            server = postgres.server(folder / "data", settings=settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def folder_for_every_user() -> Iterator[Path]:
    """Where root starts a database it runs as another user; pytest closes its own folders to others whenever a session begins."""
    with TemporaryDirectory(prefix="echeance-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def postgres_url(postgres_server: str, tmp_path: Path) -> str:
    """The URL of an empty database of this test's own."""
    name = _name_for(tmp_path)
    asyncio.run(postgres.create_database(postgres_server, name))
    return f"{postgres_server}/{name}"


@pytest.fixture
def migrated_url(postgres_server: str, migrated_template: str, tmp_path: Path) -> str:
    """The URL of a database of this test's own that has its tables, empty."""
    name = _name_for(tmp_path)
    asyncio.run(postgres.create_database(postgres_server, name, template=migrated_template))
    return f"{postgres_server}/{name}"


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that is migrated once, to be copied."""
    name = _name_for(tmp_path_factory.mktemp("migrated"))
    asyncio.run(_migrated(postgres_server, name))
    return name


async def _migrated(server: str, name: str) -> None:
    await postgres.create_database(server, name)
    database = Database(f"{server}/{name}")
    await migrate(database)
    await database.close()


def _name_for(folder: Path) -> str:
    """A database's name that no other has: folders of tests are of one session and one test."""
    return f"test_{abs(hash(str(folder))):x}"


@pytest.fixture
def small_disk() -> Iterator[SmallDisk]:
    """A file system of 64 MB that this test may fill."""
    with ExitStack() as mounted:
        try:
            folder = mounted.enter_context(folder_for_every_user())
            made = mounted.enter_context(disk.small_disk(folder / "small", megabytes=64))
        except (OSError, subprocess.CalledProcessError) as error:
            cannot("a file system to fill (only root may mount one)", error)
        yield made
