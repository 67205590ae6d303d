"""The clock service as a process of its own: consumes ``file-events`` as a member of its group. Any number of instances."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from services.clock.dead_letter_index import DeadLetterWorker
from services.clock.service import service
from services.clock.store import ClockStore
from services.clock.worker import ClockWorker
from shared.audit import TopicSink
from shared.erasure import ErasureProgress
from shared.errors import UnavailableError
from shared.log import DEAD_LETTERS, FILE_EVENTS, StepLock
from shared.metrics import Metrics
from shared.process import Settings, distributed, load_catalogue, runner

_REPORT_SECONDS = 60.0


async def serve(settings: Settings) -> None:
    """Fold events and answer until SIGTERM."""
    catalogue, metrics = load_catalogue(settings.catalogue), Metrics(runner.now)
    async with (
        distributed.database(settings) as database,
        distributed.cluster(settings) as log,
        service(settings, database, catalogue, runner.now) as clock,
    ):
        worker = ClockWorker(ClockStore(database), catalogue)
        lock, letters = StepLock(), DeadLetterWorker(database)
        loop = distributed.loop(settings, log, FILE_EVENTS, worker, database, metrics, lock)
        index = distributed.loop(settings, log, DEAD_LETTERS, letters, database, metrics, lock)
        progress = ErasureProgress(database, metrics)
        background = partial(runner.run_until_stopped, index), partial(_report, progress)
        beside = clock._replace(background=[*clock.background, *background])
        await distributed.serve_loop(
            "clock", settings, beside, catalogue, metrics, loop, TopicSink(log), database
        )


async def _report(progress: ErasureProgress, stop: asyncio.Event) -> None:
    """Tell what is to be erased until stopped; a failure is retried at the next time."""
    while not stop.is_set():
        with suppress(UnavailableError):
            await progress.refresh()
        await runner.wait_for_stop(stop, _REPORT_SECONDS)


if __name__ == "__main__":
    distributed.main("clock", serve)
