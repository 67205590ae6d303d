"""``echeance migrate``, and what every other command says of a database that it should be run on first."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from shared.database import migrations
from tests.builders import received
from tests.echeance.command import done, english, lived, told
from tests.migrations.databases import opened, record

NEWEST = migrations.revisions()[-1]


def without_tables(folder: Path) -> None:
    """A data directory that was never migrated."""
    connection = sqlite3.connect(folder / "echeance.sqlite")
    connection.execute("VACUUM")
    connection.close()


def says_newer(url: str) -> None:
    async def say() -> None:
        async with opened(url) as database:
            await record(database, "9999")

    asyncio.run(say())


def test_a_directory_is_migrated_once_and_each_revision_is_told(tmp_path: Path) -> None:
    without_tables(tmp_path)
    first = done("migrate", "--data", tmp_path).splitlines()
    assert [line.split()[0] for line in first[:-1]] == migrations.revisions()
    assert first[-1] == f"tables à la révision {NEWEST}"
    assert done("migrate", "--data", tmp_path).endswith(f"rien à faire : révision {NEWEST}\n")
    again = done("migrate", "--data", tmp_path, variables=english())
    assert again == f"nothing to do: revision {NEWEST}\n"


def test_postgresql_is_migrated_where_the_environment_names_it(postgres_url: str) -> None:
    variables = english(ECHEANCE_DATABASE=postgres_url)
    assert done("migrate", variables=variables).endswith(f"tables at revision {NEWEST}\n")
    assert done("migrate", variables=variables) == f"nothing to do: revision {NEWEST}\n"
    says_newer(postgres_url)
    assert "is older than the database" in told("migrate", variables=variables)


@pytest.mark.parametrize("command", [["report"], ["explain", "A"]])
def test_a_question_to_a_directory_that_was_not_migrated_says_to_migrate(
    tmp_path: Path, command: list[str]
) -> None:
    without_tables(tmp_path)
    french = told(*command, "--data", tmp_path)
    assert "lancez d’abord «\u00a0echeance migrate\u00a0»" in french
    assert "run `echeance migrate` first" in told(*command, "--data", tmp_path, variables=english())
    done("migrate", "--data", tmp_path)
    assert "lancez" not in told("explain", "A", "--data", tmp_path)


def test_a_directory_of_a_newer_program_is_refused_by_every_command(tmp_path: Path) -> None:
    lived(tmp_path, received("CAQ-1", "2025-04-28 10:00"))
    says_newer(f"sqlite+aiosqlite:///{tmp_path / 'echeance.sqlite'}")
    for command in (["migrate"], ["report"], ["explain", "CAQ-1"], ["rebuild"], ["up", "--port=0"]):
        words = told(*command, "--data", tmp_path, variables=english())
        assert "which this program" in words and "is older than the database" in words


def test_a_folder_whose_name_looks_like_a_format_is_migrated(tmp_path: Path) -> None:
    folder = tmp_path / "100 %(here)s"
    folder.mkdir()
    without_tables(folder)
    done("migrate", "--data", folder)
    connection = sqlite3.connect(folder / "echeance.sqlite")
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
    connection.close()


def test_a_server_that_does_not_answer_is_said() -> None:
    nowhere = "postgresql+asyncpg://user@127.0.0.1:1/name"
    assert "does not answer" in told("migrate", variables=english(ECHEANCE_DATABASE=nowhere))


def test_a_database_that_does_not_exist_is_said(postgres_server: str) -> None:
    variables = english(ECHEANCE_DATABASE=f"{postgres_server}/absent")
    words = told("migrate", variables=variables)
    assert 'ECHEANCE_DATABASE cannot be used: database "absent" does not exist' in words
