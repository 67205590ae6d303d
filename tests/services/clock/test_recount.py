"""A partition counted all at once is what the clock came to, step by step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from services.clock.recount import Recount
from services.clock.tables import clock_files
from shared.erasure import FileDigests
from tests.builders import CATALOGUE
from tests.rebuild.hostile import hostile_records
from tests.services.world import World, world

FILES = 250
BEGINS = datetime(2024, 1, 8, 12, tzinfo=UTC)
DAYS = 200


async def lived(known: World, seed: int) -> None:
    """Records arrive over a year, a few at a time, and time passes between them."""
    records = hostile_records(Random(seed), FILES, BEGINS, DAYS)
    random = Random(seed + 1)
    while records:
        count = random.randint(1, 200)
        together, records = records[:count], records[count:]
        await known.append_raw(*((one.file_id, one.value) for one in together))
        await known.live(until=together[-1].arrives_at.isoformat())


async def stored(known: World) -> dict[str, tuple[Any, ...]]:
    async with known.embedded.database.reading() as connection:
        rows = await connection.execute(select(clock_files))
        return {row.file_id: tuple(row) for row in rows}


async def recounted(known: World, slices: int) -> tuple[dict[str, tuple[Any, ...]], int]:
    log, records = known.embedded.log, 0
    found: dict[str, tuple[Any, ...]] = {}
    for partition, last in enumerate(await log.ends("echeance.file-events")):
        counting = Recount(
            CATALOGUE, partition, 1, known.now(), FileDigests(known.embedded.database)
        )
        async for counted in counting.files(log, last, slices=slices):
            assert not found.keys() & {row.file_id for row in counted.rows}
            found |= {row.file_id: row.columns() for row in counted.rows}
            records += counted.records
    return found, records


@pytest.mark.parametrize("seed", range(4))
async def test_a_partition_counted_at_once_has_the_rows_the_clock_wrote_one_by_one(
    seed: int, tmp_path: Path
) -> None:
    async with world(tmp_path, BEGINS.isoformat(), batch_records=60) as known:
        await lived(known, seed)
        await known.live(until=(known.now() + timedelta(days=3)).isoformat())
        expected = await stored(known)
        ends = sum(await known.embedded.log.ends("echeance.file-events"))
        for slices in (1, 5):
            found, records = await recounted(known, slices)
            assert records == ends
            assert found == expected
        letters = {one.reason for one in await known.dead_letters()}
        assert letters == {"conflict", "outside_coverage", "unknown_standard", "unreadable"}
