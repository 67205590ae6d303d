"""A clock with nothing to do still finds out that its partition is another's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.clock.worker import ClockWorker
from shared.errors import FencedError
from shared.log.ports import Batch
from tests.builders import CATALOGUE
from tests.services.world import world


async def test_an_idle_clock_is_told_that_its_partition_was_taken(tmp_path: Path) -> None:
    async with world(tmp_path, partitions=1) as known:
        idle = ClockWorker(known.embedded.clock, CATALOGUE)
        await idle.claim(0)
        assert await idle.handle(Batch(0, (), 0), known.now()) is None
        await ClockWorker(known.embedded.clock, CATALOGUE).claim(0)
        with pytest.raises(FencedError):
            async with asyncio.timeout(30):
                while await idle.handle(Batch(0, (), 0), known.now()) is None:  # noqa: ASYNC110 — nobody calls back
                    await asyncio.sleep(0.1)
