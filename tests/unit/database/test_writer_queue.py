"""The queue of SQLite's one writer: one at a time, short before long, neither starves, whoever is cancelled."""

from __future__ import annotations

import asyncio
import random

import pytest

from shared.database.writer_queue import WriterQueue

SHORT, LONG = "short", "long"


class Writers:
    """Tasks that want to write, and the order in which they did."""

    def __init__(self) -> None:
        self.queue = WriterQueue()
        self.order: list[str] = []
        self.inside = 0
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self, name: str, kind: str, ends: asyncio.Event | None = None) -> None:
        self.tasks.append(asyncio.create_task(self._write(name, kind, ends)))
        await asyncio.sleep(0)

    async def _write(self, name: str, kind: str, ends: asyncio.Event | None) -> None:
        async with self.queue.turn(short=kind == SHORT):
            assert self.inside == 0, "two write at once"
            self.inside += 1
            try:
                self.order.append(name)
                await (asyncio.sleep(0) if ends is None else ends.wait())
            finally:
                self.inside -= 1

    async def end(self) -> None:
        async with asyncio.timeout(5):
            await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_a_short_write_waits_for_one_long_one() -> None:
    writers, ends = Writers(), asyncio.Event()
    await writers.begin("L1", LONG, ends)
    for name in ("L2", "L3"):
        await writers.begin(name, LONG)
    for name in ("s1", "s2"):
        await writers.begin(name, SHORT)
    ends.set()
    await writers.end()
    assert writers.order == ["L1", "s1", "s2", "L2", "L3"]


async def test_a_stream_of_short_writes_lets_the_long_ones_go() -> None:
    writers, ends = Writers(), asyncio.Event()
    await writers.begin("L1", LONG, ends)
    await writers.begin("L2", LONG)
    await writers.begin("s1", SHORT)
    ends.set()
    for number in range(2, 50):
        await writers.begin(f"s{number}", SHORT)
    await writers.end()
    assert writers.order.index("L2") <= 3, writers.order
    assert len(writers.order) == 51


async def test_without_long_ones_the_first_comes_first() -> None:
    writers, ends = Writers(), asyncio.Event()
    await writers.begin("s0", SHORT, ends)
    for number in range(1, 20):
        await writers.begin(f"s{number}", SHORT)
    ends.set()
    await writers.end()
    assert writers.order == [f"s{number}" for number in range(20)]


@pytest.mark.parametrize("seed", range(30))
async def test_whoever_is_cancelled_the_turn_goes_on(seed: int) -> None:
    """Writers come, and some are cancelled: waiting, writing, or as their turn comes."""
    chosen, writers = random.Random(seed), Writers()
    for number in range(60):
        await writers.begin(str(number), chosen.choice([SHORT, LONG]))
        waiting = [task for task in writers.tasks if not task.done()]
        if waiting and chosen.random() < 0.5:
            chosen.choice(waiting).cancel()
        for _ in range(chosen.randrange(3)):
            await asyncio.sleep(0)
    await writers.end()
    await writers.begin("last", SHORT)
    await writers.end()
    cancelled = {str(number) for number, task in enumerate(writers.tasks) if task.cancelled()}
    assert cancelled
    assert writers.order[-1] == "last"
    assert {str(number) for number in range(60)} - cancelled <= set(writers.order)


async def test_who_is_cancelled_as_the_turn_comes_passes_it_on() -> None:
    writers = Writers()
    async with writers.queue.turn(short=False):
        for name in ("s1", "s2"):
            await writers.begin(name, SHORT)
    writers.tasks[0].cancel()  # the turn is its own, and it has not run yet
    await writers.end()
    assert writers.order == ["s2"]
