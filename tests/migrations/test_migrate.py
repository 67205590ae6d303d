"""From any earlier database to this program's tables: once, whole, keeping what is there; or not at all, with the reason."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from services.clock.store import ClockStore
from shared.database import migrations
from shared.database.engine import Database
from shared.database.migrations import SchemaError, migrate, require_newest
from shared.domain.events import decode_history
from tests.migrations.databases import opened, record, recorded, rows
from tests.services.world import world

BEFORE_MIGRATIONS = Path(__file__).parents[1] / "golden" / "schema" / "before_migrations.sql"
NEWEST = migrations.revisions()[-1]
Told = list[tuple[str, str]]


async def migrated(database: Database) -> Told:
    told: Told = []
    await migrate(database, lambda number, title: told.append((number, title)))
    return told


def before_migrations(folder: Path) -> str:
    """A data directory of before migrations: two files, one decided; nothing says at which revision it is."""
    connection = sqlite3.connect(folder / "echeance.sqlite")
    connection.executescript(BEFORE_MIGRATIONS.read_text())
    connection.close()
    return f"sqlite+aiosqlite:///{folder / 'echeance.sqlite'}"


async def test_an_empty_database_gets_every_revision_and_then_none(url: str) -> None:
    async with opened(url) as database:
        told = await migrated(database)
        assert [number for number, _ in told] == migrations.revisions()
        assert told[0] == ("0001", "the first tables")
        assert await recorded(database) == [NEWEST]
        assert await migrated(database) == []
        await require_newest(database)


async def test_a_directory_of_before_migrations_keeps_its_log_and_its_histories(
    tmp_path: Path,
) -> None:
    async with opened(before_migrations(tmp_path)) as database:
        before = await rows(database)
        assert len(before["log_records"]) == 5
        await migrated(database)
        after = await rows(database)
        for kept in ("log_records", "clock_files"):
            assert after[kept] == before[kept]
        files = await ClockStore(database).files(["A", "B"])
        assert [len(decode_history(files[name].history)) for name in ("A", "B")] == [2, 1]


async def test_a_directory_of_before_migrations_is_measured_anew(tmp_path: Path) -> None:
    """What the first tallies lack is not in them: the clock publishes every file again."""
    async with opened(before_migrations(tmp_path)) as database:
        partitions = len((await rows(database))["clock_generations"])
    async with world(tmp_path, "2025-05-12", partitions=partitions) as known:
        await known.live()
        assert await known.tallies("decided") == {"on_time": 1}
        assert await known.tallies("open") == {"on_track": 1}
        assert await known.embedded.compliance.files() == 2


async def test_a_directory_of_before_migrations_gets_the_tables_of_a_new_one(
    tmp_path: Path,
) -> None:
    async def tables(database: Database) -> set[str]:
        async with database.reading() as connection:
            found = await connection.execute(text("SELECT sql FROM sqlite_schema"))
            return {" ".join(sql.split()) for sql in found.scalars() if sql}

    fresh = f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite'}"
    async with opened(before_migrations(tmp_path)) as old, opened(fresh) as new:
        await migrated(old)
        await migrated(new)
        assert await tables(old) == await tables(new)


async def test_a_database_that_was_never_migrated_is_not_used(url: str) -> None:
    async with opened(url) as database:
        with pytest.raises(SchemaError, match=r"revision zero.*expects.*run `echeance migrate`"):
            await require_newest(database)
        assert await rows(database) == {}


async def test_a_database_of_a_newer_program_is_neither_used_nor_altered(url: str) -> None:
    async with opened(url) as database:
        await migrated(database)
        await record(database, "9999")
        for refused in (require_newest, migrate):
            with pytest.raises(SchemaError, match=r"9999.*older than the database") as caught:
                await refused(database)
            assert "plus ancien que la base" in caught.value.told.fr
        assert await recorded(database) == ["9999"]


async def test_five_at_once_apply_each_revision_once(url: str) -> None:
    async with opened(url) as database:
        others = [Database(url) for _ in range(4)] if not database.on_sqlite else [database] * 4
        told = await asyncio.gather(*(migrated(one) for one in (database, *others)))
        assert sorted(len(one) for one in told) == [0, 0, 0, 0, len(migrations.revisions())]
        for other in others:
            await other.close()
        await require_newest(database)


async def test_five_processes_at_once_apply_each_revision_once(postgres_url: str) -> None:
    running = [
        subprocess.Popen(  # noqa: ASYNC220 — processes of their own are the point
            [sys.executable, "-m", "echeance", "migrate"],
            env={"ECHEANCE_DATABASE": postgres_url, "ECHEANCE_LANGUAGE": "en"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    told = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 5, told
    assert sorted(output.count("the first tables") for output, _ in told) == [0, 0, 0, 0, 1]
    async with opened(postgres_url) as database:
        assert await recorded(database) == [NEWEST]


async def test_what_ends_half_way_leaves_nothing_behind(url: str) -> None:
    async with opened(url) as database:

        def fail(number: str, title: str) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await migrate(database, fail)
        assert await rows(database) == {}
        with pytest.raises(SchemaError):
            await require_newest(database)
