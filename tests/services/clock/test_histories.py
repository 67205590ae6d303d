"""Events to clocks: a file's history is a set, and what cannot be used goes to the dead letters with its bytes.

The file of these tests is a CAQ (20 business days) received on Monday 28 April 2025: day 15 is 20 May, day 18 is 23 May, day 20
is 27 May; 19 May is Journée nationale des patriotes.
"""

from __future__ import annotations

import json
from datetime import date
from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from shared.domain.events import Event, encode
from shared.domain.records import Anomaly
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS
from tests.builders import (
    SOURCE,
    answered,
    at,
    decided,
    received,
    reopened,
    requested,
    voided,
    withdrawn,
)
from tests.services.world import World, says, world

RECEIVED = received("A", "2025-04-28 10:00")


async def digest_of(known: World) -> str:
    return await known.embedded.compliance.digest()


async def test_a_received_file_is_published_with_its_deadline(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        await known.live(RECEIVED, until="2025-04-28 10:01")
        [snapshot] = await known.published("A")
    assert (snapshot.standard, snapshot.unit, snapshot.generation) == ("caq-etudes", "montreal", 1)
    [cycle] = snapshot.cycles
    assert (cycle.status, cycle.stage, cycle.measured) == ("open", "on_track", True)
    assert (cycle.due_on, cycle.breaches_at) == (date(2025, 5, 27), at("2025-05-28"))


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


def story(file_id: str) -> list[Event]:
    return [
        received(file_id, "2025-04-28 10:00", named="1"),
        requested(file_id, "2025-04-29", "r1", named="2"),
        answered(file_id, "2025-05-05", "r1", named="3"),
        decided(file_id, "2025-05-06", named="4"),
    ]


@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
async def test_the_order_of_arrival_does_not_matter(tmp_path: Path, together: bool) -> None:
    orders = list(permutations(range(4)))
    arrivals = [[story(f"F{n}")[event] for event in order] for n, order in enumerate(orders)]
    async with world(tmp_path, "2025-05-07") as known:
        for each in zip(*arrivals, strict=True):
            await known.append(*each)
            if not together:
                await known.live()
        await known.live()
        told = {str(says(await known.last(f"F{n}"))[1:]) for n in range(len(orders))}
        assert len(told) == 1 and "counted=2" in told.pop()
        assert await known.tallies("decided") == {"on_time": len(orders)}


async def test_events_before_the_reception_is_known_wait_for_it(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-07") as known:
        early = decided("A", "2025-05-06")
        await known.live(early)
        first = await known.last("A")
        await known.live(RECEIVED)
        second = await known.last("A")
    assert (first.standard, first.cycles) == (None, ())
    assert first.anomalies == (
        Anomaly(source=SOURCE, event_id=early.id, reason="before_reception"),
    )
    assert second.cycles[-1].status == "decided" and second.anomalies == ()


async def test_a_voided_decision_never_was(tmp_path: Path) -> None:
    decision = decided("A", "2025-05-02", named="d1")
    async with world(tmp_path, "2025-05-07") as known:
        await known.live(RECEIVED)
        before = says(await known.last("A"))
        await known.live(decision)
        assert await known.tallies("decided") == {"on_time": 1}
        await known.live(voided("A", "2025-05-03", "d1"))
        assert says(await known.last("A")) == before
        assert await known.tallies("decided") == {}
        assert await known.tallies("open") == {"on_track": 1}


async def test_a_reopened_file_begins_a_cycle_of_its_own(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-06-01") as known:
        await known.live(RECEIVED, decided("A", "2025-05-02"), reopened("A", "2025-05-05 09:00"))
        snapshot = await known.last("A")
        assert await known.tallies("received") == {"begun": 2}
    assert [cycle.status for cycle in snapshot.cycles] == ["decided", "open"]
    assert snapshot.cycles[1].received_on == date(2025, 5, 5)


async def test_a_withdrawn_file_leaves_the_measure(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-06-30") as known:
        await known.live(RECEIVED, withdrawn("A", "2025-06-20"))
        assert await known.tallies("withdrawn") == {"left_out": 1}
        assert await known.tallies("decided") == {}


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


async def test_the_first_of_two_conflicting_events_stands_within_one_batch_too(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(
            RECEIVED,
            requested("A", "2025-04-29", named="one"),
            decided("A", "2025-04-30", named="one"),
        )
        assert [letter.reason for letter in await known.dead_letters()] == ["conflict"]
        assert (await known.state("A")).status == "waiting"


async def test_two_sources_may_use_the_same_id(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(received("A", "2025-04-28 10:00", named="one"))
        await known.live(
            decided("A", "2025-04-30", named="one", source="https://other.example.org")
        )
        assert await known.dead_letters() == []
        [anomaly] = (await known.last("A")).anomalies
        assert (anomaly.source, anomaly.reason) == ("https://other.example.org", "other_source")
        assert (await known.state("A")).status == "open"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"{}",
        b'{"type":"org.echeance.file.received.v2"}',
        encode(RECEIVED).replace(b'"unit"', b'"units"'),
        encode(RECEIVED).replace(b'"data"', b'"more":1,"data"'),
    ],
)
async def test_a_record_that_is_no_event_is_a_dead_letter_with_its_bytes(
    tmp_path: Path, raw: bytes
) -> None:
    async with world(tmp_path, "2025-05-01", partitions=1) as known:
        await known.append_raw(("A", encode(RECEIVED)), ("A", raw), ("A", b"}"))
        await known.live(decided("A", "2025-04-30"))
        first, _ = await known.dead_letters()
        assert (await known.state("A")).status == "decided"
    assert (first.reason, first.partition, first.offset) == ("unreadable", 0, 1)
    assert (first.key, first.value) == (b"A", raw)
    assert first.detail


async def test_an_event_outside_the_years_of_the_calendar_is_a_dead_letter(tmp_path: Path) -> None:
    ancient = received("A", "1999-04-28")
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(ancient, received("B", "2025-04-28"))
        [letter] = await known.dead_letters()
        assert await known.published("A") == []
        assert len(await known.published("B")) == 1
    assert (letter.reason, letter.value) == ("outside_coverage", encode(ancient))
    assert "1999-04-28" in letter.detail


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
            told.append((says(await known.last("A")), letters, await digest_of(known)))
    assert told[0] == told[1]
    assert told[0][1] == [("outside_coverage", 0)]


async def test_an_event_of_an_unknown_standard_is_a_dead_letter(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(received("A", "2025-04-28", standard="nothing-like-it"))
        [letter] = await known.dead_letters()
    assert letter.reason == "unknown_standard"
    assert "nothing-like-it" in letter.detail and "mifi-2021-10" in letter.detail


async def test_a_file_of_more_events_than_a_snapshot_could_tell_of_takes_no_more(
    tmp_path: Path,
) -> None:
    many = [withdrawn("A", "2025-04-29", named=f"A-{number}") for number in range(1_002)]
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(RECEIVED, *many[:-1])
        await known.live(many[-1], received("B", "2025-04-28"))
        letters = await known.dead_letters()
        assert len((await known.last("A")).anomalies) == 998
        assert len(await known.published("B")) == 1
    assert [letter.reason for letter in letters] == ["too_many_events"] * 3


async def test_an_event_dated_ahead_takes_effect_when_its_time_comes(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01 09:00") as known:
        await known.live(RECEIVED, decided("A", "2025-05-01 09:03"))
        assert (await known.state("A")).status == "open"
        await known.live(until="2025-05-01 09:02:59")
        assert len(await known.published("A")) == 1
        await known.live(until="2025-05-01 09:03")
        assert (await known.state("A")).status == "decided"
        assert await known.tallies("decided") == {"on_time": 1}


async def test_a_reception_dated_ahead_is_published_when_its_time_comes(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01 09:00") as known:
        await known.live(received("A", "2025-05-01 09:04"))
        assert (await known.last("A")).standard is None
        assert await known.tallies("received") == {}
        await known.live(until="2025-05-01 09:04")
        assert (await known.last("A")).standard == "caq-etudes"
        assert await known.tallies("received") == {"begun": 1}


async def test_a_stored_history_is_json_that_any_tool_reads(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(RECEIVED, requested("A", "2025-04-29", "r1"))
        found = await known.embedded.clock.files(["A", "nobody"])
    assert list(found) == ["A"]
    assert [event["type"] for event in json.loads(found["A"].history)] == [
        "org.echeance.file.received.v1",
        "org.echeance.file.documents_requested.v1",
    ]


async def test_a_snapshot_names_the_event_recorded_last_whatever_happened_last(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-06-10") as known:
        await known.live(
            received("A", "2025-04-28", recorded="2025-06-02"),
            decided("A", "2025-05-20", named="late-word", recorded="2025-06-09"),
            requested("A", "2025-05-22", recorded="2025-06-03"),
        )
        changed_by = (await known.last("A")).changed_by
    assert changed_by is not None
    assert (changed_by.source, changed_by.id, changed_by.type) == (SOURCE, "late-word", "decided")
    assert changed_by.recorded_at == at("2025-06-09")


async def test_a_file_published_before_snapshots_named_their_event_is_not_published_anew(
    tmp_path: Path,
) -> None:
    """Who changed it is no part of what is compared when a generation begins."""
    async with world(tmp_path, "2025-05-01") as known:
        await known.live(RECEIVED)
        snapshot = (await known.records(FILE_CLOCKS))[-1].value
    assert b'"changed_by":{' in snapshot[: snapshot.index(b'"standard":')]
