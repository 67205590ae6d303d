"""The first part of rebuilding the clock: whole partitions counted side by side, each by a process of its own.

Every chunk of rows is a transaction that first looks for its own rebuild: a process that outlives it writes nothing.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing.process import parent_process
from operator import itemgetter
from typing import NamedTuple

from services.clock import Recount, RecountedRows, clock_files
from shared.database import Database, Rebuild, rebuilds, shadow_tables
from shared.process import Settings, distributed, load_catalogue, runner

RECORDS_IN_MEMORY = 2_000_000
"""Held by all processes together: about 1 GiB. A partition with more is read several times."""

_COLUMNS = itemgetter(*clock_files.columns.keys())


class Job(NamedTuple):
    """A partition to count up to an offset, under a generation."""

    settings: Settings
    rebuild: Rebuild
    partition: int
    last: int
    generation: int
    slices: int
    now: datetime


class RecountTotals(NamedTuple):
    """How many files a partition has, and how many of its records were refused."""

    files: int
    refused: int


def job(
    given: Settings, rebuild: Rebuild, partition: int, last: int, generation: int, processes: int
) -> Job:
    """Work for one of so many processes."""
    slices = max(1, -(-last * processes // RECORDS_IN_MEMORY))
    return Job(given, rebuild, partition, last, generation, slices, runner.now())


async def recount(jobs: Sequence[Job], processes: int) -> RecountTotals:
    """Fill the clock's table beside the live one, without indexes yet; the longest partitions first."""
    loop = asyncio.get_running_loop()
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=fresh, initializer=_end_with_parent)
    try:
        ordered = sorted(jobs, key=lambda one: one.last, reverse=True)
        done = await asyncio.gather(
            *(loop.run_in_executor(pool, _recounted, one) for one in ordered)
        )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return RecountTotals(sum(one.files for one in done), sum(one.refused for one in done))


def _end_with_parent() -> None:
    """Let this process end when the command that started it does, however that ends."""
    parent = parent_process()
    assert parent is not None
    runner.tune_garbage_collector()

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _recounted(given: Job) -> RecountTotals:
    return asyncio.run(_recount(given))


async def _recount(given: Job) -> RecountTotals:
    catalogue = load_catalogue(given.settings.catalogue)
    files = refused = 0
    counting = Recount(catalogue, given.partition, given.generation, given.now)
    database = Database(given.settings.database, command_seconds=None)
    async with distributed.cluster(given.settings) as log:
        async for counted in counting.files(log, given.last, slices=given.slices):
            await _write(database, given, counted)
            files += len(counted.rows)
            refused += counted.refused
    await database.close()
    return RecountTotals(files, refused)


async def _write(database: Database, given: Job, counted: RecountedRows) -> None:
    async with database.transaction() as connection:
        await rebuilds.advance_rebuild(connection, given.rebuild, given.partition, counted.records)
        rows = map(_COLUMNS, counted.rows)
        await shadow_tables.copy_rows(connection, given.rebuild.schema, clock_files, rows)
