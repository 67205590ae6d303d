"""Notifications as a part of compliance: what runs beside the fold to deliver alerts and digests.

One process at a time delivers, by lease; each has the stream of alerts of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from prometheus_client import Gauge

from services.compliance.alerts import AlertStore, AlertStream, api
from services.compliance.alerts.delivery_log import Lease
from services.compliance.notifications import supervisors
from services.compliance.notifications.alertmanager import alertmanager_pushers
from services.compliance.notifications.digest import DigestSchedule, Smtp
from services.compliance.notifications.messages import AlertMessages
from services.compliance.notifications.notifier import Notifier
from services.compliance.notifications.source import StoredAlertSource
from services.compliance.projection import ComplianceStore
from shared.database import Database
from shared.domain import Catalogue
from shared.errors import SettingError
from shared.log import Log
from shared.metrics import Metrics, series
from shared.process import Now, Service, Settings, tls

LEASE = timedelta(seconds=15)
"""How long after the leader has gone another process takes over."""


@asynccontextmanager
async def notification_service(
    settings: Settings,
    log: Log,
    database: Database,
    catalogue: Catalogue,
    metrics: Metrics,
    now: Now,
) -> AsyncIterator[Service]:
    """Deliver alerts and digests; raises ``SettingError`` or ``FaultsError`` for bad settings.

    Deliveries are in the wall clock of ``metrics``, which ``now`` may run ahead of.
    """
    store, wall = AlertStore(database), metrics.wall
    stream = AlertStream(store)
    holder, url = secrets.token_hex(8), public_url(settings)
    metrics.gauge(series.BOARD_INFO).labels(url.rstrip("/")).set(1)
    source = StoredAlertSource(store, AlertMessages(catalogue, url), now)
    pending = metrics.gauge(series.DIGESTS_PENDING)
    pending.set(0)
    digests = _digest_schedule(database, catalogue, settings, holder, wall, pending)
    context = tls.alertmanager_context(settings) if settings.alertmanagers else None
    async with alertmanager_pushers(
        settings.alertmanagers, source, metrics, context=context
    ) as pushers:
        lease = Lease(database, "notifier", holder, lasts=LEASE)
        notifier = Notifier(store, log, lease, source, pushers, wall)
        background = [notifier.run, stream.run]
        if digests is not None:
            background.append(partial(digests.run, now))
        routes = api.router(store, stream, catalogue, now)
        yield Service([routes], background, stream.close_streams)


def public_url(settings: Settings) -> str:
    """The base of links in mails."""
    return settings.public_url or f"{settings.scheme}://{settings.host}:{settings.port}"


def _digest_schedule(
    database: Database,
    catalogue: Catalogue,
    settings: Settings,
    holder: str,
    wall: Now,
    pending: Gauge,
) -> DigestSchedule | None:
    """The digests, where a mail server is configured."""
    if not settings.smtp:
        return None
    if settings.supervisors is None:
        raise SettingError("ECHEANCE_SUPERVISORS must be set beside ECHEANCE_SMTP")
    text = settings.supervisors.read_text(encoding="utf-8")
    transport = Smtp(settings.smtp, settings.smtp_password_file, settings.smtp_ca_file)
    transport.password()  # fail at startup, and not at eight, where a file cannot be read
    tls.smtp_context(settings.smtp_ca_file)
    return DigestSchedule(
        ComplianceStore(database),
        catalogue,
        supervisors.load(text, catalogue, str(settings.supervisors)),
        transport,
        Lease(database, "digests", holder, lasts=LEASE),
        public_url=public_url(settings),
        wall=wall,
        pending=pending,
    )
