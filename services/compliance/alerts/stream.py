"""Changes of alerts for the subscribers of a process: one database query serves them all.

Subscribers receive batches of changed alerts with the positions these reach, and resume after the
positions they last received; part of a batch may come twice. One that falls behind is disconnected.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from services.compliance.alerts.store import AlertStore, Positions
from shared.domain import BreachAlert
from shared.errors import UnavailableError
from shared.process import runner

_POLL_SECONDS = 0.5
_MOST_BATCHES = 100
_WRITTEN = re.compile(r"([0-9]{1,9})\.([0-9]{1,18})(,([0-9]{1,9})\.([0-9]{1,18}))*")
_log = logging.getLogger("echeance.alerts")


class AlertBatch(NamedTuple):
    """Alerts that changed, in their present state, and the positions these reach."""

    alerts: Sequence[BreachAlert]
    reached: Positions


class AlertStream:
    """Fans out changes of alerts; a subscriber ``most_batches`` behind is disconnected."""

    def __init__(self, store: AlertStore, *, most_batches: int = _MOST_BATCHES) -> None:
        self._store = store
        self._most_batches = most_batches
        self._reached: Positions | None = None
        """The positions sent to every subscriber; None while there is none."""
        self._subscribers: set[asyncio.Queue[AlertBatch | None]] = set()
        self._subscribed = asyncio.Event()

    @property
    def subscribers(self) -> int:
        """The number of subscribers."""
        return len(self._subscribers)

    async def run(self, stop: asyncio.Event) -> None:
        """Poll for changes while there are subscribers, until ``stop`` is set."""
        while not stop.is_set():
            if not self._subscribers:
                await runner.wait_for_either(stop, self._subscribed.wait())
            try:
                await self.poll()
            except UnavailableError as error:
                _log.warning("alerts cannot be read: %s", error)
            await runner.wait_for_stop(stop, _POLL_SECONDS)

    def close_streams(self) -> None:
        """End every subscriber's stream, which would otherwise outlive the server's shutdown."""
        for subscriber in self._subscribers:
            subscriber.put_nowait(None)
        self._subscribers.clear()

    async def poll(self) -> None:
        """Send what changed since the last poll."""
        if not self._subscribers:
            self._reached = None
            self._subscribed.clear()
            return
        if self._reached is None:
            return
        changed, self._reached = await self._store.changed(self._reached)
        if changed:
            batch = AlertBatch(changed, self._reached)
            self._subscribers -= {
                one for one in self._subscribers if one.qsize() >= self._most_batches
            }
            for subscriber in self._subscribers:
                subscriber.put_nowait(batch)

    async def subscribe(
        self, after: Positions | None, *, heartbeat_seconds: float
    ) -> AsyncIterator[AlertBatch | None]:
        """Batches after some positions, or from now on; None as a heartbeat.

        Ends when the subscriber falls behind.
        """
        subscriber: asyncio.Queue[AlertBatch | None] = asyncio.Queue()
        self._subscribers.add(subscriber)
        self._subscribed.set()
        try:
            reached = await self._store.positions()
            if self._reached is None:  # the first subscriber: polls begin here
                self._reached = reached
            yield AlertBatch((), reached if after is None else after)
            while after is not None and any(
                after.get(partition, 0) < position for partition, position in reached.items()
            ):
                alerts, after = await self._store.changed(after)
                yield AlertBatch(alerts, after)
            while subscriber in self._subscribers or not subscriber.empty():
                try:
                    batch = await asyncio.wait_for(subscriber.get(), heartbeat_seconds)
                except TimeoutError:
                    batch = None
                yield batch
        finally:
            self._subscribers.discard(subscriber)


def write_positions(positions: Positions) -> str:
    """Positions as an event id of the stream: ``0.5140,1.4987``."""
    return ",".join(f"{partition}.{positions[partition]}" for partition in sorted(positions))


def read_positions(text: str) -> Positions | None:
    """The positions of an event id; None if it is malformed."""
    if text and not _WRITTEN.fullmatch(text):
        return None
    pairs = (part.split(".") for part in text.split(",") if part)
    return {int(partition): int(position) for partition, position in pairs}
