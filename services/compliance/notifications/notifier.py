"""The notifier: from committed alerts to ``breach-alerts`` and to every Alertmanager.

Reads what the fold has committed, publishes it, then notes how far it came; the couriers are told the same news. A crash repeats, and
never skips: a repeated record has the identity of the first. Of several processes one is at work, the holder of the lease. Alerts that a
new catalogue raised are published one by one and told as one summary for each unit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from services.compliance.alerts import AlertStore, Positions
from services.compliance.notifications.alertmanager import Alertmanager, AlertmanagerPusher
from services.compliance.notifications.delivery_log import DeliveryLog, Lease
from services.compliance.notifications.delivery_metrics import delivery_metrics
from services.compliance.notifications.source import StoredAlertSource
from shared.domain import BreachAlert, encode
from shared.errors import UnavailableError
from shared.log import BREACH_ALERTS, Log, NewRecord, partition_of
from shared.metrics import Metrics
from shared.process import Now, runner

INTERVAL = timedelta(seconds=60)
"""How often every Alertmanager is told everything."""

_LOOK_SECONDS = 0.15
_PAUSE_SECONDS = 2.0
_PATIENCE_SECONDS = 10.0
_log = logging.getLogger("echeance.alerts")


class Notifier:
    """Publishes and tells; ``couriers`` say when each Alertmanager last took something."""

    def __init__(
        self,
        store: AlertStore,
        log: Log,
        lease: Lease,
        book: StoredAlertSource,
        couriers: Sequence[AlertmanagerPusher],
        wall: Now,
    ) -> None:
        self.couriers = couriers
        self._store = store
        self._desk = DeliveryLog(store.database)
        self._log = log
        self._lease = lease
        self._book = book
        self._wall = wall
        self._told: Positions | None = None

    @property
    def at_work(self) -> bool:
        """Whether this process delivers, and does not stand by."""
        return self._told is not None

    async def turn(self) -> None:
        """Tell what is new, if this process is the one to tell it."""
        if not await self._lease.held(self._wall()):
            self._told = None
            return
        if self._told is None:
            self._told = await self._desk.told()
            for courier in self.couriers:
                courier.forget()
        changed, reached = await self._store.changed(self._told)
        if changed:
            await self._log.append(BREACH_ALERTS, [self._record(alert) for alert in changed])
            await self._offer(changed)
            await self._desk.tell(reached)
        self._told = reached

    async def _offer(self, changed: Sequence[BreachAlert]) -> None:
        """Put what is new into words, where there is somebody to tell."""
        if self.couriers:
            news = await self._book.news(changed)
            for courier in self.couriers:
                courier.offer(news)

    def _record(self, alert: BreachAlert) -> NewRecord:
        key = alert.file_id.encode()
        return NewRecord(partition_of(key, self._log.partitions), key, encode(alert))

    async def run(self, stop: asyncio.Event) -> None:
        """Work, or stand by, until told to stop; then let another take over at once."""
        async with asyncio.TaskGroup() as group:
            for courier in self.couriers:
                group.create_task(self._deliver(courier, stop))
            while not stop.is_set():
                await runner.wait_for_stop(stop, await self._look())
        await self._leave()

    async def _look(self) -> float:
        """One turn; how long to wait for the next, in seconds."""
        try:
            await self.turn()
        except UnavailableError as error:
            _log.warning("alerts cannot be told: %s", error)
            return _PAUSE_SECONDS
        return _LOOK_SECONDS

    async def _deliver(self, courier: AlertmanagerPusher, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if self.at_work:
                    await courier.turn(self._wall())
                await courier.hears(_LOOK_SECONDS)
            except UnavailableError as error:
                _log.warning("alerts cannot be read: %s", error)
                courier.forget()
                await runner.wait_for_stop(stop, _PAUSE_SECONDS)

    async def _leave(self) -> None:
        try:
            await self._lease.revoked()
        except UnavailableError as error:
            _log.warning("the lease of the notifier is left to expire: %s", error)


@asynccontextmanager
async def alertmanager_pushers(
    urls: Sequence[str], book: StoredAlertSource, kept: Metrics, interval: timedelta = INTERVAL
) -> AsyncIterator[Sequence[AlertmanagerPusher]]:
    """A courier to each Alertmanager."""
    async with httpx.AsyncClient(timeout=_PATIENCE_SECONDS, trust_env=False) as client:
        yield [
            AlertmanagerPusher(Alertmanager(url, client), book, series, interval=interval)
            for url, series in zip(urls, delivery_metrics(kept, urls), strict=True)
        ]
