"""The clock service alone: a member of the group that shares the partitions of ``file-events``. Any number of instances."""

from __future__ import annotations

from services.clock import api
from services.clock.store import ClockStore
from services.clock.worker import ClockWorker
from shared.log import FILE_EVENTS
from shared.metrics import Metrics
from shared.process import Service, Settings, distributed, load_catalogue, runner


async def serve(given: Settings) -> None:
    """Count until told to stop."""
    promised = load_catalogue(given.catalogue)
    async with distributed.database(given) as database, distributed.cluster(given) as log:
        store = ClockStore(database)
        metrics = Metrics(runner.now)
        worker = ClockWorker(store, promised)
        loop = distributed.loop(given, log, FILE_EVENTS, worker, database, metrics)
        clock = Service([api.router(store, promised, runner.now)])
        await distributed.serve_loop(given, clock, promised, metrics, loop)


if __name__ == "__main__":
    distributed.main("clock", serve)
