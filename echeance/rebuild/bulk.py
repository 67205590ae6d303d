"""First phase of rebuilding the clock: partitions recounted in parallel processes.

Every chunk is a transaction that checks its rebuild first: an orphaned process writes nothing.
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
    settings: Settings, rebuild: Rebuild, partition: int, last: int, generation: int, processes: int
) -> Job:
    """Work for one of so many processes."""
    slices = max(1, -(-last * processes // RECORDS_IN_MEMORY))
    return Job(settings, rebuild, partition, last, generation, slices, runner.now())


async def recount(jobs: Sequence[Job], processes: int) -> RecountTotals:
    """Fill the clock's shadow table, without indexes yet; the longest partitions first."""
    loop = asyncio.get_running_loop()
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=fresh, initializer=_end_with_parent)
    try:
        ordered = sorted(jobs, key=lambda one: one.last, reverse=True)
        done = await asyncio.gather(
            *(loop.run_in_executor(pool, _recount_partition, one) for one in ordered)
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


def _recount_partition(job_: Job) -> RecountTotals:
    return asyncio.run(_recount(job_))


async def _recount(job_: Job) -> RecountTotals:
    catalogue = load_catalogue(job_.settings.catalogue)
    files = refused = 0
    counting = Recount(catalogue, job_.partition, job_.generation, job_.now)
    database = Database(job_.settings.database, command_seconds=None)
    async with distributed.cluster(job_.settings) as log:
        async for piece in counting.files(log, job_.last, slices=job_.slices):
            await _write(database, job_, piece)
            files += len(piece.rows)
            refused += piece.refused
    await database.close()
    return RecountTotals(files, refused)


async def _write(database: Database, job_: Job, piece: RecountedRows) -> None:
    async with database.transaction() as connection:
        await rebuilds.advance_rebuild(connection, job_.rebuild, job_.partition, piece.records)
        rows = map(_COLUMNS, piece.rows)
        await shadow_tables.copy_rows(connection, job_.rebuild.schema, clock_files, rows)
