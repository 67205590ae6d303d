"""The ingest service as a process of its own: HTTP to Kafka. Any number of instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.ingest.service import service
from shared.audit import TopicSink
from shared.log import StepLock
from shared.metrics import Metrics
from shared.process import Settings, distributed, load_catalogue, runner


async def serve(settings: Settings) -> None:
    """Accept events until SIGTERM."""
    catalogue = load_catalogue(settings.catalogue)
    metrics = Metrics(runner.now)
    async with (
        distributed.cluster(settings) as log,
        service(
            settings,
            log,
            catalogue,
            distributed.credentials(settings),
            metrics,
            runner.now,
            StepLock(),
        ) as ingest,
    ):

        async def readiness() -> Mapping[str, Any]:
            await log.answering()
            return {"partitions": log.partitions}

        await distributed.serve(
            "ingest", settings, ingest, catalogue, metrics, readiness, TopicSink(log)
        )


if __name__ == "__main__":
    distributed.main("ingest", serve)
