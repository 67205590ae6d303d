"""Alerts on their way, put together: what both deployments run beside the fold."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from services.compliance.alert_desk import Lease
from services.compliance.alert_store import AlertStore
from services.compliance.notices import Notices
from services.compliance.notify import AlertBook, Notifier, couriers
from shared.catalogue import Catalogue
from shared.database import Database
from shared.log import Log
from shared.service import Now
from shared.settings import Settings

LEASE = timedelta(seconds=15)
"""How long after a process that delivered is gone another takes over."""


@asynccontextmanager
async def notifier(
    db: Database, log: Log, catalogue: Catalogue, settings: Settings, now: Now, wall: Now
) -> AsyncIterator[Notifier]:
    """The notifier of a process; ``wall`` is the real time, which ``now`` may run ahead of."""
    store = AlertStore(db)
    notices = Notices(catalogue, settings.public_url or f"http://{settings.host}:{settings.port}")
    book = AlertBook(store, notices, now)
    lease = Lease(db, "notifier", secrets.token_hex(8), lasts=LEASE)
    async with couriers(settings.alertmanagers, book) as told:
        yield Notifier(store, log, lease, book, told, wall)
