"""The clock service alone: a member of the group that shares the partitions of ``file-events``. Any number of instances."""

from __future__ import annotations

from services.clock import api
from services.clock.store import ClockStore
from services.clock.worker import ClockWorker
from shared import deployment, exposition, service
from shared.exposition import Metrics
from shared.log import FILE_EVENTS
from shared.settings import Settings
from shared.shipped import load_catalogue


async def serve(given: Settings) -> None:
    """Count until told to stop."""
    promised = load_catalogue(given.catalogue)
    async with deployment.database(given) as database, deployment.cluster(given) as log:
        store = ClockStore(database)
        metrics = Metrics(service.now)
        worker = ClockWorker(store, promised)
        loop = deployment.loop(given, log, FILE_EVENTS, worker, database, metrics)
        routes = [api.router(store, promised, service.now), exposition.router(metrics, promised)]
        await deployment.serve_loop(given, routes, loop)


if __name__ == "__main__":
    deployment.main("clock", serve)
