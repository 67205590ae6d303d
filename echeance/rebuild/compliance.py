"""``echeance rebuild compliance``: publish and fold every snapshot again, online.

Compaction keeps the record written last, which may be an old one of a clock that had lost its
partition. So the clocks publish a new generation, and the same worker folds only what follows, no
further than the live service: that alone raises alerts and notes corrections, which stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.rebuild.context import Parts, open_parts, require_all, tables
from echeance.rebuild.follower import EVER, Differences, Follower
from echeance.rebuild.swap import swap
from services.clock import clock_files, generations
from services.compliance import SERVICE
from services.compliance.projection import COMPUTED, ComplianceStore, ComplianceWorker
from shared.database import shadow_tables
from shared.log import FILE_CLOCKS
from shared.process import Settings, fail, runner

_LOOK_SECONDS = 0.2

# What comes to nothing is the same as what never was.
_FIGURES = f"""
SELECT concat_ws(' ', kept, array_to_string(keys, ' ')) AS key, value, {EVER} AS holds_until FROM (
    SELECT 'tallies' AS kept, ARRAY[basis, grain, standard, unit, CAST(day AS text), outcome] AS keys,
        CAST(sum(files) AS text) AS value
    FROM tallies GROUP BY basis, grain, standard, unit, day, outcome HAVING sum(files) <> 0
    UNION ALL
    SELECT 'open_tallies', ARRAY[basis, standard, unit, CAST(day AS text), outcome], CAST(sum(files) AS text)
    FROM open_tallies GROUP BY basis, standard, unit, day, outcome HAVING sum(files) <> 0
    UNION ALL
    SELECT 'anomaly_tallies', ARRAY[source, reason, unit], CAST(sum(events) AS text)
    FROM anomaly_tallies GROUP BY source, reason, unit HAVING sum(events) <> 0
    UNION ALL
    SELECT 'measured_cycles', ARRAY[file_id, CAST(cycle AS text)],
        CAST(ROW(standard, unit, received_on, decided_on, due_on, outcome) AS text)
    FROM measured_cycles WHERE decided_on IS NOT NULL OR due_on IS NOT NULL
) AS figures
"""

# Compaction keeps a file's last written record: that may be past the live service's position, or an
# older snapshot of a clock that had lost its partition.
_WITHOUT_NEW = """
SELECT live.file_id FROM compliance_files AS live
JOIN {schema}.clock_generations AS asked USING (partition)
LEFT JOIN {schema}.compliance_files AS ours USING (file_id)
WHERE ours.file_id IS NULL
OR CAST(CAST(convert_from(ours.snapshot, 'UTF8') AS json) ->> 'generation' AS bigint) < asked.generation
"""


async def rebuild_compliance(settings: Settings) -> Differences:
    """Rebuild what compliance computes, while it is at work; what the live tables had otherwise."""
    async with open_parts(settings, SERVICE) as parts:
        await _begin(parts)
        worker = ComplianceWorker(ComplianceStore(parts.beside), parts.catalogue)
        follower = Follower(parts, FILE_CLOCKS, worker)
        await follower.begin()
        async with parts.watched():
            await _fold(parts, follower)
            await _require_new(parts, follower)
            differences = await follower.compare(_FIGURES)
            await swap(parts, COMPUTED, follower, _nothing_else)
    return differences


async def _nothing_else(connection: AsyncConnection) -> None:
    """Nothing more becomes true with the swap."""


async def _begin(parts: Parts) -> None:
    """Note where the topic ends, and have every file published again behind that."""
    await require_all(parts, FILE_CLOCKS, await parts.stands())
    ends = dict(enumerate(await parts.log.ends(FILE_CLOCKS)))
    files = select(clock_files.c.partition, func.count()).group_by(clock_files.c.partition)
    schema = parts.rebuild.schema
    async with parts.live.transaction() as connection:
        file_counts = {row[0]: row[1] for row in await connection.execute(files)}
        await parts.begin(connection, ends, {one: file_counts.get(one, 0) for one in ends})
        await shadow_tables.create_indexes(connection, schema, tables())
        await generations.publish_anew(connection)
        copy = f"INSERT INTO {schema}.clock_generations SELECT * FROM clock_generations"
        await connection.execute(text(copy))


async def _fold(parts: Parts, follower: Follower) -> None:
    """Fold what the live service folds, until it has folded every file under the new generation."""
    loop = asyncio.get_running_loop()
    finish: Mapping[int, int] | None = None
    last_state: object = None
    moved_at = loop.time()
    while True:
        async with parts.live.reading() as connection:
            unfinished = await generations.regenerating(connection)
        if finish is None and not unfinished:
            finish = dict(enumerate(await parts.log.ends(FILE_CLOCKS)))
        stands = await parts.stands()
        await follower.follow(stands, runner.now())
        if finish is not None and all(stands[one] >= end for one, end in finish.items()):
            return
        if (unfinished, stands) != last_state:
            last_state, moved_at = (unfinished, stands), loop.time()
        elif loop.time() - moved_at > _patience_seconds(parts):
            _tell_still("clock" if unfinished else SERVICE)
        await asyncio.sleep(_LOOK_SECONDS)


def _patience_seconds(parts: Parts) -> float:
    """Longer than a rebalance after a clock has lost its partitions."""
    return 30.0 + 3.0 * parts.settings.session_seconds


def _tell_still(name: str) -> None:
    fail(
        f"le service {name} n’avance pas : le lancer (echeance {name}), puis recommencer ; rien n’est changé",
        f"the {name} service does not move: start it (echeance {name}), then try again; nothing is changed",
    )


async def _require_new(parts: Parts, follower: Follower) -> None:
    """End the command if compaction removed the new snapshot of a file for good."""
    lost = await _without_new(parts)
    if lost:
        await _fold(parts, follower)
        lost &= await _without_new(parts)
    if lost:
        fail(
            f"le compactage a emporté le nouvel état de {len(lost)} dossiers : recommencer ; rien n’est changé",
            f"compaction took the new snapshots of {len(lost)} files away: try again; nothing is changed",
        )


async def _without_new(parts: Parts) -> set[str]:
    """The live service's files without a snapshot of the new generation here.

    One may only have been received since, and be folded a moment later.
    """
    query = _WITHOUT_NEW.format(schema=parts.rebuild.schema)
    async with parts.live.reading() as connection:
        return set((await connection.execute(text(query))).scalars())
