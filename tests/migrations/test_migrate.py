"""From any earlier database to this program's tables: once, whole, keeping what is there; or not at all, with the reason."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shared
from shared.database import engine, migrations
from shared.database.engine import Database
from shared.database.migrations import SchemaError, migrate, require_newest
from tests.migrations.databases import opened, record, recorded, rows

NEWEST = migrations.revisions()[-1]
Told = list[tuple[str, str]]


async def migrated(database: Database) -> Told:
    told: Told = []
    await migrate(database, lambda number, title: told.append((number, title)))
    return told


async def test_an_empty_database_gets_every_revision_and_then_none(url: str) -> None:
    async with opened(url) as database:
        told = await migrated(database)
        assert [number for number, _ in told] == migrations.revisions()
        assert told[0] == ("0001", "the first tables")
        assert await recorded(database) == [NEWEST]
        assert await migrated(database) == []
        await require_newest(database)


NEXT = f"{int(NEWEST) + 1:04}"
NEXT_REVISION = f'''"""a note beside each position"""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{NEXT}", "{NEWEST}"
def upgrade() -> None:
    op.add_column("positions", sa.Column("note", sa.String))
'''


def upgraded_by(program: Path, url: str) -> str:
    """What a copy of this program with one revision more says as it migrates; the error's last line if it fails."""
    shutil.copytree(Path(shared.__file__).parent, program / "shared", dirs_exist_ok=True)
    call = f"asyncio.run(migrate(Database({url!r}), print))"
    imports = "from shared.database import Database; from shared.database.migrations import migrate"
    process = subprocess.run(
        [sys.executable, "-c", f"import asyncio; {imports}; {call}"],
        cwd=program,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return process.stdout or process.stderr.splitlines()[-1]


def with_revision(program: Path, source: str) -> Path:
    versions = program / "shared" / "database" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / f"r{NEXT}_note.py").write_text(source)
    return program


async def test_a_database_of_an_older_program_gets_what_is_missing_and_keeps_its_rows(
    url: str, tmp_path: Path
) -> None:
    async with opened(url) as database:
        await migrated(database)
        async with database.transaction() as connection:
            await engine.begin(connection, "clock", 2)
        before = (await rows(database))["positions"]
        told = upgraded_by(with_revision(tmp_path / "next", NEXT_REVISION), url)
        assert told == f"{NEXT} a note beside each position\n"
        assert await recorded(database) == [NEXT]
        assert (await rows(database))["positions"] == [(*row, None) for row in before]
        with pytest.raises(SchemaError, match=rf"{NEXT}.*older than the database"):
            await require_newest(database)


async def test_a_revision_that_fails_half_way_leaves_the_one_before(
    url: str, tmp_path: Path
) -> None:
    async with opened(url) as database:
        await migrated(database)
        before = await rows(database)
        failing = f"{NEXT_REVISION}    raise ZeroDivisionError\n"
        assert upgraded_by(with_revision(tmp_path / "next", failing), url) == "ZeroDivisionError"
        assert await rows(database) == before
        await require_newest(database)


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
            assert "plus ancien que la base" in caught.value.text.fr
        assert await recorded(database) == ["9999"]


async def test_five_at_once_apply_each_revision_once(url: str) -> None:
    async with opened(url) as database:
        others = [Database(url) for _ in range(4)] if not database.on_sqlite else [database] * 4
        told = await asyncio.gather(*(migrated(one) for one in (database, *others)))
        assert sorted(len(one) for one in told) == [0, 0, 0, 0, len(migrations.revisions())]
        for other in others:
            await other.close()
        await require_newest(database)


async def test_what_ends_half_way_leaves_nothing_behind(url: str) -> None:
    async with opened(url) as database:

        def fail(number: str, title: str) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await migrate(database, fail)
        assert await rows(database) == {}
        with pytest.raises(SchemaError):
            await require_newest(database)
