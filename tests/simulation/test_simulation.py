"""The whole embedded system lives a year and a bit on a virtual clock, from a seed, and is right whenever it has settled."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from sqlite3 import connect

import pytest

from shared.database.migrations import migrate
from tests.simulation import catalogues, judge
from tests.simulation.catalogues import Revision
from tests.simulation.crashes import POINTS, CrashError, Fate
from tests.simulation.publishers import received
from tests.simulation.simulation import Simulation
from tests.simulation.system import Folded, System, Zombie, beside, started

SEEDS = [
    seed if seed <= 6 else pytest.param(seed, marks=pytest.mark.whole) for seed in range(1, 11)
]
FILES = 100
MANY_FILES = 2_300
"""In one partition, and all received before the catalogue changes: more than a generation re-evaluates in one step."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--simulation-seed", default=None)
        metafunc.parametrize("seed", SEEDS if asked is None else [asked])


async def test_a_year_of_crashes_ends_as_if_computed_from_scratch(seed: int, data: Path) -> None:
    print(f"simulation seed {seed}: pytest tests/simulation --simulation-seed {seed}")
    summary = await Simulation(seed, FILES, data).live()
    print(summary)
    assert len(summary.crashes) > len(POINTS) / 2
    assert summary.zombies_fenced
    assert summary.verdicts[-1].files > FILES * 0.9


async def test_files_are_forgotten_amid_crashes_and_nothing_else_changes(data: Path) -> None:
    """A seed of its own: requests come at any moment, of open files too, and what was published late comes again."""
    simulation = Simulation(77, FILES, data, forgets=True)
    summary = await simulation.live()
    print(summary, simulation.requests)
    assert summary.zombies_fenced
    assert simulation.requests > 20
    with closing(connect(data / "echeance.sqlite")) as base:
        [(erased,)] = base.execute("SELECT count(*) FROM erasures WHERE stage = 'unlinked'")
        [(lives,)] = base.execute("SELECT count(*) FROM clock_files WHERE file_id LIKE '~%'")
    assert erased >= lives > 10


async def test_a_year_of_thousands_of_files_ends_as_if_computed_from_scratch(data: Path) -> None:
    simulation = Simulation(
        1_000, MANY_FILES, data, partitions=1, received_within_days=140, looks=()
    )
    summary = await simulation.live()
    print(summary)
    assert summary.verdicts[-1].files > MANY_FILES * 0.9


async def test_a_step_published_under_the_old_revision_does_not_outlive_it(data: Path) -> None:
    """Regenerated as it was, because the new revision has no thresholds; then the old one's warning arrives."""
    received_at = datetime(2024, 3, 4, 15, tzinfo=UTC)
    at_risk = received_at + timedelta(days=31)
    old, new = catalogues.first(), catalogues.second(date(2025, 1, 1))
    before = await _begun(data, old)
    await before.accept([_sponsorship(received_at)], received_at)
    await before.settle(received_at)
    (batch,) = await before.clock.subscription.fetch(0)
    zombie = Zombie(before.clock, await before.clock.worker.handle(batch, at_risk))
    after = beside(before, new.catalogue)
    await after.settle(at_risk)
    assert await zombie.wake(before.log, at_risk) == 1
    await after.settle(at_risk)
    await judge.compare(before.base, new, at_risk)
    await before.base.close()


async def test_a_revision_taken_back_before_it_was_committed_leaves_nothing(data: Path) -> None:
    received_at = datetime(2024, 3, 4, 15, tzinfo=UTC)
    first, back = catalogues.first(), catalogues.third()
    before = await _begun(data, first)
    await before.accept([_sponsorship(received_at, "plainte")], received_at)
    await before.settle(received_at)
    mistaken = beside(before, catalogues.second(date(2025, 1, 1)).catalogue)
    before.fate.aim("clock commit before")
    with pytest.raises(CrashError):
        await mistaken.clock.turn(received_at)
    after = beside(before, back.catalogue)
    await after.settle(received_at)
    await judge.compare(before.base, back, received_at)
    await before.base.close()


async def _begun(data: Path, revision: Revision) -> System:
    fate, folded = Fate(Random(0)), Folded()
    system = await started(data, revision.catalogue, fate, folded, partitions=1, batch_records=10)
    await migrate(system.base)
    return system


def _sponsorship(at: datetime, standard: str = "regroupement-familial") -> bytes:
    return received("e-1", "F-1", at.isoformat(), standard)
