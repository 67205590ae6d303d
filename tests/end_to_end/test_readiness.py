"""What Ready means on a real Kafka: the group has said which partitions a process has, and they are claimed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.database.engine import Database
from shared.errors import UnavailableError
from shared.log import watchdog
from shared.log.loop import Loop
from shared.log.ports import Log
from shared.process import runner
from shared.settings import read_settings
from tests.end_to_end.test_distributed import environment, process
from tests.log.kafka_logs import kafka_logs
from tests.log.logs import GROUP, PARTITIONS
from tests.log.test_loop import Copier, looped, opened
from tests.servers.distributed import prepared
from tests.servers.ports import free_ports
from tests.waiting import until

PATIENCE_SECONDS = 60
HELD = f"{GROUP}_partitions"
ALL = list(range(PARTITIONS))


@asynccontextmanager
async def at_work(log: Log, base: Database) -> AsyncIterator[Loop[Any]]:
    """A member of the group that turns until it is told to stop, as a service does."""
    loop, stop = looped(log, Copier(base, [])), asyncio.Event()
    turning = asyncio.create_task(runner.run_until_stopped(loop, stop))
    try:
        yield loop
    finally:
        stop.set()
        await turning


async def ready(loop: Loop[Any]) -> Mapping[str, Any]:
    """What a loop says the first time it is ready."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await watchdog.readiness(loop)
            except UnavailableError:
                await asyncio.sleep(0)


@pytest.fixture
async def parts(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[tuple[Log, Database]]:
    async with opened(tmp_path) as (base, _), kafka_logs(kafka_bootstrap)() as log:
        yield log, base


async def test_it_waits_for_the_group_and_says_so(parts: tuple[Log, Database]) -> None:
    log, base = parts
    loop = looped(log, Copier(base, []))
    await loop.run_once(0)
    with pytest.raises(UnavailableError, match="has not been given its partitions"):
        await watchdog.readiness(loop)
    await loop.close()


async def test_one_process_more_than_partitions_is_ready_without_any(
    parts: tuple[Log, Database],
) -> None:
    async with (
        at_work(*parts) as one,
        at_work(*parts) as two,
        at_work(*parts) as three,
        at_work(*parts) as four,
    ):
        every = (one, two, three, four)
        for loop in every:
            await ready(loop)

        async def one_each() -> bool:
            held = [(await watchdog.readiness(loop))[HELD] for loop in every]
            return sorted(held) == [[], *([number] for number in ALL)]

        await until(one_each, "a partition for each but one")


async def test_a_process_stays_ready_while_the_group_shares_out_anew(
    parts: tuple[Log, Database],
) -> None:
    async def holds(loop: Loop[Any], wanted: int) -> bool:
        return len((await watchdog.readiness(loop))[HELD]) == wanted

    async with at_work(*parts) as first:
        await ready(first)
        async with at_work(*parts) as second:
            joined = asyncio.create_task(ready(second))
            while not joined.done():
                await watchdog.readiness(first)  # raises where it is not ready
                await asyncio.sleep(0)
            assert len((await joined)[HELD]) in (1, 2)
            held = len((await watchdog.readiness(second))[HELD])
            await until(partial(holds, first, PARTITIONS - held), "the rest for the first")
        await until(partial(holds, first, PARTITIONS), "everything for the first")


async def test_a_clock_answers_ready_with_its_partitions_from_the_first_time_on(
    kafka_without_topics: str, postgres_url: str, tmp_path: Path
) -> None:
    given = environment(tmp_path, kafka_without_topics, postgres_url)
    await prepared(read_settings(given))
    one, two = free_ports(2)
    with process("clock", one, given, tmp_path):
        assert await first_ready(one) == list(range(8))
        with process("clock", two, given, tmp_path):
            assert len(await first_ready(two)) == 4


async def first_ready(port: int) -> list[int]:
    """Which partitions a clock says it has, the first time it is ready."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    answer = await client.get("/readyz")
                except httpx.TransportError:
                    continue
                if answer.status_code == 200:
                    return list(answer.json()["clock_partitions"])
                assert answer.status_code == 503
