"""The revision that counts quarters and years too: from months, what the services would have counted."""

from __future__ import annotations

import random
from datetime import date

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, delete, insert

from services.compliance.projection.rollups import rollup_cells
from services.compliance.projection.snapshot_tallies import TallyKey
from services.compliance.projection.tables import tallies
from shared.database.migrations import migrate
from shared.database.migrations.versions import r0011_years
from tests.migrations.databases import opened, rows


async def test_quarters_and_years_are_added_up_from_months(url: str) -> None:
    chance = random.Random(11)
    days = [date(2023, 1, 1).toordinal() + chance.randrange(1_500) for _ in range(300)]
    changes: dict[TallyKey, int] = {
        (chance.choice(("a", "b")), "decided", day, chance.choice(("u", "v")), "late"): number + 1
        for number, day in enumerate([*days, 1, 60, 120])
    }
    counted = [
        (basis, grain, standard, unit, begins, outcome, partition, files)
        for (basis, grain, standard, unit, begins, outcome), files in rollup_cells(changes).items()
        for partition in (0, 1)
    ]

    def upgraded(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            r0011_years.upgrade()

    async with opened(url) as database:
        await migrate(database)
        async with database.transaction() as connection:
            await connection.execute(
                insert(tallies), [dict(zip(tallies.c.keys(), row, strict=True)) for row in counted]
            )
            before = sorted(counted, key=repr)
            await connection.execute(
                delete(tallies).where(tallies.c.grain.in_(["quarter", "year"]))
            )
            await connection.run_sync(upgraded)
        assert (await rows(database))["tallies"] == before
