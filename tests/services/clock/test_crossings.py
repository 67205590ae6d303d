"""Time alone: a stage begins at the instant the history says, is published once, and a stopped clock misses none.

A CAQ received on Monday 28 April 2025 is at risk from 20 May, critical from 23 May and overdue from 28 May, each at 00:00 local.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from services.clock.worker import STEP_FILES
from shared.domain.records import ClockSnapshot
from tests.builders import answered, at, received, requested, voided
from tests.services.world import world

RECEIVED = received("A", "2025-04-28 10:00")
STAGES = [
    ("on_track", at("2025-04-28 10:00")),
    ("at_risk", at("2025-05-20")),
    ("critical", at("2025-05-23")),
    ("overdue", at("2025-05-28")),
]


def stages(published: list[ClockSnapshot]) -> list[tuple[object, object]]:
    return [(one.cycles[-1].stage, one.cycles[-1].stage_since) for one in published]


async def test_each_stage_is_published_at_the_instant_it_begins_and_not_before(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-04-28 10:00") as known:
        await known.live(RECEIVED)
        for number, day in enumerate(("2025-05-19", "2025-05-22", "2025-05-27"), start=1):
            await known.live(until=f"{day} 23:59:59.999999")
            assert len(await known.published()) == number
            await known.live(until=str(at(day).date().replace(day=at(day).day + 1)))
            assert len(await known.published()) == number + 1
        assert stages(await known.published()) == STAGES


async def test_after_a_long_stop_the_stage_of_today_is_published_with_the_instant_it_began(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-04-28 10:00") as known:
        await known.live(RECEIVED)
    async with world(tmp_path, "2025-09-01") as known:
        await known.live()
        assert stages(await known.published()) == [STAGES[0], STAGES[3]]
        assert await known.tallies("due") == {"overdue": 1}


async def test_an_event_that_comes_late_moves_the_crossings(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-04-28 10:00") as known:
        await known.live(RECEIVED, until="2025-05-21")
        late = (requested("A", "2025-05-01"), answered("A", "2025-05-12", named="back"))
        await known.live(*late)
        assert stages(await known.published())[-1] == ("on_track", at("2025-05-12"))
        await known.live(until="2025-05-26")
        assert (await known.state("A")).stage == "on_track"
        await known.live(voided("A", "2025-05-26", "back"))
        assert (await known.state("A")).status == "waiting"
        await known.live(until="2025-12-01")
        assert (await known.state("A")).status == "waiting"


async def test_crossings_of_many_files_are_many_bounded_steps(tmp_path: Path) -> None:
    many = STEP_FILES + 10
    async with world(tmp_path, "2025-04-28 11:00", partitions=1) as known:
        await known.live(*(received(f"F{number}", "2025-04-28 10:00") for number in range(many)))
        await known.live(until="2025-05-20")
        crossed = (await known.published())[many:]
        assert sorted(one.file_id for one in crossed) == sorted(f"F{n}" for n in range(many))
        assert await known.tallies("open") == {"at_risk": many}


async def test_when_the_years_of_the_calendar_have_run_out_the_clock_stops(tmp_path: Path) -> None:
    async with world(tmp_path, "2051-01-02") as known:
        with pytest.raises(ValueError, match="coverage"):
            await known.live(RECEIVED)
