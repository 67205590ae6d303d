"""A read that names a receipt waits until its event is processed: bounded in time, in number and in readings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from echeance.system.embedded import event_records
from services.compliance.event_progress import EventProgress
from shared.errors import UnavailableError
from shared.http.credentials import Principal
from shared.http.problems import ProblemError
from shared.http.receipts import ReceiptWaiter
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS
from tests.builders import decided, received
from tests.services.world import World, world, world_and_site

NOW = "2025-05-06 12:00"


def reader(name: str) -> Principal:
    return Principal(name, frozenset({"read"}), frozenset(), None)


class Positions:
    """Positions in memory, and how often they were read."""

    def __init__(self) -> None:
        self.reached = {0: 0, 1: 0}
        self.readings = 0
        self.away = False

    async def read(self, wanted: Mapping[int, int]) -> Mapping[int, int]:
        self.readings += 1
        if self.away:
            raise UnavailableError("the database is away")
        return dict(self.reached)


async def refusal_of(waiter: ReceiptWaiter, name: str, after: str) -> tuple[int, str]:
    with pytest.raises(ProblemError) as caught:
        await waiter.wait(reader(name), after)
    if caught.value.status == 503:
        assert caught.value.headers["retry-after"] == "1"
    return caught.value.status, caught.value.code


async def test_those_who_wait_share_readings_and_each_goes_on_when_its_own_is_reached() -> None:
    positions = Positions()
    waiter = ReceiptWaiter(positions.read, 2)
    waits = [
        asyncio.create_task(waiter.wait(reader(str(number)), f"{number % 2}:{number // 2}"))
        for number in range(40)
    ]
    await asyncio.sleep(0.12)
    assert 1 <= positions.readings <= 4
    positions.reached = {0: 20, 1: 0}
    done, _ = await asyncio.wait(waits, timeout=0.3)
    assert len(done) == 20
    positions.reached = {0: 20, 1: 20}
    await asyncio.gather(*waits)
    seen = positions.readings
    await waiter.wait(reader("late"), "1:19")
    await waiter.wait(reader("none"), None)
    assert positions.readings == seen  # what is known to be reached is asked no more


async def test_a_wait_ends_when_its_time_is_over_and_the_place_is_free_again() -> None:
    waiter = ReceiptWaiter(Positions().read, 2, wait_seconds=0.1, most=1)
    for _ in range(2):
        assert await refusal_of(waiter, "a", "0:0") == (503, "not_processed_yet")


async def test_so_many_wait_at_the_same_time_and_so_many_of_one_token() -> None:
    positions = Positions()
    waiter = ReceiptWaiter(positions.read, 2, most=3, most_of_token=2)
    waits = [
        asyncio.create_task(waiter.wait(reader(name), "0:0")) for name in ("greedy", "greedy", "b")
    ]
    await asyncio.sleep(0)
    assert await refusal_of(waiter, "greedy", "0:0") == (503, "too_many_waiting")
    assert await refusal_of(waiter, "c", "0:0") == (503, "too_many_waiting")
    waits.pop().cancel()
    await asyncio.sleep(0)
    assert await refusal_of(waiter, "greedy", "0:0") == (503, "too_many_waiting")
    more = asyncio.create_task(waiter.wait(reader("c"), "0:0"))
    positions.reached = {0: 1}
    await asyncio.gather(*waits, more)


async def test_a_database_that_is_away_ends_the_wait_and_so_does_the_shutdown() -> None:
    positions = Positions()
    waiter = ReceiptWaiter(positions.read, 2)
    positions.away = True
    with pytest.raises(UnavailableError):
        await waiter.wait(reader("a"), "0:0")
    positions.away = False
    waiting = asyncio.create_task(refusal_of(waiter, "a", "0:0"))
    await asyncio.sleep(0)
    waiter.close()
    assert await waiting == (503, "not_processed_yet")


@pytest.mark.parametrize(
    "after", ["", "5", "2:0", "0:", ":0", "-1:0", "0:1x", "0:" + "9" * 19, "0:٣"]
)
async def test_what_is_no_receipt_is_refused(after: str) -> None:
    assert await refusal_of(ReceiptWaiter(Positions().read, 2), "a", after) == (422, "bad_receipt")


@asynccontextmanager
async def at_work(known: World) -> AsyncIterator[None]:
    """The loops of the services, as a server runs them."""
    stop = asyncio.Event()
    work = asyncio.create_task(known.embedded.work(known.now, stop))
    yield
    stop.set()
    await work


async def test_whoever_posts_and_reads_at_once_sees_the_event_in_the_file_and_in_the_figures(
    tmp_path: Path,
) -> None:
    story = [received("A", "2025-04-28 10:00")]
    async with world_and_site(tmp_path, NOW, *story) as (known, web), at_work(known):
        for name in "ABC":
            events = [received(name, "2025-04-28 10:00"), decided(name, "2025-05-05 10:00")]
            positions = await known.embedded.log.append(
                FILE_EVENTS, event_records(events, known.embedded.log.partitions)
            )
            after = f"{positions[-1].partition}:{positions[-1].offset}"
            rows = await web.json("/v1/attainment", after=after, period="2025-05")
            of_standard = [one for one in rows["rows"] if one["standard"] == "caq-etudes"]
            assert of_standard[0]["measured"] == "ABC".index(name) + 1
            assert (await web.json(f"/v1/files/{name}", after=after))["status"] == "decided"
            assert len(await web.json(f"/v1/files/{name}/events", after=after)) == 2
        assert await web.refused("/v1/open", after="7") == (422, "bad-receipt")


async def test_figures_wait_for_the_snapshots_of_an_event_and_ask_for_ends_once(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, NOW, partitions=1) as known:
        asked = 0

        async def ends(topic: str) -> Sequence[int]:
            nonlocal asked
            asked += 1
            assert topic == FILE_CLOCKS
            return await known.embedded.log.ends(topic)

        progress = EventProgress(known.embedded.database, ends)
        await known.append(received("A", "2025-04-28 10:00"))
        assert (await progress.read({0: 0}), asked) == ({}, 0)  # the clock has not counted it
        async for _ in known.embedded.count(known.now):
            pass
        assert await progress.read({0: 0}) == {}
        assert await progress.read({0: 0}) == {}
        async for _ in known.embedded.measure(known.now):
            pass
        assert await progress.read({0: 0}) == {0: 1}
        assert await progress.read({0: 0}) == {0: 1}
        assert asked == 1
