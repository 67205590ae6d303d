"""The compliance service alone: a member of the group that shares the partitions of ``file-clocks``. Any number of instances."""

from __future__ import annotations

from services.compliance import alerting, api
from services.compliance.projection import ComplianceWorker
from services.compliance.store import ComplianceStore
from shared import deployment, service
from shared.log import FILE_CLOCKS
from shared.settings import Settings
from shared.shipped import load_catalogue


async def serve(given: Settings) -> None:
    """Measure until told to stop."""
    promised = load_catalogue(given.catalogue)
    async with deployment.database(given) as database, deployment.cluster(given) as log:
        store = ComplianceStore(database)
        loop = deployment.loop(given, log, FILE_CLOCKS, ComplianceWorker(store, promised), database)
        routes = [api.router(store, promised, service.now)]
        notifying = alerting.notifier(database, log, promised, given, service.now, service.now)
        async with notifying as notifier:
            await deployment.serve_loop(given, routes, loop, notifier.run)


if __name__ == "__main__":
    deployment.main("compliance", serve)
