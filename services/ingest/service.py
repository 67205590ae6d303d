"""The ingest service: routes over a publisher, without state, loops or background tasks.

On exit the publisher refuses new events and waits for the appends in flight.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.ingest import api
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from shared.domain import Catalogue
from shared.log import Appender
from shared.metrics import Metrics
from shared.process import Now, Service, Settings


@asynccontextmanager
async def service(
    settings: Settings, log: Appender, catalogue: Catalogue, metrics: Metrics, now: Now
) -> AsyncIterator[Service]:
    """Ingest into a log; ``now`` gives the recorded time of events."""
    publisher = Publisher(log, deadline_seconds=settings.append_seconds)
    limits = api.RequestLimits(
        body_bytes=settings.body_bytes, future_tolerance=settings.future_tolerance
    )
    intake = IntakeMetrics(metrics)
    try:
        yield Service([api.router(publisher, catalogue, now, intake, limits=limits)])
    finally:
        await publisher.close()
