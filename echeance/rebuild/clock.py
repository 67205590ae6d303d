"""``echeance rebuild clock``: recount every history from the log, online.

Processes recount whole partitions; the clock's worker follows the live clocks until little is left;
then one transaction locks the live positions, catches up and swaps the tables. Every file is
published under a new generation: what of the old table was published is unknown.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.rebuild import bulk
from echeance.rebuild.bulk import Job, RecountTotals
from echeance.rebuild.context import Parts, open_parts, require_all, tables
from echeance.rebuild.follower import EVER, Differences, Follower
from echeance.rebuild.swap import follow_until_close, swap
from services.clock import (
    SERVICE,
    ClockStore,
    ClockWorker,
    clock_files,
    clock_generations,
    generations,
)
from shared.database import shadow_tables
from shared.log import FILE_EVENTS
from shared.process import Settings

# A file that a live clock has yet to count under a new generation is not compared.
_FIGURES = f"""
SELECT file_id AS key, concat_ws(' ', position, digest, md5(history)) AS value,
    CASE WHEN regenerated_after IS NOT NULL AND clock_files.generation < clock_generations.generation
    THEN 0 ELSE coalesce(crosses_at, {EVER}) END AS holds_until
FROM clock_files JOIN clock_generations USING (partition)
"""


class ClockRebuildResult(NamedTuple):
    """What was counted, and what the live clocks had otherwise."""

    recounted: RecountTotals
    differences: Differences


async def rebuild_clock(settings: Settings, processes: int) -> ClockRebuildResult:
    """Rebuild the clock's table from the first event on, while the clocks are at work."""
    async with open_parts(settings, SERVICE) as parts:
        jobs = await _begin(parts, processes)
        async with parts.watched():
            recounted = await bulk.recount(jobs, processes)
            async with parts.live.transaction() as connection:
                await shadow_tables.create_indexes(connection, parts.rebuild.schema, tables())
            worker = ClockWorker(ClockStore(parts.beside), parts.catalogue)
            follower = Follower(parts, FILE_EVENTS, worker)
            await follower.begin()
            await follow_until_close(parts, follower)
            differences = await follower.compare(_FIGURES)
            await follow_until_close(parts, follower)

            async def publish_anew(connection: AsyncConnection) -> None:
                await generations.current(connection, parts.catalogue)
                await generations.publish_anew(connection)

            await swap(parts, (clock_files,), follower, publish_anew)
    return ClockRebuildResult(recounted, differences)


async def _begin(parts: Parts, processes: int) -> list[Job]:
    """The tables beside, and what is to be counted into them: up to where the live clocks stand."""
    stands = await parts.stands()
    await require_all(parts, FILE_EVENTS, stands)
    async with parts.live.transaction() as connection:
        current = await generations.current(connection, parts.catalogue)
        await parts.begin(connection, stands, stands)
        restart = {one: current[one]._replace(regenerated_after=None) for one in stands}
        rows = [generation.row(partition) for partition, generation in restart.items()]
        schema = parts.rebuild.schema
        await shadow_tables.copy_rows(
            connection, schema, clock_generations, [[*row.values()] for row in rows]
        )
    return [
        bulk.job(parts.settings, parts.rebuild, one, last, restart[one].number, processes)
        for one, last in stands.items()
    ]
