"""What is in hand, tallied by reception alone before, is tallied by stage as the fold would have."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text

from tests.builders import decided, reopened
from tests.services.world import world
from tests.wider_catalogue import WIDER, acknowledged, asked_third, opened, transferred

Tallied = Counter[tuple[object, ...]]
_OF_EACH = "SELECT standard, unit, day, outcome, partition, files FROM open_tallies WHERE basis = 'open_received' AND files <> 0"
_AS_BEFORE = (
    "CREATE TABLE earlier AS SELECT standard, unit, day, partition, sum(files) AS files "
    "FROM open_tallies WHERE basis = 'open_received' GROUP BY standard, unit, day, partition",
    "DELETE FROM open_tallies WHERE basis = 'open_received'",
    "INSERT INTO open_tallies (basis, standard, unit, day, outcome, partition, files) "
    "SELECT 'open_received', standard, unit, day, 'open', partition, files FROM earlier",
    "DROP TABLE earlier",
    "CREATE INDEX measured_cycles_overdue ON measured_cycles (standard, received_on, unit) WHERE outcome = 'overdue'",
)


def tallied(connection: Connection) -> Tallied:
    return Counter({tuple(row[:5]): row[5] for row in connection.execute(text(_OF_EACH))})


def upgraded(connection: Connection) -> tuple[Tallied, Tallied]:
    """The tallies of the fold, and those that the revision makes of what an earlier program had."""
    folded = tallied(connection)
    for statement in _AS_BEFORE:
        connection.execute(text(statement))
    assert {outcome for _, _, _, outcome, _ in tallied(connection)} == {"open"}
    revision = import_module("shared.database.migrations.versions.r0010_ages_by_stage")
    with Operations.context(MigrationContext.configure(connection)):
        revision.upgrade()
    return folded, tallied(connection)


async def test_what_is_in_hand_is_tallied_again_from_the_snapshots(tmp_path: Path) -> None:
    """Files of several standards, of several stages, that wait, were moved, decided and reopened."""
    events = [
        opened("both", "2026-03-02 09:00", "request"),
        opened("moved", "2026-03-09 09:00", "request"),
        transferred("moved", "2026-03-10 09:00", "south"),
        opened("half", "2026-02-02 09:00", "request"),
        acknowledged("half", "2026-02-03 09:00"),
        opened("waits", "2026-03-02 09:00", "request"),
        asked_third("waits", "2026-03-03 09:00"),
        *(opened(f"permit-{day}", f"2026-01-{day:02} 09:00", "permit") for day in (5, 15, 20)),
        opened("again", "2026-02-02 09:00", "permit"),
        decided("again", "2026-02-05 09:00", "accepted"),
        reopened("again", "2026-02-09 09:00"),
    ]
    async with world(tmp_path, "2026-03-11 12:00", catalogue=WIDER) as known:
        await known.live(*sorted(events, key=lambda event: event.recorded_at))
        async with known.embedded.database.transaction() as connection:
            folded, found = await connection.run_sync(upgraded)
    assert found == folded
    assert {standard for standard, *_ in folded} > {"*request-answer", "permit"}
    assert {outcome for _, _, _, outcome, _ in folded} >= {"on_track", "overdue"}
