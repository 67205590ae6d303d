"""The revisions make the tables that the models name, and no others."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shared.database import migrations
from shared.database.migrations import migrate
from shared.database.migrations.privileges import PRIVILEGES
from tests.migrations.databases import MODELS, expected, indexes, opened

WHAT_TO_DO = (
    "the models and shared/migrations/versions differ: write the next revision there (rNNNN_what_it_does.py, down_revision = the last "
    "one, see docs/architecture.md) that does, where this says add, what it adds"
)


async def test_the_revisions_lead_to_the_models(url: str) -> None:
    async with opened(url) as database:
        await migrate(database)

        def differences(connection: Connection) -> list[object]:
            context = MigrationContext.configure(connection, opts={"compare_server_default": True})
            return list(compare_metadata(context, expected(database)))

        async with database.reading() as connection:
            found = await connection.run_sync(differences)
            assert not found, f"{WHAT_TO_DO}: {found}"


async def test_the_revisions_make_the_indexes_of_the_models_word_for_word(url: str) -> None:
    async with opened(url) as database:
        await migrate(database)
        async with database.reading() as connection:
            migrated = await indexes(connection)
        async with database.transaction() as connection:
            await connection.run_sync(expected(database).drop_all)
            await connection.run_sync(expected(database).create_all)
            assert migrated == await indexes(connection), WHAT_TO_DO


def test_the_revisions_are_one_chain_numbered_in_order() -> None:
    """Two that follow the same one were written side by side: renumber the later."""
    folder = Path(migrations.__file__).parent
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    chain = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    assert migrations.revisions() == list(reversed(chain))
    assert chain[-1] == "0001"
    assert [int(number) for number in reversed(chain)] == list(range(1, len(chain) + 1))


def test_every_table_of_postgresql_is_used_by_a_service() -> None:
    """A table nobody may touch: say in shared/database/migrations/privileges.py which service uses it, and for what."""
    granted = {table for tables in PRIVILEGES.values() for table in tables}
    assert granted == MODELS.tables.keys() - {"log_records"} | {"alembic_version"}


async def test_hot_tables_leave_room_for_new_versions_of_their_rows(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await migrate(database)
        asked = "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL AND relkind = 'r'"
        async with database.reading() as connection:
            found = {row[0]: row[1] for row in await connection.execute(text(asked))}
    for table in ("positions", "clock_files", "compliance_files", "tallies"):
        assert found[table] == ["fillfactor=75"]
