"""A file belongs to the source that opened it: what others send changes nothing, is bounded, and costs little."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.clock.event_allowance import MOST_EVENTS, MOST_OTHERS
from services.clock.tables import clock_files
from shared.domain import ownership
from shared.domain.events import Event, decode_history
from shared.domain.records import ClockSnapshot
from shared.log.ports import Batch, Record
from tests.builders import SOURCE, at, decided, received, revised, withdrawn
from tests.services.world import World, site, world
from tests.unit.domain.agreement import event_of
from tests.unit.domain.strategies import histories

EVIL = "urn:evil"
OWN = received("A", "2025-04-28 10:00")
SHARED = revised(2, ("units:\n", f"shared_sources: [[{SOURCE}, {EVIL}]]\nunits:\n"))


def evil(number: int, local: str = "2025-04-29") -> Event:
    return decided("A", local, named=f"evil-{number}", source=EVIL)


async def test_a_neighbour_neither_moves_a_file_nor_reads_it(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-06 12:00") as known, site(known) as web:
        await known.live(OWN)
        before = await known.last("A")
        moved = received(
            "A", "2025-04-21", unit="laval", standard="peq", source=EVIL, recorded="2025-05-06"
        )
        await known.live(moved, evil(1))
        after = await known.last("A")
        assert (after.standard, after.unit, after.cycles) == (
            before.standard,
            before.unit,
            before.cycles,
        )
        assert (after.changed_by, after.crossed_at) == (before.changed_by, before.crossed_at)
        assert [one.reason for one in after.anomalies] == ["other_source"] * 2
        for address in ("/v1/files/A", "/v1/files/A/events", "/files/A"):
            assert (await web.get(address, token=web.units_token("laval"))).status_code == 404
            web.credentials.revoke("laval")
            assert (await web.get(address, token=web.units_token("montreal"))).status_code == 200
            web.credentials.revoke("montreal")
        told = await web.json("/v1/files/A")
        assert told["source"] == SOURCE
        assert [one["source"] for one in told["events"]] == [EVIL, SOURCE, EVIL]


async def test_a_new_catalogue_that_says_who_shares_files_counts_their_events(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-05-06 12:00") as known:
        await known.live(OWN, evil(1))
        assert (await known.state("A")).status == "open"
    async with world(tmp_path, "2025-05-06 12:00", catalogue=SHARED) as known:
        await known.live()
        assert (await known.state("A")).status == "decided"
        assert (await known.last("A")).anomalies == ()


@pytest.mark.parametrize("batch_records", [1, 300, 5_000])
async def test_what_others_send_leaves_room_for_a_file_s_own_events(
    batch_records: int, tmp_path: Path
) -> None:
    async with world(tmp_path, "2025-05-06 12:00", batch_records=batch_records) as known:
        await known.live(OWN, *(evil(number) for number in range(MOST_OTHERS + 5)))
        await known.live(decided("A", "2025-05-02 10:00"))
        last = await known.last("A")
        assert last.cycles[-1].status == "decided"
        assert Counter(one.reason for one in last.anomalies) == {"other_source": MOST_OTHERS}
        letters = await known.dead_letters()
        assert [one.reason for one in letters] == ["too_many_other_source"] * 5
        assert "echeance files give" in letters[0].detail


async def test_many_dead_letters_of_a_full_file_do_not_stop_the_service(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-06 12:00", dead_letters_per_hour=10) as known:
        await known.live(OWN, *(evil(number) for number in range(MOST_OTHERS + 50)))
        many = [withdrawn("A", "2025-04-01", named=f"x-{number}") for number in range(MOST_EVENTS)]
        await known.live(*many, received("B", "2025-05-02"))
        reasons = Counter(one.reason for one in await known.dead_letters())
        assert reasons == {"too_many_other_source": 50, "too_many_events": 1}
        assert (await known.state("B")).status == "open"


@pytest.mark.parametrize("sure", [True, False])
async def test_a_file_filled_in_one_batch_costs_a_little_for_each_event(
    sure: bool, tmp_path: Path
) -> None:
    """Twice as many events beyond the limit cost at most about twice as much, and far less than counting would."""
    first = (
        "2025-04-28 10:00" if sure else "2010-01-05 10:00"
    )  # before every stage is sure to lie in the calendar
    async with world(tmp_path, "2025-05-06 12:00") as known:
        cost = [
            await _processor_seconds(known, f"F-{n}", n, first) for n in (10_000, 20_000, 40_000)
        ]
    assert cost[2] < 3 * cost[1] < 9 * cost[0]
    assert (cost[2] - cost[1]) / 20_000 < 100e-6


async def _processor_seconds(known: World, file_id: str, events: int, first: str) -> float:
    worker = known.embedded.clock_worker
    story = [received(file_id, first)]
    story += [withdrawn(file_id, "2010-01-04", named=f"x-{n}") for n in range(events)]
    records = [Record(n, b"", msgspec.json.encode(one)) for n, one in enumerate(story)]
    await worker.claim(0)
    began = time.process_time()
    outcome = await worker.handle(Batch(0, records, len(records)), known.now())
    spent = time.process_time() - began
    assert outcome is not None
    assert len(outcome.rejected) == events + 1 - MOST_EVENTS
    return spent


async def test_other_tasks_have_their_turn_while_a_file_is_filled(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-06 12:00") as known:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(others())
        await _processor_seconds(known, "F", 10_000, "2025-04-28 10:00")
        beside.cancel()
    assert turns > 2


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Event], Any]:
    """What three sources sent of one file, in the order in which it was recorded."""
    told, now = draw(histories("caq-etudes"))
    events = [event_of(one) for one in draw(st.permutations(told))]
    begun = at("2015-01-01 00:00").astimezone(UTC)
    return [
        msgspec.structs.replace(one, recorded_at=begun + timedelta(minutes=number))
        for number, one in enumerate(events)
    ], now


@given(lives(), st.integers(1, 4), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_worker_says_of_a_file_what_it_would_without_the_others(
    life: tuple[list[Event], Any], together: int, shared: bool
) -> None:
    events, now = life
    sharing = {"one": frozenset(("one", "two")), "two": frozenset(("one", "two"))} if shared else {}
    owners = ownership.owner(events, sharing).sources
    assume(owners)
    changes = (
        ("units:\n", "shared_sources: [[one, two]]\nunits:\n")
        if shared
        else ("units:\n", "units:\n")
    )
    catalogue = revised(2, changes)
    own = [one for one in events if one.source in owners]
    with_others, alone = (
        asyncio.run(_lived(told, now, together, catalogue)) for told in (events, own)
    )
    assert with_others == alone


async def _lived(events: Sequence[Event], now: Any, together: int, catalogue: Any) -> Any:
    """What a file's row and snapshot say, once its events have come some at a time."""
    with TemporaryDirectory() as folder:
        async with world(Path(folder), now.isoformat(), catalogue=catalogue) as known:
            for index in range(0, len(events), together):
                await known.live(*events[index : index + together])
            async with known.embedded.database.reading() as connection:
                (row,) = (await connection.execute(clock_files.select())).mappings().all()
            assert len(decode_history(row["history"])) == len(events)
            own = dict(row)
            for name in ("history", "digest", "position"):
                del own[name]
            snapshot: ClockSnapshot = await known.last("F-1")
            letters = await known.dead_letters()
            anomalies = [one for one in snapshot.anomalies if one.reason != "other_source"]
            said = msgspec.structs.replace(snapshot, position=0, anomalies=())
            return own, said, anomalies, letters
