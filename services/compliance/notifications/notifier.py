"""The notifier: from committed alerts to ``breach-alerts`` and to every pusher.

Each turn reads the alerts committed since the last published positions, appends them to the topic,
enqueues them for the pushers, and records the new positions: at least once, in that order. Of
several processes the holder of the lease works. Alerts that a new catalogue raised are published
one by one, and pushed as one summary for each unit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from services.compliance.alerts import SERVICE, AlertStore, Positions
from services.compliance.alerts.delivery_log import DeliveryLog, Lease
from services.compliance.notifications.alertmanager import AlertmanagerPusher
from services.compliance.notifications.source import StoredAlertSource
from shared import tracing
from shared.domain import BreachAlert, encode
from shared.errors import UnavailableError
from shared.log import BREACH_ALERTS, Log, NewRecord, partition_of, with_headers
from shared.process import Now, runner

_POLL_SECONDS = 0.15
_RETRY_SECONDS = 2.0
_IDLE_SECONDS = 1.0
_log = logging.getLogger("echeance.alerts")


@dataclass(eq=False)
class Notifier:
    """Publishes alerts and feeds the pushers; ``wall`` is the clock of the lease and the pushes."""

    store: AlertStore
    log: Log
    lease: Lease
    source: StoredAlertSource
    pushers: Sequence[AlertmanagerPusher]
    wall: Now
    _published: Positions | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._delivery_log = DeliveryLog(self.store.database)

    @property
    def is_leader(self) -> bool:
        """Whether this process delivers; the others stand by."""
        return self._published is not None

    async def turn(self) -> None:
        """Publish what changed since the last turn, if this process holds the lease."""
        if not await self.lease.acquire(self.wall()):
            self._published = None
            return
        if self._published is None:
            self._published = await self._delivery_log.published_positions()
            for pusher in self.pushers:
                pusher.resync()
        changed, positions = await self.store.changed(self._published)
        if changed:
            records = [self._record(alert) for alert in changed]
            with tracing.sending_of(
                BREACH_ALERTS, len(records), SERVICE, self._published, positions
            ) as headers:
                await self.log.append(BREACH_ALERTS, with_headers(records, headers))
            if self.pushers:
                messages = await self.source.messages(changed)
                for pusher in self.pushers:
                    pusher.enqueue(messages)
            await self._delivery_log.record_published(positions)
        self._published = positions

    def _record(self, alert: BreachAlert) -> NewRecord:
        key = alert.file_id.encode()
        return NewRecord(partition_of(key, self.log.partitions), key, encode(alert))

    async def run(self, stop: asyncio.Event) -> None:
        """Work, or stand by, until stopped; then release the lease."""
        database = self.store.database
        async with asyncio.TaskGroup() as group:
            for pusher in self.pushers:
                group.create_task(self._push(pusher, stop))
            while not stop.is_set():
                seconds, seen = _POLL_SECONDS, database.transactions
                try:
                    await self.turn()
                except UnavailableError as error:
                    _log.warning("alerts cannot be published: %s", error)
                    seconds = _RETRY_SECONDS
                await runner.wait_for_stop(stop, seconds)
                await runner.wait_for_either(stop, self._wait_for_change(seen))
        try:
            await self.lease.release()
        except UnavailableError as error:
            _log.warning("the lease of the notifier is left to expire: %s", error)

    async def _wait_for_change(self, transactions: int) -> None:
        """Sleep while nothing is written, at most until the lease has to be renewed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self.store.database.wait_for_change(transactions)

    async def _push(self, pusher: AlertmanagerPusher, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if self.is_leader:
                    await pusher.turn(self.wall())
                await pusher.wait(_POLL_SECONDS)
            except UnavailableError as error:
                _log.warning("alerts cannot be read: %s", error)
                pusher.resync()
                await runner.wait_for_stop(stop, _RETRY_SECONDS)
