"""The first part of rebuilding the clock: whole partitions counted in parallel, one process each.

Every chunk of rows is a transaction that first checks its own rebuild: a process that
outlives it writes nothing.
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
from typing import NamedTuple

from services.clock import Recount, clock_files
from shared.database import Database, Rebuild, rebuilds, shadow_tables
from shared.erasure import FileDigests
from shared.process import Settings, distributed, load_catalogue, runner

RECORDS_IN_MEMORY = 2_000_000
"""Held by all processes together: about 1 GiB. A partition with more is read several times."""


class Job(NamedTuple):
    """A partition to count up to an offset under a generation, in one of so many processes."""

    settings: Settings
    rebuild: Rebuild
    partition: int
    last: int
    generation: int
    processes: int
    now: datetime


class RecountTotals(NamedTuple):
    """How many files a partition has, and how many of its records were rejected."""

    files: int
    rejected: int


async def recount(jobs: Sequence[Job], processes: int) -> RecountTotals:
    """Fill the clock's shadow table, without indexes yet; the longest partitions first."""
    loop = asyncio.get_running_loop()
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=fresh, initializer=_end_with_parent)
    try:
        ordered = sorted(jobs, key=lambda one: one.last, reverse=True)
        totals = await asyncio.gather(
            *(loop.run_in_executor(pool, _recount_partition, one) for one in ordered)
        )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return RecountTotals(sum(one.files for one in totals), sum(one.rejected for one in totals))


def _end_with_parent() -> None:
    """End this process when the command that started it ends, in whatever way."""
    parent = parent_process()
    assert parent is not None
    runner.tune_garbage_collector()

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _recount_partition(job: Job) -> RecountTotals:
    return asyncio.run(_recount(job))


async def _recount(job: Job) -> RecountTotals:
    catalogue = load_catalogue(job.settings.catalogue)
    files = rejected = 0
    slices = max(1, -(-job.last * job.processes // RECORDS_IN_MEMORY))
    database = Database(job.settings.database, command_seconds=None)
    shadow = Database(job.settings.database, command_seconds=None, schema=job.rebuild.schema)
    recount = Recount(catalogue, job.partition, job.generation, job.now, FileDigests(shadow))
    async with distributed.cluster(job.settings) as log:
        async for part in recount.files(log, job.last, slices=slices):
            async with database.transaction() as connection:
                await rebuilds.advance_rebuild(connection, job.rebuild, job.partition, part.records)
                rows = [row.columns() for row in part.rows]
                await shadow_tables.copy_rows(connection, job.rebuild.schema, clock_files, rows)
            files += len(part.rows)
            rejected += part.rejected
    await database.close()
    await shadow.close()
    return RecountTotals(files, rejected)
