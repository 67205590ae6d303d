"""A notifier over a world, and the replicas of Alertmanager that it tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx

from services.compliance.alerts.delivery_log import Lease
from services.compliance.alerts.store import AlertStore
from services.compliance.notifications.alertmanager.client import Alertmanager
from services.compliance.notifications.alertmanager.pusher import (
    INTERVAL,
    AlertmanagerPusher,
    delivery_metrics,
)
from services.compliance.notifications.messages import AlertMessages
from services.compliance.notifications.notifier import Notifier
from services.compliance.notifications.service import LEASE
from services.compliance.notifications.source import StoredAlertSource
from shared.domain.records import BreachAlert, decode_alert
from shared.log.ports import BREACH_ALERTS
from shared.metrics.registry import Metrics
from tests.services.compliance.alertmanagers import Memory
from tests.services.world import World


class Office:
    """A notifier over a world, and the replicas it tells; its wall clock is the world's, or runs on from it."""

    def __init__(self, known: World, name: str, *replicas: Memory) -> None:
        self.known = known
        self.wall = known.now()
        self.store = AlertStore(known.embedded.database)
        messages = AlertMessages(known.embedded.catalogue, "https://echeance.example.org")
        self.source = StoredAlertSource(self.store, messages, known.now)
        self.lease = Lease(known.embedded.database, "notifier", name, lasts=LEASE)
        for replica in replicas:
            replica.now = lambda: self.wall
        self.clients = [httpx.AsyncClient(transport=replica) for replica in replicas]
        self.metrics = Metrics(lambda: self.wall)
        urls = [
            f"http://user:secret@alertmanager-{number}:9093/" for number in range(len(replicas))
        ]
        pushers = [
            AlertmanagerPusher(Alertmanager(url, client), self.source, series, interval=INTERVAL)
            for url, client, series in zip(
                urls, self.clients, delivery_metrics(self.metrics, urls), strict=True
            )
        ]
        log = known.embedded.log
        self.notifier = Notifier(
            self.store, log, self.lease, self.source, pushers, lambda: self.wall
        )

    async def turn(self, later: timedelta = timedelta()) -> datetime:
        """Let some time go by, then one turn of everything."""
        self.wall = max(self.wall, self.known.now()) + later
        await self.notifier.turn()
        if self.notifier.is_leader:
            for pusher in self.notifier.pushers:
                await pusher.turn(self.wall)
        return self.wall


@asynccontextmanager
async def office(known: World, *replicas: Memory, name: str = "first") -> AsyncIterator[Office]:
    made = Office(known, name, *replicas)
    yield made
    for client in made.clients:
        await client.aclose()


async def published(known: World) -> list[BreachAlert]:
    """What stands in ``breach-alerts``."""
    return [decode_alert(one.value) for one in await known.records(BREACH_ALERTS)]
