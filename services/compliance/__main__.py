"""The compliance service as a process of its own, in any number of instances of one group."""

from __future__ import annotations

from functools import partial

from services.compliance import clock_client
from services.compliance.projection import ComplianceStore, ComplianceWorker
from services.compliance.service import service
from shared.audit import AuditIndexWorker, AuditStore, TopicSink
from shared.log import AUDIT, FILE_CLOCKS, StepLock
from shared.metrics import Metrics
from shared.process import Settings, distributed, load_catalogue, runner, trim_audit


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
        lock = StepLock()
        loop = distributed.loop(settings, log, FILE_CLOCKS, worker, database, metrics, lock)
        audit, store = AuditIndexWorker(database, metrics), AuditStore(database)
        index = distributed.loop(settings, log, AUDIT, audit, database, metrics, lock)
        indexing = compliance._replace(
            background=[
                *compliance.background,
                partial(runner.run_until_stopped, index),
                partial(trim_audit, store, settings.audit_days),
            ]
        )
        sink = TopicSink(log, store)
        await distributed.serve_loop(
            "compliance", settings, indexing, catalogue, metrics, loop, sink, database
        )


if __name__ == "__main__":
    distributed.main("compliance", serve)
