"""The ingest service: routes over a publisher, without state, loops or background tasks.

On exit the publisher refuses new events and waits for the appends in flight.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.ingest import api, hooks
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from services.ingest.topics import open_topics, topic_loops
from shared.domain import Catalogue
from shared.http import Credentials
from shared.log import Appender, StepLock
from shared.metrics import Metrics
from shared.process import Now, Service, Settings


@asynccontextmanager
async def service(
    settings: Settings,
    log: Appender,
    catalogue: Catalogue,
    credentials: Credentials,
    metrics: Metrics,
    now: Now,
    step_lock: StepLock,
) -> AsyncIterator[Service]:
    """Ingest into a log; ``now`` gives the recorded time of events.

    Raises ``FaultsError`` or ``OSError`` for the file of webhooks or of topics, where the settings
    name one, and ``SettingError`` for topics without brokers.
    """
    webhooks = hooks.NO_HOOKS
    if settings.hooks is not None:
        webhooks = hooks.load_hooks(settings.hooks, catalogue)
    topics = open_topics(settings, catalogue, credentials)
    publisher = Publisher(log, deadline_seconds=settings.append_seconds)
    limits = api.RequestLimits(
        body_bytes=settings.body_bytes,
        future_tolerance=settings.future_tolerance,
        personal_identifiers=settings.personal_identifiers,
    )
    intake = IntakeMetrics(metrics)
    rules = hooks.DeliveryRules(
        catalogue, now, settings.future_tolerance, settings.personal_identifiers
    )
    routes = [
        api.router(publisher, catalogue, now, intake, limits=limits),
        hooks.hook_router(publisher, webhooks, rules, intake, hooks.HookMetrics(metrics, webhooks)),
    ]
    loops = [] if topics is None else topic_loops(topics, log, metrics, intake, now, step_lock)
    try:
        yield Service(routes, list(loops))
    finally:
        await publisher.close()
