"""The compliance service as a process of its own, in any number of instances of one group."""

from __future__ import annotations

from services.compliance import clock_client
from services.compliance.projection import ComplianceStore, ComplianceWorker
from services.compliance.service import service
from shared.log import FILE_CLOCKS
from shared.metrics import Metrics
from shared.process import Settings, distributed, load_catalogue, runner


async def serve(settings: Settings) -> None:
    """Fold snapshots and answer until SIGTERM."""
    catalogue, metrics = load_catalogue(settings.catalogue), Metrics(runner.now)
    async with (
        distributed.database(settings) as database,
        distributed.cluster(settings) as log,
        clock_client.remote_histories(settings) as histories,
        service(
            settings,
            log,
            database,
            catalogue,
            metrics,
            runner.now,
            credentials=distributed.credentials(settings),
            histories=histories,
        ) as compliance,
    ):
        worker = ComplianceWorker(ComplianceStore(database), catalogue)
        loop = distributed.loop(settings, log, FILE_CLOCKS, worker, database, metrics)
        await distributed.serve_loop(settings, compliance, catalogue, metrics, loop)


if __name__ == "__main__":
    distributed.main("compliance", serve)
