"""Scheduling: which fetched batches start, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Container

import pytest

from shared.log.ports import Batch, Record
from shared.log.scheduler import FEW_RECORDS, Scheduler

TIMEOUT_SECONDS = 60


def batch(partition: int, records: int = 0) -> Batch:
    return Batch(partition, [Record(n, b"", b"") for n in range(records)], records)


def started(
    scheduler: Scheduler, *batches: Batch, at: float, due: Container[int] = range(9)
) -> list[int]:
    ready = scheduler.ready(batches, TIMEOUT_SECONDS, at, lambda one: one.partition in due)
    return [one.partition for one in ready]


def test_a_partition_without_records_starts_once_per_timeout() -> None:
    scheduler = Scheduler(3, linger_seconds=0)
    assert started(scheduler, batch(0), batch(1), at=0) == [0, 1]
    assert started(scheduler, batch(0, 1), batch(1), at=59) == [0]
    assert started(scheduler, batch(0), batch(1), at=60) == [1]
    assert started(scheduler, batch(0), batch(1), at=119) == [0]


def test_a_partition_without_records_does_not_start_until_something_is_due() -> None:
    scheduler = Scheduler(3, linger_seconds=0)
    assert started(scheduler, batch(0), batch(1), at=0, due={1}) == [1]
    assert started(scheduler, batch(0), batch(1), at=1, due={0, 1}) == [0]
    assert started(scheduler, batch(0, 1), batch(1), at=100, due=()) == [0]


def test_a_partition_that_has_more_due_starts_at_once() -> None:
    scheduler = Scheduler(3, linger_seconds=0)
    assert started(scheduler, batch(0), batch(1), at=0) == [0, 1]
    scheduler.add_due(1)
    assert scheduler.has_more_due
    assert not scheduler.idle
    assert started(scheduler, batch(0), batch(1), at=0) == [1]
    assert scheduler.idle


def test_what_is_due_in_one_partition_does_not_hold_up_another() -> None:
    scheduler = Scheduler(3, linger_seconds=0)
    scheduler.add_due(1)
    assert started(scheduler, batch(0, 1), batch(1), at=0) == [0, 1]


def test_what_is_due_in_a_partition_that_was_revoked_is_forgotten() -> None:
    scheduler = Scheduler(3, linger_seconds=0)
    scheduler.add_due(1)
    assert started(scheduler, batch(0), at=0) == [0]
    assert not scheduler.has_more_due


async def test_no_more_steps_run_than_the_parallelism() -> None:
    scheduler, release, running = Scheduler(2, linger_seconds=0), asyncio.Event(), list[int]()

    async def step(one: Batch) -> None:
        running.append(one.partition)
        await release.wait()

    for partition in (0, 1):
        await scheduler.start(batch(partition), step)
    third = asyncio.create_task(scheduler.start(batch(2), step))
    while len(running) < 2:
        await asyncio.wait([third], timeout=0)
    assert list(scheduler.running) == [0, 1]
    release.set()
    await third
    await scheduler.drain()
    assert running == [0, 1, 2]
    assert not scheduler.running


@pytest.mark.parametrize(
    ("linger_seconds", "records", "timeout_seconds", "lingered_seconds"),
    [(3_600, 0, 60, 0), (3_600, FEW_RECORDS, 60, 0), (3_600, 1, 0, 0), (0.02, 1, 60, 0.02)],
)
async def test_a_loop_that_may_wait_lingers_after_few_records(
    linger_seconds: float, records: int, timeout_seconds: float, lingered_seconds: float
) -> None:
    scheduler, clock = Scheduler(1, linger_seconds), asyncio.get_running_loop().time
    at = clock()
    async with asyncio.timeout(20):
        list(scheduler.ready([batch(0, records)], timeout_seconds, at, lambda _: True))
        await scheduler.linger()
    assert clock() - at >= lingered_seconds
