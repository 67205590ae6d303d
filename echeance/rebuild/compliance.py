"""``echeance rebuild compliance``: every snapshot published and folded again, online.

The old records of ``file-clocks`` are not used: compaction keeps the record written last, and a
clock that had lost its partition may have written an old one last. So the clocks publish a new
generation, and the same worker folds only what is written from then on, no further than the live
service: only that raises alerts and records corrections, which are history and stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.rebuild.context import RebuildContext, rebuild_context, require_all, shadowed_tables
from echeance.rebuild.follower import EVER, Differences, Follower
from echeance.rebuild.swap import swap
from services.clock import clock_files, generations
from services.compliance import SERVICE
from services.compliance.projection import COMPUTED, ComplianceStore, ComplianceWorker, recounting
from shared.database import shadow_tables
from shared.log import FILE_CLOCKS
from shared.process import Settings, fail, runner

_LOOK_SECONDS = 0.2

# What comes to nothing is the same as what never was.
_FIGURES = f"""
SELECT concat_ws(' ', kept, array_to_string(keys, ' ')) AS key, value, {EVER} AS holds_until FROM (
    SELECT 'tallies' AS kept,
        ARRAY[basis, grain, standard, unit, CAST(day AS text), outcome] AS keys,
        CAST(sum(files) AS text) AS value
    FROM tallies GROUP BY basis, grain, standard, unit, day, outcome HAVING sum(files) <> 0
    UNION ALL
    SELECT 'open_tallies', ARRAY[basis, standard, unit, CAST(day AS text), outcome],
        CAST(sum(files) AS text)
    FROM open_tallies GROUP BY basis, standard, unit, day, outcome HAVING sum(files) <> 0
    UNION ALL
    SELECT 'delay_tallies',
        ARRAY[grain, standard, unit, CAST(day AS text), outcome, kind, CAST(amount AS text)],
        CAST(sum(files) AS text)
    FROM delay_tallies GROUP BY grain, standard, unit, day, outcome, kind, amount
    HAVING sum(files) <> 0
    UNION ALL
    SELECT 'anomaly_tallies', ARRAY[source, reason, unit], CAST(sum(events) AS text)
    FROM anomaly_tallies GROUP BY source, reason, unit HAVING sum(events) <> 0
    UNION ALL
    SELECT 'measured_cycles', ARRAY[file_id, of_standard, CAST(cycle AS text)],
        CAST(ROW(standard, unit, received_on, decided_on, due_on, outcome, counted, gross) AS text)
    FROM measured_cycles WHERE decided_on IS NOT NULL OR due_on IS NOT NULL
    UNION ALL
    SELECT 'stop_findings', ARRAY[file_id, of_standard, CAST(cycle AS text), rule],
        CAST(ROW(standard, unit, ended_on, outcome, removed, at, amount) AS text)
    FROM stop_findings WHERE ended_on IS NOT NULL
) AS figures
"""

# Compaction keeps of a file the record written last: that may be beyond the live position, or be an
# older snapshot of a clock that had lost its partition.
_WITHOUT_NEW = """
SELECT live.file_id FROM compliance_files AS live
JOIN {schema}.clock_generations AS asked USING (partition)
LEFT JOIN {schema}.compliance_files AS ours USING (file_id, of_standard)
WHERE live.of_standard = '' AND (
    ours.file_id IS NULL
    OR CAST(CAST(convert_from(ours.snapshot, 'UTF8') AS json) ->> 'generation' AS bigint)
        < asked.generation
)
"""


async def rebuild_compliance(settings: Settings) -> Differences:
    """Rebuild what compliance computes, while it is at work; the differences of the live tables."""
    async with rebuild_context(settings, SERVICE) as context:
        await _begin(context)
        worker = ComplianceWorker(ComplianceStore(context.shadow), context.catalogue)
        follower = Follower(context, FILE_CLOCKS, worker)
        await follower.begin()
        async with context.show_progress():
            await _fold(context, follower)
            await _require_new(context, follower)
            differences = await follower.compare(_FIGURES)

            async def note_differences(connection: AsyncConnection) -> None:
                live, shadow = (
                    recounting.TallySources.of_schema(schema)
                    for schema in ("public", context.rebuild.schema)
                )
                today = context.catalogue.local_day(runner.now())
                await recounting.note_recount(connection, live, shadow, today)

            await swap(context, COMPUTED, follower, *[note_differences][: differences.total])
    return differences


async def _begin(context: RebuildContext) -> None:
    """Note where the topic ends, and have every file published again behind that."""
    await require_all(context, FILE_CLOCKS, await context.live_offsets())
    ends = dict(enumerate(await context.log.ends(FILE_CLOCKS)))
    files = select(clock_files.c.partition, func.count()).group_by(clock_files.c.partition)
    schema = context.rebuild.schema
    async with context.live.transaction() as connection:
        files_by_partition = {row[0]: row[1] for row in await connection.execute(files)}
        await context.begin(connection, ends, {one: files_by_partition.get(one, 0) for one in ends})
        await shadow_tables.create_indexes(connection, schema, shadowed_tables())
        await generations.publish_anew(connection)
        # Which file a pseudonym stands for is known to the live services alone.
        await connection.execute(text(f"DROP TABLE {schema}.erasures"))
        view = f"CREATE VIEW {schema}.erasures AS SELECT * FROM erasures"
        await connection.execute(text(view))
        copy = f"INSERT INTO {schema}.clock_generations SELECT * FROM clock_generations"
        await connection.execute(text(copy))


async def _fold(context: RebuildContext, follower: Follower) -> None:
    """Fold what the live service folds, until it has folded every file under the new generation."""
    loop = asyncio.get_running_loop()
    finish: Mapping[int, int] | None = None
    previous: object = None
    # Longer than a clock takes to notice that it lost its partitions, and to claim them again.
    patience_seconds = 30.0 + 3.0 * context.settings.session_seconds
    moved_at = loop.time()
    while True:
        async with context.live.reading() as connection:
            unfinished = await generations.regenerating(connection)
        if finish is None and not unfinished:
            finish = dict(enumerate(await context.log.ends(FILE_CLOCKS)))
        offsets = await context.live_offsets()
        await follower.follow(offsets, runner.now())
        if finish is not None and all(offsets[one] >= end for one, end in finish.items()):
            return
        if (unfinished, offsets) != previous:
            previous, moved_at = (unfinished, offsets), loop.time()
        elif loop.time() - moved_at > patience_seconds:
            _fail_idle("clock" if unfinished else SERVICE)
        await asyncio.sleep(_LOOK_SECONDS)


def _fail_idle(name: str) -> None:
    fail(
        f"le service {name} n’avance pas : le lancer (echeance {name}), puis recommencer ; rien n’est changé",
        f"the {name} service does not move: start it (echeance {name}), then try again; nothing is changed",
    )


async def _require_new(context: RebuildContext, follower: Follower) -> None:
    """End the command if compaction removed the new snapshot of a file, and none as new follows."""
    lost = await _without_new(context)
    if lost:
        await _fold(context, follower)
        lost &= await _without_new(context)
    if lost:
        fail(
            f"le compactage a emporté le nouvel état de {len(lost)} dossiers : recommencer ; rien n’est changé",
            f"compaction took the new snapshots of {len(lost)} files away: try again; nothing is changed",
        )


async def _without_new(context: RebuildContext) -> set[str]:
    """The live files without a shadow row of the new generation; a recent one may still come."""
    query = _WITHOUT_NEW.format(schema=context.rebuild.schema)
    async with context.live.reading() as connection:
        return set((await connection.execute(text(query))).scalars())
