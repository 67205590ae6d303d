"""Events to clocks: a file's history is a set, and what cannot be used goes to the dead letters with its bytes.

What events amount to is tested in tests/unit/domain, and through all services in tests/simulation.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from shared.domain.events import encode
from shared.log.ports import FILE_EVENTS
from tests.builders import answered, at, decided, received, requested
from tests.services.world import world

RECEIVED = received("A", "2025-04-28 10:00")


async def test_a_duplicate_changes_nothing_and_publishes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        await known.live(RECEIVED, RECEIVED, until="2025-04-29")
        await known.live(RECEIVED)
        later = msgspec.structs.replace(RECEIVED, recorded_at=at("2025-04-29"))
        await known.live(later)
        assert len(await known.published()) == 1
        assert await known.dead_letters() == []
        assert (await known.tallies("received")) == {"begun": 1}


async def test_the_position_of_a_snapshot_is_that_of_the_last_event_that_changed_the_file(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, partitions=1) as known:
        await known.live(RECEIVED, received("B", "2025-04-28"), until="2025-04-29")
        await known.live(requested("A", "2025-04-28 15:00"), RECEIVED)
        assert [one.position for one in await known.published("A")] == [0, 2]
        assert [one.position for one in await known.published("B")] == [1]


async def test_a_batch_publishes_each_file_once_whatever_it_holds(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        await known.live(
            RECEIVED,
            requested("A", "2025-04-29"),
            answered("A", "2025-05-05"),
            decided("A", "2025-05-06"),
            until="2025-05-07",
        )
        [snapshot] = await known.published()
    assert snapshot.cycles[-1].counted == 2


async def test_another_content_under_a_known_id_is_a_dead_letter_and_the_first_one_stands(
    tmp_path: Path,
) -> None:
    first = received("A", "2025-04-28 10:00", named="one")
    second = received("A", "2025-04-25 10:00", named="one")
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(first)
        await known.live(second)
        [letter] = await known.dead_letters()
        assert (await known.state("A")).received_on == date(2025, 4, 28)
    assert (letter.reason, letter.topic, letter.offset) == ("conflict", FILE_EVENTS, 1)
    assert (letter.key, letter.value) == (b"A", encode(second))
    assert "source and id" in letter.detail


async def test_what_is_outside_the_years_takes_nothing_else_of_its_batch_with_it(
    tmp_path: Path,
) -> None:
    """Whether events arrive together or apart must not change what becomes of them."""
    story = [received("A", "1999-04-28"), received("A", "2025-04-28"), decided("A", "2025-05-01")]
    told = []
    for folder in ("together", "apart"):
        async with world(tmp_path / folder, "2025-05-07") as known:
            for event in story if folder == "apart" else ():
                await known.live(event)
            if folder == "together":
                await known.live(*story)
            letters = [(one.reason, one.offset) for one in await known.dead_letters()]
            digest = await known.embedded.compliance.digest()
            last = await known.last("A")
            told.append((last.cycles, last.anomalies, digest, letters))
    assert told[0] == told[1]
    assert told[0][-1] == [("outside_coverage", 0)]


async def test_an_event_dated_ahead_takes_effect_when_its_time_comes(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01 09:00") as known:
        await known.live(RECEIVED, decided("A", "2025-05-01 09:03"))
        assert (await known.state("A")).status == "open"
        await known.live(until="2025-05-01 09:02:59")
        assert len(await known.published("A")) == 1
        await known.live(until="2025-05-01 09:03")
        assert (await known.state("A")).status == "decided"
        assert await known.tallies("decided") == {"on_time": 1}
