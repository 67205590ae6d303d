"""The ingest service alone: HTTP to Kafka. Configured by the environment (shared/settings.py); any number of instances."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from services.ingest import api
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from shared.http import create_application, scrape
from shared.log.kafka import KafkaLog
from shared.metrics import Metrics
from shared.process import Settings, distributed, load_catalogue, runner


async def serve(given: Settings) -> None:
    """Take events until told to stop."""
    promised = load_catalogue(given.catalogue)
    limits = api.RequestLimits(body_bytes=given.body_bytes, future_tolerance=given.future_tolerance)
    async with distributed.cluster(given) as log:
        publisher = Publisher(log, deadline_seconds=given.append_seconds)
        metrics = Metrics(runner.now)
        intake = IntakeMetrics(metrics)
        routes = [
            api.router(publisher, promised, runner.now, intake, limits=limits),
            scrape.router(metrics, promised),
        ]
        credentials, ready = distributed.credentials(given), partial(_ready, log)
        app = create_application(routes, credentials, ready, public_url=given.public_url)
        async with runner.serving(app, given.host, given.port) as server:
            await server.ended()
        await publisher.close()


async def _ready(log: KafkaLog) -> Mapping[str, Any]:
    await log.answering()
    return {"partitions": log.partitions}


if __name__ == "__main__":
    distributed.main("ingest", serve)
