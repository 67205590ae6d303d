"""The embedded system on its directory: held by one process, readable by others, left behind and taken up again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from echeance.system.embedded import InUseError, open_embedded, read_only
from services.clock.store import SERVICE as CLOCK
from services.clock.store import ClockStore
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.projection.store import ComplianceStore
from shared.errors import SettingError
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS, NewRecord
from shared.log.step_lock import StepLock
from tests.builders import CATALOGUE, decided, received
from tests.paths import ROOT
from tests.services.world import settings_of, world

RECEIVED = received("A", "2025-04-28 10:00")
HOLD = """
import fcntl, sys
lock = open(sys.argv[1] + "/lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_directory_is_held_by_one_at_a_time_and_let_go_at_the_end(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    async with open_embedded(settings, CATALOGUE):
        with pytest.raises(InUseError, match=str(tmp_path)):
            async with open_embedded(settings, CATALOGUE):
                pass
    async with open_embedded(settings, CATALOGUE):
        pass


async def test_a_directory_held_by_another_process_is_free_once_that_is_killed(
    tmp_path: Path,
) -> None:
    holder = subprocess.Popen(  # noqa: ASYNC220 — a process of its own is the point
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(InUseError):
            async with open_embedded(settings_of(tmp_path), CATALOGUE):
                pass
        holder.kill()
        holder.wait()
        async with open_embedded(settings_of(tmp_path), CATALOGUE):
            pass


async def test_what_was_counted_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(RECEIVED)
        await known.append(decided("A", "2025-04-30"))
    async with world(tmp_path, "2025-05-01") as known:
        assert await known.tallies("open") == {"on_track": 1}
        await known.live()
        assert await known.tallies("decided") == {"on_time": 1}
        assert len(await known.published("A")) == 2


async def test_a_directory_has_all_its_partitions_from_its_first_moment(tmp_path: Path) -> None:
    """A process killed while it claims them one by one leaves the number as it was made."""
    async with open_embedded(settings_of(tmp_path, partitions=3), CATALOGUE) as made:
        await made.clock_worker.claim(0)
    for partitions in (1, 4):
        with pytest.raises(SettingError, match="ECHEANCE_PARTITIONS=3"):
            async with world(tmp_path, partitions=partitions):
                pass
    async with world(tmp_path, partitions=3):
        pass


class Counted(StepLock):
    """Counts the steps."""

    steps = 0

    @asynccontextmanager
    @override
    async def shared(self) -> AsyncIterator[None]:
        self.steps += 1
        async with super().shared():
            yield


async def test_the_steps_of_all_loops_share_one_lock(tmp_path: Path) -> None:
    """So that one of any partition can run alone in the process."""
    async with world(tmp_path, "2025-05-01") as known:
        await known.append(RECEIVED)
        await known.embedded.log.append(FILE_EVENTS, [NewRecord(0, b"key", b"no event")])
        lock = Counted()
        embedded = replace(known.embedded, step_lock=lock)
        for run in (embedded.count, embedded.measure, embedded.index_letters):
            steps = lock.steps
            assert sum([records async for records in run(known.now)])
            assert lock.steps > steps


async def test_questions_are_answered_beside_the_process_at_work(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(RECEIVED)
        async with read_only(tmp_path) as base:
            assert await ComplianceStore(base).outcomes("open") == {"on_track": 1}
            assert list(await ClockStore(base).files(["A"])) == ["A"]
            await known.live(decided("A", "2025-04-30"))
            assert await ComplianceStore(base).outcomes("decided") == {"on_time": 1}


async def test_a_directory_without_a_database_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        async with read_only(tmp_path):
            pass
    assert caught.value.filename == str(tmp_path / "echeance.sqlite")


async def test_lag_is_what_each_service_has_still_to_read(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        embedded = known.embedded
        await known.append(RECEIVED, received("B", "2025-04-28"), decided("B", "2025-04-30"))
        assert await embedded.lag(FILE_EVENTS, CLOCK) == 3
        turns = [records async for records in embedded.count(known.now)]
        assert sum(turns) == 3
        assert await embedded.lag(FILE_EVENTS, CLOCK) == 0
        assert await embedded.lag(FILE_CLOCKS, COMPLIANCE) == 2
        await known.live()
        assert await embedded.lag(FILE_CLOCKS, COMPLIANCE) == 0


async def test_forgetting_keeps_the_log_and_everything_is_counted_again(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        embedded = known.embedded
        await known.live(RECEIVED, decided("A", "2025-04-30"), received("B", "2025-04-29"))
        before = await embedded.compliance.digest()
        await embedded.reset_computed()
        assert await embedded.compliance.files() == 0
        assert await embedded.clock.files(["A", "B"]) == {}
        assert await embedded.lag(FILE_EVENTS, CLOCK) == 3
        assert await embedded.lag(FILE_CLOCKS, COMPLIANCE) == 0
        await known.live()
        assert await embedded.compliance.digest() == before
        assert {one.generation for one in await known.published()} == {1, 2}


async def test_a_rebuild_that_died_after_forgetting_is_finished_by_the_next_start(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(RECEIVED, decided("A", "2025-04-30"))
        before = await known.embedded.compliance.digest()
        await known.embedded.reset_computed()
        async with aclosing(known.embedded.count(known.now)) as turns:
            await anext(turns)
    async with world(tmp_path, "2025-05-01") as known:
        await known.live()
        assert await known.embedded.compliance.digest() == before


async def test_tidying_forgets_folded_snapshots_and_changes_no_figure(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01", partitions=1) as known:
        embedded = known.embedded
        for number in range(3):
            await known.live(received(f"F{number}", "2025-04-28 10:00"))
        before = await embedded.compliance.digest()
        await known.append(received("LATE", "2025-04-28 10:00"))
        async for _ in embedded.count(known.now):
            pass
        assert [one.file_id for one in await known.published()] == ["F0", "F1", "F2", "LATE"]
        await embedded.trim_snapshots()
        assert [one.file_id for one in await known.published()] == ["LATE"]
        assert await embedded.compliance.digest() == before
        await known.live(decided("F0", "2025-04-30"))
        assert await known.tallies("decided") == {"on_time": 1}
        assert await known.tallies("open") == {"on_track": 3}
        await embedded.trim_snapshots()
        assert [one.file_id for one in await known.published()] == ["F0"]
    async with world(tmp_path, "2025-05-01", partitions=1) as known:
        await known.live(decided("F1", "2025-04-30"))
        assert await known.tallies("decided") == {"on_time": 2}
