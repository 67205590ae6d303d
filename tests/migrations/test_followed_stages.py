"""The revision that lists followed files apart: open files of before are listed as new ones are, by compliance and by the clock."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, select, update

from services.clock.tables import clock_files
from services.compliance.projection.tables import compliance_files
from shared.database.migrations.versions import r0015_followed_stages
from tests.builders import received, requested
from tests.services.world import world

FOLLOWED = {"evaluation": "revision"}
_STAGES = select(compliance_files.c.file_id, compliance_files.c.stage)
_KEYS = select(clock_files.c.file_id, clock_files.c.breaches_at)


async def test_open_files_of_before_are_listed_as_new_ones(tmp_path: Path) -> None:
    def upgraded(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            r0015_followed_stages.upgrade()

    standard = "evaluation-comparative"
    async with world(tmp_path, "2025-05-20") as known:
        await known.live(
            received(
                "measured", "2025-05-01", standard=standard, attributes={"evaluation": "initiale"}
            ),
            received("followed", "2025-05-01", standard=standard, attributes=FOLLOWED),
            received("waits", "2025-05-01", standard=standard, attributes=FOLLOWED),
            requested("waits", "2025-05-02"),
            received("late", "2024-05-01", standard=standard, attributes=FOLLOWED),
            requested("late", "2025-05-02"),
        )
        database = known.embedded.database
        async with database.transaction() as connection:
            stages = {row[0]: row[1] for row in await connection.execute(_STAGES)}
            keys = {row[0]: row[1] for row in await connection.execute(_KEYS)}
            for name, stage in stages.items():
                assert stage is not None
                before = stage.removeprefix("followed_")
                this = compliance_files.c.file_id == name
                await connection.execute(update(compliance_files).where(this).values(stage=before))
            waiting = clock_files.c.stage == "waiting"
            await connection.execute(update(clock_files).where(waiting).values(breaches_at=1 << 62))
            await connection.run_sync(upgraded)
            assert {row[0]: row[1] for row in await connection.execute(_STAGES)} == stages
            assert {row[0]: row[1] for row in await connection.execute(_KEYS)} == keys
    assert stages["late"] == "followed_overdue_waiting" and stages["measured"] == "on_track"
