"""The clock service alone: a member of the group that shares the partitions of ``file-events``. Any number of instances."""

from __future__ import annotations

from services.clock import api
from services.clock.store import ClockStore
from services.clock.worker import ClockWorker
from shared import deployment, service
from shared.log import FILE_EVENTS
from shared.settings import Settings
from shared.shipped import load_catalogue


async def serve(given: Settings) -> None:
    """Count until told to stop."""
    promised = load_catalogue(given.catalogue)
    async with deployment.database(given) as database, deployment.cluster(given) as log:
        store = ClockStore(database)
        loop = deployment.loop(given, log, FILE_EVENTS, ClockWorker(store, promised), database)
        await deployment.serve_loop(given, [api.router(store, promised, service.now)], loop)


if __name__ == "__main__":
    deployment.main("clock", serve)
