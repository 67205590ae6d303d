"""The ingest service alone: HTTP to Kafka. Configured by the environment (shared/settings.py); any number of instances."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from services.ingest import api
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from shared import deployment, exposition, service
from shared.application import application
from shared.exposition import Metrics
from shared.kafka import KafkaLog
from shared.settings import Settings
from shared.shipped import load_catalogue


async def serve(given: Settings) -> None:
    """Take events until told to stop."""
    promised = load_catalogue(given.catalogue)
    limits = api.Limits(body_bytes=given.body_bytes, future_tolerance=given.future_tolerance)
    async with deployment.cluster(given) as log:
        publisher = Publisher(log, deadline_seconds=given.append_seconds)
        metrics = Metrics(service.now)
        intake = IntakeMetrics(metrics)
        routes = [
            api.router(publisher, promised, service.now, intake, limits=limits),
            exposition.router(metrics, promised),
        ]
        credentials, ready = deployment.credentials(given), partial(_ready, log)
        app = application(routes, credentials, ready, public_url=given.public_url)
        async with service.at_work(app, given.host, given.port) as server:
            await server.ended()
        await publisher.close()


async def _ready(log: KafkaLog) -> Mapping[str, Any]:
    await log.answering()
    return {"partitions": log.partitions}


if __name__ == "__main__":
    deployment.main("ingest", serve)
