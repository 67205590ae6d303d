"""The clock service alone: a member of the group that shares the partitions of ``file-events``. Any number of instances."""

from __future__ import annotations

import asyncio
from functools import partial

from services.clock import api
from services.clock.store import SERVICE, ClockStore
from services.clock.worker import ClockWorker
from shared import deployment, service
from shared.application import application
from shared.log import FILE_EVENTS
from shared.settings import Settings, settings
from shared.shipped import load_catalogue


async def serve(given: Settings) -> None:
    """Count until told to stop."""
    promised = load_catalogue(given.catalogue)
    async with deployment.database(given) as database, deployment.cluster(given) as log:
        store = ClockStore(database)
        worker = ClockWorker(store, promised)
        routes = [api.router(store, promised, service.now)]
        app = application(routes, deployment.credentials(given), deployment.ready)
        loop = partial(service.consume, log, FILE_EVENTS, SERVICE, worker, service.now)
        async with service.at_work(app, given.host, given.port, loop) as server:
            await server.ended()


if __name__ == "__main__":
    deployment.log_seldom()
    service.spare_collector()
    asyncio.run(serve(settings()))
