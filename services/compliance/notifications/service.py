"""Alerts on their way, put together: what both deployments run beside the fold."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from fastapi import APIRouter
from prometheus_client import Gauge

from services.compliance.alerts import AlertStore, AlertStream, api
from services.compliance.notifications import supervisors
from services.compliance.notifications.delivery_log import Lease
from services.compliance.notifications.digest import DigestSchedule, Smtp
from services.compliance.notifications.messages import AlertMessages
from services.compliance.notifications.notifier import Notifier, alertmanager_pushers
from services.compliance.notifications.source import StoredAlertSource
from services.compliance.projection import ComplianceStore
from shared.database import Database
from shared.domain import Catalogue
from shared.errors import SettingError
from shared.log import Log
from shared.metrics import Metrics, series
from shared.process import Now, Settings

LEASE = timedelta(seconds=15)
"""How long after a process that delivered is gone another takes over."""


class NotificationService(NamedTuple):
    """What tells alerts: the notifier and the morning's digests, one process at a time, and each process's stream."""

    notifier: Notifier
    stream: AlertStream
    routes: APIRouter
    morning: DigestSchedule | None
    now: Now

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        async with asyncio.TaskGroup() as group:
            if self.morning is not None:
                group.create_task(self.morning.run(self.now, stop))
            group.create_task(self.notifier.run(stop))
            group.create_task(self.stream.run(stop))


@asynccontextmanager
async def notification_service(
    db: Database, log: Log, catalogue: Catalogue, settings: Settings, kept: Metrics, now: Now
) -> AsyncIterator[NotificationService]:
    """What tells the alerts of a process; deliveries are in the real time of ``kept``, which ``now`` may run ahead of."""
    wall = kept.wall
    store, stream = AlertStore(db), AlertStream(AlertStore(db))
    holder, url = secrets.token_hex(8), public_url(settings)
    kept.gauge(series.BOARD_INFO).labels(url.rstrip("/")).set(1)
    book = StoredAlertSource(store, AlertMessages(catalogue, url), now)
    lease = Lease(db, "notifier", holder, lasts=LEASE)
    routes = api.router(store, stream, catalogue, now)
    pending = kept.gauge(series.DIGESTS_PENDING)
    pending.set(0)
    morning = _morning(db, catalogue, settings, holder, wall, pending)
    async with alertmanager_pushers(settings.alertmanagers, book, kept) as told:
        notifier = Notifier(store, log, lease, book, told, wall)
        yield NotificationService(notifier, stream, routes, morning, now)


def public_url(settings: Settings) -> str:
    """Where links in mails lead."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _morning(
    db: Database,
    catalogue: Catalogue,
    settings: Settings,
    holder: str,
    wall: Now,
    pending: Gauge,
) -> DigestSchedule | None:
    """The digests, where a mail server is named; raises ``SettingError`` or ``FaultsError``."""
    if not settings.smtp:
        return None
    if settings.supervisors is None:
        raise SettingError("ECHEANCE_SUPERVISORS must be set beside ECHEANCE_SMTP")
    text = settings.supervisors.read_text(encoding="utf-8")
    post = Smtp(settings.smtp, settings.smtp_password_file)
    post.password()  # a file that cannot be read is told now, and not at eight
    return DigestSchedule(
        ComplianceStore(db),
        catalogue,
        supervisors.load(text, catalogue, str(settings.supervisors)),
        post,
        Lease(db, "digests", holder, lasts=LEASE),
        public_url=public_url(settings),
        wall=wall,
        pending=pending,
    )
