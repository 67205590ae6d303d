"""Clocks to tallies: what was added is taken back, an old snapshot is dropped, and the totals stay those of the files."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import msgspec

from services.compliance.projection.tally_queries import open_now
from services.compliance.projection.tally_scope import TallyScope
from shared.domain.events import Event, encode
from shared.domain.records import ClockSnapshot
from shared.log.ports import FILE_CLOCKS, NewRecord
from tests.builders import (
    CATALOGUE,
    answered,
    at,
    decided,
    received,
    reopened,
    requested,
    voided,
    withdrawn,
)
from tests.services.world import World, world

RECEIVED = received("A", "2025-04-28")


async def snapshot_of(known: World, *story: Event) -> ClockSnapshot:
    await known.live(*story)
    return await known.last("A")


async def fold(known: World, *snapshots: ClockSnapshot | bytes) -> None:
    """Let compliance read snapshots that another clock might have published."""
    values = [one if isinstance(one, bytes) else encode(one) for one in snapshots]
    await known.embedded.log.append(FILE_CLOCKS, [NewRecord(0, b"A", value) for value in values])
    await known.live()


async def totals(known: World) -> Counter[str]:
    found: Counter[str] = Counter()
    for basis in ("received", "open", "decided", "withdrawn"):
        found[basis] = sum((await known.tallies(basis)).values())
    return found


async def test_a_correction_corrects_every_total(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-06-10") as known:
        await known.live(RECEIVED, decided("A", "2025-06-02", named="d"))
        assert await known.tallies("decided") == {"late": 1}
        assert await known.tallies("due") == {"late": 1}
        await known.live(voided("A", "2025-06-03", "d"), decided("A", "2025-05-20"))
        assert await known.tallies("decided") == {"on_time": 1}
        assert await known.tallies("due") == {"on_time": 1}
        assert await known.tallies("open") == {}


async def test_a_file_moves_to_its_right_unit_and_standard(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-06-10") as known:
        await known.live(RECEIVED)
        right = received("A", "2025-04-28", named="right", unit="laval", standard="plainte")
        await known.live(voided("A", "2025-04-29", RECEIVED.id), right)
        scope = TallyScope(sorted(CATALOGUE.standards), None, sorted(CATALOGUE.units))
        found = await open_now(known.embedded.database, scope, ["open"])
    assert {(one.standard, one.unit, one.outcome, one.files) for one in found} == {
        ("plainte", None, "overdue", 1),
        ("plainte", "laval", "overdue", 1),
    }


async def test_a_snapshot_that_is_not_newer_changes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-06-10", partitions=1) as known:
        older = await snapshot_of(known, RECEIVED)
        newer = await snapshot_of(known, decided("A", "2025-05-20"))
        before = await known.embedded.compliance.digest()
        replaced = msgspec.structs.replace
        for stale in (
            older,
            newer,
            replaced(older, generation=0, position=99),
            replaced(older, position=newer.position, crossed_at=at("2025-05-19")),
        ):
            await fold(known, stale)
            assert await known.embedded.compliance.digest() == before


async def test_the_version_is_generation_then_position_then_crossing(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-06-10", partitions=1) as known:
        older = await snapshot_of(known, RECEIVED)
        newer = await snapshot_of(known, decided("A", "2025-05-20"))
        later = msgspec.structs.replace(newer, crossed_at=at("2025-06-01"), cycles=older.cycles)
        await fold(known, later)
        assert await known.tallies("open") == {"overdue": 1}
        await fold(known, msgspec.structs.replace(newer, position=newer.position + 1))
        assert await known.tallies("open") == {}
        await fold(known, msgspec.structs.replace(older, generation=2, position=0))
        assert await known.tallies("open") == {"overdue": 1}


async def test_of_many_snapshots_in_one_batch_the_newest_counts_in_any_order(
    tmp_path: Path,
) -> None:
    async with world(tmp_path / "source", "2025-06-10", partitions=1) as known:
        told = [
            await snapshot_of(known, event)
            for event in (RECEIVED, requested("A", "2025-05-01"), decided("A", "2025-06-10"))
        ]
        expected = await known.embedded.compliance.digest()
    for number, order in enumerate(([0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 2, 0])):
        async with world(tmp_path / str(number), "2025-06-10", partitions=1) as known:
            await fold(known, *(told[index] for index in order))
            assert await known.embedded.compliance.digest() == expected


async def test_a_record_that_is_no_snapshot_is_a_dead_letter(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-06-10", partitions=1) as known:
        good = await snapshot_of(known, RECEIVED)
        await fold(known, b"not json", msgspec.structs.replace(good, position=5))
        [letter] = await known.dead_letters()
    assert (letter.reason, letter.topic, letter.offset) == ("unreadable", FILE_CLOCKS, 1)
    assert letter.value == b"not json"


async def test_every_cycle_begun_is_open_decided_or_withdrawn_at_every_moment(
    tmp_path: Path,
) -> None:
    draw = random.Random(20211001)
    found: Counter[str] = Counter()
    async with world(tmp_path, "2025-04-01") as known:
        for day in range(1, 31):
            await known.live(*_some_day(draw, day), until=f"2025-04-{day:02} 20:00")
            found = await totals(known)
            assert found["received"] == found["open"] + found["decided"] + found["withdrawn"]
            assert found["received"] > 0
        begun = sum([len((await known.last(f"F{number}")).cycles) for number in range(12)])
        digest = await known.embedded.compliance.digest()
        await known.embedded.reset_computed()
        await known.live()
        assert begun == found["received"]
        assert await known.embedded.compliance.digest() == digest


def _some_day(draw: random.Random, day: int) -> list[Event]:
    """Something happens to some of twelve files, on this day or an earlier one, in any order."""
    moment = f"2025-04-{draw.randint(1, day):02} {draw.randint(8, 18):02}:00"
    standards = ["caq-etudes", "courriel", "accompagnement", "evaluation-comparative"]
    events: list[Event] = []
    for number in range(12):
        file = f"F{number}"
        named = f"{file}-{day}"
        standard = standards[number % len(standards)]
        choices: list[Event] = [
            requested(file, moment, named=named),
            answered(file, moment, named=named),
            decided(file, moment, named=named),
            withdrawn(file, moment, named=named),
            reopened(file, moment, named=named),
            voided(file, moment, f"{file}-{draw.randint(1, day)}", named=named),
        ]
        first = received(file, f"2025-04-{day:02} 07:00", named=named, standard=standard)
        events += [first] if day == 1 else draw.sample(choices, draw.randint(0, 1))
    return draw.sample(events, len(events))
