"""The compliance service alone: a member of the group that shares the partitions of ``file-clocks``. Any number of instances."""

from __future__ import annotations

from services.compliance import api
from services.compliance.alerting import alerting
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
        worker = ComplianceWorker(store, promised)
        loop = deployment.loop(given, log, FILE_CLOCKS, worker, database)
        telling = alerting(database, log, promised, given, service.now, service.now)
        async with telling as told:
            routes = [api.router(store, promised, service.now), told.routes]
            await deployment.serve_loop(given, routes, loop, told.run, let_go=told.stream.let_go)


if __name__ == "__main__":
    deployment.main("compliance", serve)
