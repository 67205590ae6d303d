"""One midnight on which every open file becomes at risk: how many crossings a second the clock
evaluates, publishes and commits.

The clock's worker and loop on real servers, with ``now`` as an argument, since a service reads the
wall clock. The files are inserted directly into the clock's table, each as the clock would have
written it on the day it was received.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg

from bench import core
from bench.distributed import processor, topics
from bench.distributed.servers import Servers, driver_url
from bench.distributed.topics import PARTITIONS
from bench.figures import Figure
from services.clock import (
    SERVICE,
    ClockStore,
    ClockWorker,
    EvaluatedRow,
    Evaluator,
    clock_files,
    of_events,
)
from shared.database import Database, partitions
from shared.domain import microseconds
from shared.log import (
    FILE_CLOCKS,
    FILE_EVENTS,
    Loop,
    LoopMetrics,
    StoredAttemptCounter,
    kafka,
    partition_of,
)
from shared.metrics import Metrics
from shared.process import load_catalogue, runner

_RECEIVED = datetime(2026, 1, 12, 15, tzinfo=UTC)
_COLUMNS = [column.name for column in clock_files.columns]
_TOGETHER = 50_000
_TEMPLATE = "C-00000000"
_IDLE_SECONDS = 0.25


def figures(files: int, servers: Servers) -> Iterator[Figure]:
    """Files that all cross at one instant."""
    database = servers.database()
    crossing = asyncio.run(_seed(driver_url(database), files))
    _, own = processor.cores()
    server_began = servers.postgres_cpu_seconds()
    with processor.pin(own):
        runner.tune_garbage_collector()
        wall, cpu = asyncio.run(_measure(servers, database, crossing))
    server = servers.postgres_cpu_seconds() - server_began
    published = sum(asyncio.run(topics.ends(servers.kafka, FILE_CLOCKS)).values())
    if published != files:
        raise RuntimeError(f"{published} snapshots were published for {files} files")
    yield Figure(f"crossings of {files:,} open files", files / wall, "files/s", 50_000.0)
    yield Figure("  processor of the clock", cpu / files * 1e6, "µs/file")
    yield Figure("  processor of PostgreSQL", server / files * 1e6, "µs/file")


async def _measure(servers: Servers, database: str, crossing: datetime) -> tuple[float, float]:
    """Wall and processor seconds until nothing is due."""
    log = await kafka.connect(servers.kafka, FILE_EVENTS)
    store = ClockStore(Database(database))
    worker = ClockWorker(store, load_catalogue(None))
    moment = _RECEIVED
    attempts = StoredAttemptCounter(store.database, SERVICE)
    metrics = LoopMetrics(Metrics(runner.now))
    loop = Loop(log, FILE_EVENTS, worker, lambda: moment, attempts, metrics)
    try:
        while not await _claim_all(store):
            await loop.run_once(_IDLE_SECONDS)
        moment = crossing
        began, used = time.perf_counter(), time.process_time()
        while loop.has_more_due or await _due(store, crossing):
            await loop.run_once(_IDLE_SECONDS)
        return time.perf_counter() - began, time.process_time() - used
    finally:
        await loop.close()
        await log.close()
        await store.database.close()


async def _claim_all(store: ClockStore) -> bool:
    async with store.database.reading() as connection:
        return await partitions(connection, SERVICE) == PARTITIONS


async def _due(store: ClockStore, crossing: datetime) -> bool:
    soonest = [await store.next_crossing(partition) for partition in range(PARTITIONS)]
    return any(one is not None and one <= microseconds(crossing) for one in soonest)


async def _seed(url: str, files: int) -> datetime:
    """Write the files; the instant at which all of them cross."""
    template = _row()
    assert template.crosses_at is not None
    connection = await asyncpg.connect(url)
    for first in range(0, files, _TOGETHER):
        numbers = range(first, min(first + _TOGETHER, files))
        records = [_copy_of(template, number) for number in numbers]
        await connection.copy_records_to_table(clock_files.name, records=records, columns=_COLUMNS)
    await connection.execute("ANALYZE clock_files")
    await connection.close()
    return datetime.fromtimestamp(template.crosses_at / 1e6, UTC)


def _row() -> EvaluatedRow:
    """A file in the Ministry's hands since it was received."""
    (received, *_) = core.history(_TEMPLATE, _RECEIVED)
    evaluator, history = Evaluator(load_catalogue(None)), of_events([received])
    return evaluator.evaluate(
        _TEMPLATE, history, partition=0, generation=1, position=0, now=received.recorded_at
    )


def _copy_of(template: EvaluatedRow, number: int) -> tuple[Any, ...]:
    name = f"C-{number:08}"
    own = {
        "file_id": name,
        "partition": partition_of(name.encode(), PARTITIONS),
        "history": template.history.replace(_TEMPLATE.encode(), name.encode()),
    }
    columns = dict(zip(_COLUMNS, template.columns(), strict=True))
    return tuple((columns | own).values())
