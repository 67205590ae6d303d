"""The clock service as a process of its own: consumes ``file-events`` as a member of its group. Any number of instances."""

from __future__ import annotations

from functools import partial

from services.clock.dead_letter_index import DeadLetterIndex, DeadLetterWorker
from services.clock.service import service
from services.clock.store import ClockStore
from services.clock.worker import ClockWorker
from shared.audit import TopicSink
from shared.log import DEAD_LETTERS, FILE_EVENTS
from shared.metrics import Metrics
from shared.process import Settings, distributed, load_catalogue, runner


async def serve(settings: Settings) -> None:
    """Fold events and answer until SIGTERM."""
    catalogue, metrics = load_catalogue(settings.catalogue), Metrics(runner.now)
    async with (
        distributed.database(settings) as database,
        distributed.cluster(settings) as log,
        service(settings, database, catalogue, runner.now) as clock,
    ):
        worker = ClockWorker(ClockStore(database), catalogue)
        loop = distributed.loop(settings, log, FILE_EVENTS, worker, database, metrics)
        letters = DeadLetterWorker(DeadLetterIndex(database))
        index = distributed.loop(settings, log, DEAD_LETTERS, letters, database, metrics)
        indexing = clock._replace(
            background=[*clock.background, partial(runner.run_until_stopped, index)]
        )
        await distributed.serve_loop(
            "clock", settings, indexing, catalogue, metrics, loop, TopicSink(log)
        )


if __name__ == "__main__":
    distributed.main("clock", serve)
