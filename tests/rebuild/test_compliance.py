"""``echeance rebuild compliance`` on real servers, beside services at work."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import cast

import pytest
from click import ClickException

from echeance.rebuild.compliance import rebuild_compliance
from echeance.rebuild.follower import Differences
from services.clock import generations
from services.clock.evaluator import Evaluator
from services.clock.histories import of_stored
from services.clock.tables import clock_files
from services.compliance.projection.snapshot_tallies import Basis, tally_keys
from services.compliance.projection.store import ComplianceStore
from services.compliance.projection.tables import compliance_files
from shared.database import rebuilds
from shared.domain.records import decode_snapshot
from shared.log.ports import FILE_CLOCKS
from shared.process import runner
from tests.builders import CATALOGUE, ZONE, decided, received
from tests.faults.distributed.compaction import compact
from tests.rebuild.live import Live
from tests.waiting import until

FILES = 300
GARBAGE = [("F-00001", b"not a snapshot"), ("F-00002", b"")]


async def told_right(live: Live) -> None:
    """The tallies are those of the files' histories, counted here."""
    evaluator = Evaluator(CATALOGUE)
    expected: Counter[str] = Counter()
    for row in (await live.rows(clock_files)).values():
        evaluated = evaluator.evaluate(
            row.file_id,
            of_stored(row.history),
            partition=row.partition,
            generation=row.generation,
            position=row.position,
            now=runner.now(),
        )
        for _, basis, _, _, outcome in tally_keys(decode_snapshot(evaluated.snapshot), ZONE):
            expected[f"{basis} {outcome}"] += 1
    store = ComplianceStore(live.database)
    bases = cast(tuple[Basis, ...], tuple({key.split()[0] for key in expected}))
    found = {
        f"{basis} {outcome}": files
        for basis in bases
        for outcome, files in (await store.outcomes(basis)).items()
    }
    assert found == expected


async def first_snapshots(live: Live) -> list[tuple[str, bytes]]:
    """The first snapshot that was published of each file, which a clock that lost its partition may publish late."""
    found: dict[str, bytes] = {}
    for partition in range(live.log.partitions):
        async for records in live.log.replay(FILE_CLOCKS, partition):
            for record in records:
                found.setdefault(record.key.decode(), record.value)
    return list(found.items())


async def test_old_snapshots_and_garbage_written_last_change_nothing(live: Live) -> None:
    await live.publish(*(received(f"Z-{number}", "2026-03-02 10:00") for number in range(30)))
    async with live.services():
        await live.settled()
        old = await first_snapshots(live)
        await live.lived(FILES)
        await live.publish(*(decided(f"Z-{number}", "2026-03-30 10:00") for number in range(30)))
        await live.settled()

        async def write(_: int) -> None:
            await live.append([*old, *GARBAGE], topic=FILE_CLOCKS)

        async with live.repeating(write, every_seconds=0.5):
            differences = await rebuild_compliance(live.settings)
        assert differences.total == 0, differences
        await live.settled()
        await told_right(live)
        folded = await live.rows(compliance_files)
        assert folded.keys() == (await live.rows(clock_files)).keys()
        assert {decode_snapshot(row.snapshot).generation for row in folded.values()} == {3}


async def test_what_the_live_tallies_had_wrong_is_told_and_mended(live: Live) -> None:
    await live.publish(*(received(f"F-{number}", "2026-03-02 10:00") for number in range(20)))
    async with live.services():
        await live.settled()
        await live.run("UPDATE tallies SET files = files + 7 WHERE basis = 'received'")
        differences = await rebuild_compliance(live.settings)
        assert differences.total > 0
        assert all(one.startswith("tallies received") for one in differences.examples)
        await live.publish(*(decided(f"F-{number}", "2026-03-30 10:00") for number in range(20)))
        await live.settled()
        await told_right(live)
        assert (await rebuild_compliance(live.settings)).total == 0


async def test_a_state_of_which_compaction_left_a_later_copy_is_waited_for(live: Live) -> None:
    """The live service has read what is gone since, and not yet what is left of it further on."""
    await live.publish(*(received(f"F-{number}", "2026-03-02 10:00") for number in range(20)))
    async with live.clock():
        async with live.compliance():
            await live.settled()
        rebuild = await begun_anew(live)
        before = await live.ends(FILE_CLOCKS)
        await compact(live.settings)  # writes the last record of each partition once more
        await compact(live.settings)  # and takes away what was written before
        await live.folded_to(before)
        await two_looks(live, rebuild)
        assert not rebuild.done()
        async with live.compliance():
            differences = await rebuild
    assert differences.total == 0, differences
    await told_right(live)


async def test_a_state_that_compaction_took_away_ends_a_rebuild_and_changes_nothing(
    live: Live,
) -> None:
    """An old snapshot was written after the new one, and is all that is left."""
    await live.publish(*(received(f"F-{number}", "2026-03-02 10:00") for number in range(20)))
    async with live.clock():
        async with live.compliance():
            await live.settled()
        old = await first_snapshots(live)
        rebuild = await begun_anew(live)
        await live.append(old[:2], topic=FILE_CLOCKS)
        await compact(live.settings)
        async with live.compliance():
            with pytest.raises(ClickException, match="le nouvel état de 2 dossiers"):
                await rebuild
    await told_right(live)


async def begun_anew(live: Live) -> asyncio.Task[Differences]:
    """A rebuild that waits for the live service, every file having been published anew."""
    rebuild = asyncio.create_task(rebuild_compliance(live.settings))

    async def published() -> bool:
        async with live.database.reading() as connection:
            unfinished = await generations.regenerating(connection)
            begun = await rebuilds.rebuild_progress(connection)
        return "compliance" in begun and not unfinished

    await until(published, "every file published anew")
    await two_looks(live, rebuild)
    return rebuild


async def two_looks(live: Live, rebuild: asyncio.Task[Differences]) -> None:
    """Return once a rebuild has read the live positions twice more, or ended.

    By the second time it has done whatever it does after the first.
    """
    looks: set[object] = set()

    async def seen() -> bool:
        looks.add(await live.scalar(LAST_LOOK))
        return rebuild.done() or len(looks) > 2

    await until(seen, "two looks of the rebuild")


LAST_LOOK = """
SELECT max(query_start) FROM pg_stat_activity
WHERE datname = current_database()
AND query LIKE 'SELECT positions.partition, positions.next_offset%'
"""


async def test_what_the_rebuild_changed_is_known_on_its_day(live: Live) -> None:
    await live.publish(
        received("A", "2026-03-02 10:00"), decided("A", "2026-03-25 10:00", "accepted")
    )
    async with live.services():
        await live.settled()
        await live.run("UPDATE tallies SET files = 7 WHERE basis = 'decided' AND files = 1")
        await live.run("UPDATE measured_cycles SET outcome = 'late'")
        before = await live.scalar("SELECT count(*) FROM known_cycles")
        assert (await rebuild_compliance(live.settings)).total > 0
        today = live.catalogue.local_day(runner.now()).toordinal()
        known = await live.scalar(
            "SELECT sum(files) FROM known_tallies WHERE basis = 'decided' "
            f"AND known_on = {today} AND outcome = 'on_time'"
        )
        assert known == -6
        row = "SELECT outcome FROM known_cycles ORDER BY position LIMIT 1"
        assert await live.scalar("SELECT count(*) FROM known_cycles") == before + 1
        assert await live.scalar(row) == "late"
