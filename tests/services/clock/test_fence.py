"""Who lost a partition changes no row of the clock, and of compliance neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from services.clock.tables import clock_files, clock_generations
from services.clock.worker import ClockWorker
from services.compliance.alerts.tables import alert_tallies, alerts
from services.compliance.projection.tables import (
    COMPUTED,
    corrections_table,
    known_cycles,
    known_files,
    known_tallies,
)
from services.compliance.projection.worker import ComplianceWorker
from shared.database.engine import metadata, positions
from shared.erasure.tables import erasure_positions, erasures, forgotten_files
from shared.errors import FencedError
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS, Outcome, Worker
from shared.log.topic_identity import origins
from tests.builders import CATALOGUE, decided, received, revised
from tests.services.world import World, world

R = TypeVar("R")
RECEIVED = received("A", "2025-04-28 10:00")
TABLES = (
    clock_files,
    clock_generations,
    *COMPUTED,
    corrections_table,
    known_tallies,
    known_cycles,
    known_files,
    alerts,
    alert_tallies,
    origins,
    positions,
    erasures,
    erasure_positions,
    forgotten_files,
)
NOT_FOLDED = {
    "log_records",
    "attempts",
    "rebuilds",
    "alert_deliveries",
    "alert_notices",
    "leases",
    "digests",
    "explanations",
    "releases",
    "previews",
    "editions",
    "edition_files",
    "recounts",
    "known_since",
    "dead_letters",
    "audit_records",
    "audit_chains",
    "audit_removed",
    "token_uses",
    "erasure_keys",
    "sessions",
}


async def rows(known: World) -> dict[str, list[Any]]:
    assert {table.name for table in TABLES} | NOT_FOLDED == set(metadata.tables)
    async with known.embedded.database.reading() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table))]
            for table in TABLES
        }


async def assert_fenced(
    known: World, stale: Worker[R], outcome: Outcome[R], owner: Worker[R]
) -> None:
    """The commit of who lost the partition changes no row; the step is then done again."""
    await owner.claim(0)
    before = await rows(known)
    with pytest.raises(FencedError, match=f"{stale.service} lost partition 0"):
        await stale.commit(outcome)
    assert await rows(known) == before
    await known.live()


async def test_a_clock_that_lost_its_partition_changes_no_row(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-05", partitions=1) as known:
        await known.live(RECEIVED)
        await known.append(decided("A", "2025-05-02"), received("B", "2025-05-02"))
        stale = ClockWorker(known.embedded.clock, CATALOGUE)
        outcome = await known.next_step(stale, FILE_EVENTS)
        assert len(outcome.rows.files) == 2
        await assert_fenced(known, stale, outcome, ClockWorker(known.embedded.clock, CATALOGUE))
        assert await known.tallies("decided") == {"on_time": 1}


async def test_a_clock_that_lost_its_partition_ends_no_generation(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-05", partitions=1) as known:
        await known.live(RECEIVED)
    newer = revised(2, ("business_days: 20}", "business_days: 15}"))
    async with world(tmp_path, "2025-05-05", catalogue=newer, partitions=1) as known:
        stale = ClockWorker(known.embedded.clock, newer)
        outcome = await known.next_step(stale, FILE_EVENTS)
        await assert_fenced(known, stale, outcome, ClockWorker(known.embedded.clock, newer))
        assert [one.generation for one in await known.published("A")] == [1, 2]


async def test_a_snapshot_that_a_former_owner_publishes_late_is_dropped(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-05", partitions=1) as known:
        await known.append(RECEIVED)
        stale = ClockWorker(known.embedded.clock, CATALOGUE)
        outcome = await known.next_step(stale, FILE_EVENTS)
        await known.live(decided("A", "2025-05-02"))
        await known.embedded.log.append(FILE_CLOCKS, outcome.publish[FILE_CLOCKS])
        await known.live()
        assert await known.tallies("decided") == {"on_time": 1}
        assert await known.tallies("open") == {}


async def test_a_compliance_that_lost_its_partition_changes_no_row(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-05", partitions=1) as known:
        await known.append(RECEIVED)
        async for _ in known.embedded.count(known.now):
            pass
        store = known.embedded.compliance
        stale = ComplianceWorker(store, CATALOGUE)
        outcome = await known.next_step(stale, FILE_CLOCKS)
        assert any(write.rows for write in outcome.rows.writes)
        await assert_fenced(known, stale, outcome, ComplianceWorker(store, CATALOGUE))
        assert await known.tallies("received") == {"begun": 1}


async def test_a_step_committed_twice_is_counted_once(tmp_path: Path) -> None:
    """As when the first commit's answer was lost on its way."""
    async with world(tmp_path, "2025-05-05", partitions=1) as known:
        await known.append(RECEIVED)
        async for _ in known.embedded.count(known.now):
            pass
        store = known.embedded.compliance
        outcome = await known.next_step(ComplianceWorker(store, CATALOGUE), FILE_CLOCKS)
        held = (await store.claim(0))._replace(next_offset=0)
        await store.commit(held, outcome.next_offset, outcome.rows.writes)
        with pytest.raises(FencedError):
            await store.commit(held, outcome.next_offset, outcome.rows.writes)
        assert await known.tallies("received") == {"begun": 1}
