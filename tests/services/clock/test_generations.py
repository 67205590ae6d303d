"""A newer catalogue begins a new generation: every file is counted again from its history, and what changed is published.

Under 20 business days a CAQ received on Monday 28 April 2025 is due on 27 May; under 15, on 20 May.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import update

from services.clock.store import CatalogueRefusedError
from services.clock.tables import clock_files, clock_generations
from services.clock.worker import STEP_FILES, ClockWorker
from services.compliance.attainment.report import build
from services.compliance.periods import parse_period
from shared.domain.records import SNAPSHOT_REVISION
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS
from tests.builders import CATALOGUE, decided, received, revised
from tests.services.world import World, world

SHORTER = ("business_days: 20}", "business_days: 15}")
RECEIVED = received("A", "2025-04-28 10:00")
COMPLAINT = received("B", "2025-04-28 10:00", standard="plainte")


async def do_one_step(known: World, worker: ClockWorker) -> None:
    """Publish and commit one step of the only partition, as the loop does."""
    outcome = await known.next_step(worker, FILE_EVENTS)
    for topic, records in outcome.publish.items():
        await known.embedded.log.append(topic, records)
    await worker.commit(outcome)


async def test_a_newer_revision_counts_again_and_publishes_only_what_changed(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-05-22") as known:
        await known.live(RECEIVED, COMPLAINT)
        assert await known.tallies("open") == {"at_risk": 1, "overdue": 1}
    newer = revised(2, SHORTER)
    async with world(tmp_path, "2025-05-22", catalogue=newer) as known:
        await known.live()
        first, second = await known.published("A")
        assert (first.generation, first.cycles[-1].due_on) == (1, date(2025, 5, 27))
        assert (second.generation, second.cycles[-1].due_on) == (2, date(2025, 5, 20))
        assert second.position == first.position
        assert len(await known.published("B")) == 1
        assert await known.tallies("open") == {"overdue": 2}
        assert await known.tallies("due") == {"overdue": 2}


async def test_a_change_that_is_interrupted_goes_on_where_it_stopped(tmp_path: Path) -> None:
    many = 2 * STEP_FILES + 10
    async with world(tmp_path, "2025-05-22", partitions=1) as known:
        files = [received(f"F{number:05}", "2025-04-28 10:00") for number in range(many)]
        await known.live(*files)
        assert len(await known.published()) == many
    newer = revised(2, SHORTER)
    async with world(tmp_path, "2025-05-22", catalogue=newer, partitions=1) as known:
        await do_one_step(known, ClockWorker(known.embedded.clock, newer))
        again = (await known.published())[many:]
        assert [one.file_id for one in again] == [f"F{n:05}" for n in range(STEP_FILES)]
    async with world(tmp_path, "2025-05-22", catalogue=newer, partitions=1) as known:
        await known.live()
        again = (await known.published())[many:]
        assert [one.file_id for one in again] == [f"F{n:05}" for n in range(many)]
        assert {one.generation for one in again} == {2}
        assert await known.tallies("open") == {"overdue": many}


async def test_an_event_that_arrives_during_a_change_is_counted_before_the_rest_of_it(
    tmp_path: Path,
) -> None:
    files = [received(f"F{number:05}", "2025-04-28 10:00") for number in range(STEP_FILES + 10)]
    last = files[-1].file_id
    async with world(tmp_path, "2025-05-22", partitions=1) as known:
        await known.live(*files)
    newer = revised(2, SHORTER)
    async with world(tmp_path, "2025-05-22", catalogue=newer, partitions=1) as known:
        worker = ClockWorker(known.embedded.clock, newer)
        await do_one_step(known, worker)
        await known.append(decided(last, "2025-05-22"))
        await do_one_step(known, worker)
        newest = (await known.published())[-1]
        assert (newest.file_id, newest.generation) == (last, 2)
        assert newest.cycles[-1].status == "decided"
        await known.live()
        assert [one.generation for one in await known.published(last)] == [1, 2]
        assert await known.tallies("open") == {"overdue": len(files) - 1}
        assert await known.tallies("decided") == {"late": 1}


async def test_a_change_that_died_before_its_commit_is_published_again_and_counted_once(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-05-22", partitions=1) as known:
        await known.live(RECEIVED)
    newer = revised(2, SHORTER)
    async with world(tmp_path, "2025-05-22", catalogue=newer, partitions=1) as known:
        outcome = await known.next_step(ClockWorker(known.embedded.clock, newer), FILE_EVENTS)
        await known.embedded.log.append(FILE_CLOCKS, outcome.publish[FILE_CLOCKS])
        await known.live()
        assert [one.generation for one in await known.published("A")] == [1, 2, 2]
        assert await known.tallies("open") == {"overdue": 1}


async def test_two_changes_one_after_the_other_are_two_generations(tmp_path: Path) -> None:
    generations, due_on = [0], None
    async with world(tmp_path, "2025-05-05") as known:
        await known.live(RECEIVED)
    shortest = ("business_days: 20}", "business_days: 10}")
    for newer in (revised(3, SHORTER), revised(7, shortest), revised(7, shortest)):
        async with world(tmp_path, "2025-05-05", catalogue=newer) as known:
            await known.live()
            generations = [one.generation for one in await known.published("A")]
            due_on = (await known.state("A")).due_on
    assert generations == [1, 2, 3]
    assert due_on == date(2025, 5, 12)


async def test_the_catalogue_of_before_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        async with world(tmp_path, "2025-05-22") as known:
            await known.live(RECEIVED)
            assert [one.generation for one in await known.published()] == [1]


async def say(tmp_path: Path, snapshot_revision: int) -> None:
    """Have a directory's files counted by a program whose snapshots say that much."""
    async with world(tmp_path, "2025-05-22") as known:
        await known.live(RECEIVED, COMPLAINT, decided("B", "2025-05-05"))
        async with known.embedded.clock.database.transaction() as connection:
            said = update(clock_generations).values(snapshot_revision=snapshot_revision)
            await connection.execute(said)
            await connection.execute(update(clock_files).values(digest=0))


