"""Alerts on their way, put together: what both deployments run beside the fold."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from fastapi import APIRouter

from services.compliance import alert_api
from services.compliance.alert_desk import Lease
from services.compliance.alert_store import AlertStore
from services.compliance.alert_stream import AlertStream
from services.compliance.notices import Notices
from services.compliance.notify import AlertBook, Notifier, couriers
from shared.catalogue import Catalogue
from shared.database import Database
from shared.log import Log
from shared.service import Now
from shared.settings import Settings

LEASE = timedelta(seconds=15)
"""How long after a process that delivered is gone another takes over."""


class Alerting(NamedTuple):
    """What tells alerts: the notifier, which one process at a time has at work, and the stream of each process's listeners."""

    notifier: Notifier
    stream: AlertStream
    routes: APIRouter

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.notifier.run(stop))
            group.create_task(self.stream.run(stop))


@asynccontextmanager
async def alerting(
    db: Database, log: Log, catalogue: Catalogue, settings: Settings, now: Now, wall: Now
) -> AsyncIterator[Alerting]:
    """What tells the alerts of a process; ``wall`` is the real time, which ``now`` may run ahead of."""
    store = AlertStore(db)
    notices = Notices(catalogue, settings.public_url or f"http://{settings.host}:{settings.port}")
    book = AlertBook(store, notices, now)
    lease = Lease(db, "notifier", secrets.token_hex(8), lasts=LEASE)
    stream = AlertStream(store)
    async with couriers(settings.alertmanagers, book) as told:
        notifier = Notifier(store, log, lease, book, told, wall)
        yield Alerting(notifier, stream, alert_api.router(store, stream, catalogue, now))
