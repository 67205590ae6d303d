"""``echeance rebuild clock``: every history read from the log again, online.

First whole partitions are counted in bulk, by processes of their own. Then the clock's worker
follows the live clocks until little is left. The swap keeps them waiting for a moment, catches up,
and replaces their tables. Every file is published again under a new generation, since nobody can
know what of the previous table had been published.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.rebuild import bulk
from echeance.rebuild.bulk import Job, RecountTotals
from echeance.rebuild.context import RebuildContext, rebuild_context, require_all, shadowed_tables
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
from shared.erasure import GRANTED, NOT_FORGOTTEN_SQL, REPEAT, erasures
from shared.log import FILE_EVENTS
from shared.process import Settings, fail, runner

# A file that a live clock has yet to count under a new generation is not compared. A forgotten one keeps
# the position that it had under its own name, where the log has its life further on.
_FIGURES = f"""
SELECT file_id AS key,
    concat_ws(' ', CASE WHEN {NOT_FORGOTTEN_SQL} THEN position END, digest, md5(history)) AS value,
    CASE WHEN regenerated_after IS NOT NULL
        AND clock_files.generation < clock_generations.generation
    THEN 0 ELSE coalesce(crosses_at, {EVER}) END AS holds_until
FROM clock_files JOIN clock_generations USING (partition)
"""


class ClockRebuildResult(NamedTuple):
    """What was counted, and the differences of the live table from it."""

    recounted: RecountTotals
    differences: Differences


async def rebuild_clock(settings: Settings, processes: int) -> ClockRebuildResult:
    """Rebuild the clock's table from the first event on, while the clocks are at work."""
    async with rebuild_context(settings, SERVICE) as context:
        async with context.live.reading() as connection:
            forgotten = await _forgotten(connection)
        if forgotten.unfinished:
            _fail_forgotten()
        jobs = await _begin(context, processes)
        async with context.show_progress():
            recounted = await bulk.recount(jobs, processes)
            async with context.live.transaction() as connection:
                await shadow_tables.create_indexes(
                    connection, context.rebuild.schema, shadowed_tables()
                )
            worker = ClockWorker(ClockStore(context.shadow), context.catalogue)
            follower = Follower(context, FILE_EVENTS, worker)
            await follower.begin()
            await follow_until_close(context, follower)
            differences = await follower.compare(_FIGURES)
            await follow_until_close(context, follower)

            async def publish_anew(connection: AsyncConnection) -> None:
                if await _forgotten(connection) != forgotten:
                    _fail_forgotten()
                await generations.current(connection, context.catalogue)
                await generations.publish_anew(connection)

            await swap(context, (clock_files,), follower, publish_anew)
    return ClockRebuildResult(recounted, differences)


class _Forgotten(NamedTuple):
    """How many files were forgotten, and how many of these the clocks have still to replace."""

    files: int
    unfinished: int


async def _forgotten(connection: AsyncConnection) -> _Forgotten:
    table = erasures.c
    files = select(func.count()).where(table.requested_by != REPEAT)
    unfinished = select(func.count()).where(table.stage == GRANTED)
    return _Forgotten(
        (await connection.execute(files)).scalar_one(),
        (await connection.execute(unfinished)).scalar_one(),
    )


def _fail_forgotten() -> NoReturn:
    """Shadow tables have a file that is forgotten meanwhile under its own name."""
    fail(
        "des dossiers ont été oubliés entre-temps\u00a0: recommencer\u00a0; rien n’est changé",
        "files were forgotten meanwhile: try again; nothing is changed",
    )


async def _begin(context: RebuildContext, processes: int) -> list[Job]:
    """Create the shadow tables; the partitions to count into them, up to the live positions."""
    offsets = await context.live_offsets()
    await require_all(context, FILE_EVENTS, offsets)
    async with context.live.transaction() as connection:
        current = await generations.current(connection, context.catalogue)
        await context.begin(connection, offsets, offsets)
        rows = [(one, *current[one]._replace(regenerated_after=None)) for one in offsets]
        schema = context.rebuild.schema
        await shadow_tables.copy_rows(connection, schema, clock_generations, rows)
    settings, rebuild, now = context.settings, context.rebuild, runner.now()
    return [
        Job(settings, rebuild, one, last, current[one].number, processes, now)
        for one, last in offsets.items()
    ]
