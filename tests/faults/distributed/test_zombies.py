"""A clock that stands still, loses its partitions and wakes; and what a compaction of ``file-clocks`` then leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest
from sqlalchemy import select

from services.clock import generations
from services.compliance.projection.tables import compliance_files
from shared.domain.records import decode_snapshot
from shared.log.ports import FILE_CLOCKS
from tests.faults.distributed import verifier
from tests.faults.distributed.compaction import compact
from tests.faults.distributed.processes import until
from tests.faults.distributed.system import ALL, System
from tests.faults.distributed.test_kills import FAILING

Version = tuple[int, int, datetime]


@pytest.mark.whole
async def test_a_clock_that_stood_still_beyond_its_session_changes_nothing_when_it_wakes(
    system: System,
) -> None:
    async with system.traffic.flowing():
        await woken_late(system)
    await system.verify()


@pytest.mark.whole
async def test_what_a_zombie_publishes_late_and_a_compaction_keeps_does_not_mislead_a_rebuild(
    system: System,
) -> None:
    """Of some files the topic then has nothing but a snapshot that is older than what was folded."""
    async with system.traffic.flowing():
        await woken_late(system)
    await system.idle()
    await compact(system.settings)
    assert await overtaken(system) > 0, "compaction left nothing that could mislead"
    await system.rebuild()
    await system.verify()


@pytest.mark.whole
async def test_a_compaction_in_the_middle_of_a_rebuild(system: System) -> None:
    """Compliance stands still so that the rebuild cannot end; every file has been published again by then, and is compacted."""
    await system.start(*ALL)
    await system.traffic.send(200)
    await system.idle()
    async with system.rebuilding():
        system["compliance"].child.freeze()
        await until(lambda: published_anew(system), "every file published again")
        await compact(system.settings)
        assert system["rebuild"].child.status is None, "the rebuild ended before the compaction"
        system["compliance"].child.thaw()
    await system.verify()


async def woken_late(system: System) -> None:
    """A clock stops with snapshots computed, neither published nor committed; another counts on; then it publishes them, late."""
    await system.start("ingest", "clock-2", "compliance")
    stops = [FAILING, "clock", f"{FILE_CLOCKS} append before", "3", "SIGSTOP"]
    patient = {"ECHEANCE_APPEND_SECONDS": "120"}  # else it finds that it is too late to publish
    zombie = system.processes.spawn("clock-1", stops, patient)
    await until(lambda: zombie.stopped, "a clock that stands still")
    await system.recover()  # the other takes its partitions over
    await system.traffic.acknowledged(150)  # more of the files that it has in hand
    _, stale = await published_versions(system)
    said = zombie.said("reads echeance.file-events")
    zombie.child.thaw()
    await until(lambda: zombie.said("reads echeance.file-events") > said, "a clock that is back")
    await system.works()
    assert (await published_versions(system))[1] > stale, "nothing was published late"


async def published_anew(system: System) -> bool:
    async with system.database.reading() as connection:
        return not await generations.regenerating(connection)


async def overtaken(system: System) -> int:
    """How many files the topic has no snapshot of that is as new as the one folded."""
    newest, _ = await published_versions(system)
    folded = select(compliance_files.c.file_id, compliance_files.c.snapshot)
    async with system.database.reading() as connection:
        rows = (await connection.execute(folded)).all()
    return sum(newest[row.file_id] < decode_snapshot(row.snapshot).version for row in rows)


async def published_versions(system: System) -> tuple[Mapping[str, Version], int]:
    """The newest of each file, and how many snapshots are not newer than one before them."""
    newest: dict[str, Version] = {}
    stale = 0
    for _, _, value in (await verifier.logs(system.settings))[FILE_CLOCKS]:
        snapshot = decode_snapshot(value)
        version = newest.get(snapshot.file_id)
        if version is not None and snapshot.version <= version:
            stale += 1
        else:
            newest[snapshot.file_id] = snapshot.version
    return newest, stale