async def test_a_program_whose_snapshots_say_more_publishes_every_file_anew(tmp_path: Path) -> None:
    await say(tmp_path, SNAPSHOT_REVISION - 1)
    async with world(tmp_path, "2025-05-22") as known:
        await known.live()
        for file_id in ("A", "B"):
            assert [one.generation for one in await known.published(file_id)] == [1, 2]
        assert (await known.published("B"))[-1].cycles[-1].gross == 5
        assert await known.tallies("decided") == {"on_time": 1}
    async with world(tmp_path, "2025-05-22") as known:
        await known.live()
        assert len(await known.published("B")) == 2


async def test_a_program_whose_snapshots_say_less_is_refused(tmp_path: Path) -> None:
    await say(tmp_path, SNAPSHOT_REVISION + 1)
    with pytest.raises(CatalogueRefusedError, match="start the newer version"):
        async with world(tmp_path, "2025-05-22"):
            pass


async def test_an_older_revision_is_refused_and_told_why(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-05", catalogue=revised(2, SHORTER)) as known:
        await known.live(RECEIVED)
    with pytest.raises(CatalogueRefusedError) as caught:
        async with world(tmp_path, "2025-05-05"):
            pass
    told = str(caught.value)
    assert "revision 4" in told and "older revision 3" in told and "newer catalogue" in told


async def test_another_text_under_the_same_revision_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-05") as known:
        await known.live(RECEIVED)
    with pytest.raises(CatalogueRefusedError, match="raise `revision`"):
        async with world(tmp_path, "2025-05-05", catalogue=revised(1, SHORTER)):
            pass


async def test_another_catalogue_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-05") as known:
        await known.live(RECEIVED)
    other = revised(9, ("catalogue: mifi-2021-10", "catalogue: somebody-else"))
    with pytest.raises(CatalogueRefusedError, match=r"'mifi-2021-10'.*'somebody-else'"):
        async with world(tmp_path, "2025-05-05", catalogue=other):
            pass


async def test_a_change_that_could_not_end_is_not_mixed_with_the_one_before(tmp_path: Path) -> None:
    """Partitions are claimed one after the other: a process that dies in between leaves them under two revisions."""
    newer = revised(2, SHORTER)
    async with world(tmp_path, "2025-05-05") as known:
        await known.live(RECEIVED, COMPLAINT)
        await ClockWorker(known.embedded.clock, newer).claim(1)
    with pytest.raises(CatalogueRefusedError, match="partition 1"):
        async with world(tmp_path, "2025-05-05"):
            pass
    async with world(tmp_path, "2025-05-21", catalogue=newer) as known:
        await known.live()
        assert await known.tallies("open") == {"overdue": 2}


async def test_a_refused_process_leaves_the_partition_to_its_owner(tmp_path: Path) -> None:
    newer = revised(2, SHORTER)
    async with world(tmp_path, "2025-05-05", catalogue=newer, partitions=1) as known:
        owner = ClockWorker(known.embedded.clock, newer)
        await owner.claim(0)
        with pytest.raises(CatalogueRefusedError):
            await ClockWorker(known.embedded.clock, CATALOGUE).claim(0)
        await known.append(RECEIVED)
        await owner.commit(await known.next_step(owner, FILE_EVENTS))


async def test_a_report_under_the_new_catalogue_shows_its_target(tmp_path: Path) -> None:
    limit = "limit: {business_days: 20}\n        target_percent: "
    newer = revised(2, (f"{limit}80", f"{limit}95"))
    async with world(tmp_path, "2025-05-05") as known:
        await known.live(RECEIVED)
    async with world(tmp_path, "2025-05-05", catalogue=newer) as known:
        await known.live()
        assert len(await known.published()) == 1
        today = date(2025, 5, 5)
        built = await build(known.embedded.compliance, newer, parse_period("month", today), today)
        [row] = [row for row in built.rows if row.standard == "caq-etudes"]
        assert row.target == Fraction(95, 100)
