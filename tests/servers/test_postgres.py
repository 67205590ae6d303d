"""PostgreSQL as the tests have it: its release, and what can be done to it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from asyncpg.exceptions import DiskFullError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.servers import postgres
from tests.servers.child import ServerError
from tests.servers.disk import SmallDisk
from tests.servers.postgres import Server
from tests.servers.proxy import Proxy

OLDEST = 180_000
SHORT_SECONDS = 0.5
PATIENCE_SECONDS = 30


async def one(engine: AsyncEngine, statement: str) -> object:
    async with engine.begin() as connection:
        return (await connection.execute(text(statement))).scalar()


async def done(engine: AsyncEngine, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement))


async def test_it_is_18_or_later(postgres_url: str) -> None:
    engine = create_async_engine(postgres_url)
    assert int(str(await one(engine, "SHOW server_version_num"))) >= OLDEST
    await engine.dispose()


def test_programs_in_a_closed_folder_are_copied_to_where_every_user_may_go(tmp_path: Path) -> None:
    for name in ("bin", "libraries", "more"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    tmp_path.chmod(0o700)
    copy = postgres.within_reach(tmp_path, "bin", "libraries")
    assert {one.relative_to(copy).as_posix(): one.read_text() for one in copy.glob("*/*")} == {
        "bin/file": "bin",
        "libraries/file": "libraries",
    }
    assert postgres.within_reach(copy, "bin") == copy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a database as another user")
def test_a_folder_that_the_database_may_not_enter_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(ServerError, match="but as nobody, who may not enter /"):
        postgres.server(tmp_path / "data")


async def test_what_was_committed_outlives_a_crash_at_the_same_address(
    own_postgres: Server,
) -> None:
    engine = create_async_engine(own_postgres.url(), pool_pre_ping=True)
    await done(engine, "CREATE TABLE kept (number int)")
    await done(engine, "INSERT INTO kept VALUES (7)")
    own_postgres.crash()
    with pytest.raises((OSError, DBAPIError)):
        await one(engine, "SELECT number FROM kept")
    own_postgres.start()
    assert await one(engine, "SELECT number FROM kept") == 7
    await engine.dispose()


async def test_a_frozen_server_is_silent_and_goes_on_when_thawed(own_postgres: Server) -> None:
    engine = create_async_engine(own_postgres.url())
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        own_postgres.freeze()
        asking = asyncio.create_task(connection.scalar(text("SELECT 2")))
        finished, _ = await asyncio.wait([asking], timeout=SHORT_SECONDS)
        assert not finished
        own_postgres.thaw()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await asking == 2
    await engine.dispose()


async def test_a_full_disk_refuses_to_grow_and_the_server_goes_on(
    own_postgres: Server, small_disk: SmallDisk
) -> None:
    """Tables on a full disk, the log on another: growth is refused, row by row, and nothing else ends."""
    place = small_disk.folder / "tables"
    place.mkdir()
    own_postgres.give(place)
    engine = create_async_engine(own_postgres.url(), isolation_level="AUTOCOMMIT")
    await done(engine, f"CREATE TABLESPACE small LOCATION '{place}'")
    await done(engine, "CREATE TABLE grown (words text) TABLESPACE small")
    growing = "INSERT INTO grown SELECT repeat('x', 1000) FROM generate_series(1, 1000)"
    await done(engine, growing)
    small_disk.fill()
    with pytest.raises(DBAPIError) as refused:
        await done(engine, growing)
    assert isinstance(getattr(refused.value.orig, "__cause__", None), DiskFullError)
    assert await one(engine, "SELECT count(*) FROM grown") == 1_000
    small_disk.free()
    await done(engine, growing)
    assert await one(engine, "SELECT count(*) FROM grown") == 2_000
    await done(engine, "DROP TABLE grown")
    await done(engine, "DROP TABLESPACE small")
    await engine.dispose()


async def test_the_session_server_can_be_asked_by_way_of_a_proxy_that_breaks(
    postgres_server: str, postgres_proxy: Proxy
) -> None:
    port = postgres_server.rpartition(":")[2]
    engine = create_async_engine(
        postgres_server.replace(port, str(postgres_proxy.port)) + "/postgres"
    )
    assert await one(engine, "SELECT 1") == 1
    await asyncio.to_thread(postgres_proxy.reset)
    with pytest.raises(DBAPIError):
        await one(engine, "SELECT 1")
    assert await one(engine, "SELECT 1") == 1
    await engine.dispose()
