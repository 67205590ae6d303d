"""``echeance rebuild clock``: every history read from the log again, beside the clocks at work, which then go on from it.

First whole partitions at once, by processes of their own. Then the clock's worker follows the live clocks until little is left. Then one
transaction keeps the live ones waiting for a moment, goes as far as they have come, and puts its table in the place of theirs. Every file
is published again under a new generation, because nobody can know what of the table before had been published.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.rebuild import bulk
from echeance.rebuild.bulk import Job, RecountTotals
from echeance.rebuild.context import Parts, parts, require_all, tables
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
    async with parts(settings, SERVICE) as given:
        jobs = await _begun(given, processes)
        async with given.watched():
            recounted = await bulk.recount(jobs, processes)
            async with given.live.transaction() as connection:
                await shadow_tables.create_indexes(connection, given.rebuild.schema, tables())
            worker = ClockWorker(ClockStore(given.beside), given.catalogue)
            follower = Follower(given, FILE_EVENTS, worker)
            await follower.begin()
            await follow_until_close(given, follower)
            differences = await follower.compare(_FIGURES)
            await follow_until_close(given, follower)

            async def publish_anew(connection: AsyncConnection) -> None:
                await generations.current(connection, given.catalogue)
                await generations.publish_anew(connection)

            await swap(given, (clock_files,), follower, publish_anew)
    return ClockRebuildResult(recounted, differences)


async def _begun(given: Parts, processes: int) -> list[Job]:
    """The tables beside, and what is to be counted into them: up to where the live clocks stand."""
    stands = await given.stands()
    await require_all(given, FILE_EVENTS, stands)
    async with given.live.transaction() as connection:
        found = await generations.current(connection, given.catalogue)
        await given.begin(connection, stands, stands)
        counted = {one: found[one]._replace(regenerated_after=None) for one in stands}
        rows = [generation.row(partition) for partition, generation in counted.items()]
        schema = given.rebuild.schema
        await shadow_tables.copy_rows(
            connection, schema, clock_generations, [[*row.values()] for row in rows]
        )
    return [
        bulk.job(given.settings, given.rebuild, one, last, counted[one].number, processes)
        for one, last in stands.items()
    ]
