"""A clock with nothing to do sleeps, and still finds out what time makes due and that its partition is another's."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from services.clock.worker import ClockWorker
from shared.errors import FencedError
from shared.log.ports import Batch
from tests.builders import CATALOGUE, at, received
from tests.services.world import world


async def test_an_idle_clock_is_told_that_its_partition_was_taken(tmp_path: Path) -> None:
    async with world(tmp_path, partitions=1) as known:
        idle = ClockWorker(known.embedded.clock, CATALOGUE)
        batch = Batch(0, (), await idle.claim(0))
        assert await idle.handle(batch, known.now()) is None
        await ClockWorker(known.embedded.clock, CATALOGUE).claim(0)
        with pytest.raises(FencedError):
            async with asyncio.timeout(30):
                while True:
                    if idle.has_due(batch, known.now()):
                        await idle.handle(batch, known.now())
                    await asyncio.sleep(0.1)


async def test_nothing_is_due_from_one_crossing_to_the_next(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-04-28 10:00", partitions=1) as known:
        await known.live(received("A", "2025-04-28 10:00"))
        idle = ClockWorker(known.embedded.clock, CATALOGUE)
        batch = Batch(0, (), await idle.claim(0))
        assert idle.has_due(batch, known.now())  # the next crossing is not read yet
        assert await idle.handle(batch, known.now()) is None
        assert not idle.has_due(batch, at("2025-05-20") - timedelta(microseconds=1))
        crossed = at("2025-05-20")
        assert idle.has_due(batch, crossed)
        outcome = await idle.handle(batch, crossed)
        assert outcome is not None
        await idle.commit(outcome)
        assert await idle.handle(batch, crossed) is None
        assert not idle.has_due(batch, crossed)
        assert idle.has_due(batch._replace(next_offset=batch.next_offset + 1), crossed)
