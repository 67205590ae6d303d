"""Keeps one Alertmanager in step with the database.

A changed alert is pushed at once; every interval all active alerts are pushed again, with an end a
day ahead, so that no shorter outage resolves an alert (docs/decisions/0006), and what Alertmanager
shows is compared with the database, since an end may have been lost. The alerts of a unit are in
one request, because Alertmanager mails them together. Instants are of the wall clock.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import httpx
from prometheus_client import Counter, Gauge

from services.compliance.notifications.alertmanager.client import (
    Alertmanager,
    GettableAlert,
    PushError,
)
from services.compliance.notifications.messages import AlertMessage
from shared.domain import BreachAlert
from shared.metrics import Metrics, series

BATCH_ALERTS = 1_000
"""At most so many alerts in a request; a unit that has more of them is split."""

ENDS_AFTER_INTERVALS = 1_440
"""The end of an active alert, in intervals from its last push: a day of minutes."""

INTERVAL = timedelta(seconds=60)
"""How often all active alerts are pushed."""

_LONGEST_BACKOFF = timedelta(seconds=60)
_TIMEOUT_SECONDS = 10.0
_log = logging.getLogger("echeance.alerts")


class DeliveryMetrics(NamedTuple):
    """The series of one Alertmanager, at 0 from the start; ``name`` is its URL without user.

    ``success_at`` is of the wall clock, when it last accepted all that was due.
    """

    name: str
    successes: Counter
    failures: Counter
    success_at: Gauge


def delivery_metrics(metrics: Metrics, urls: Sequence[str]) -> Sequence[DeliveryMetrics]:
    """The series of the Alertmanagers at some addresses, in that order."""
    metrics.gauge(series.ALERTMANAGERS).set(len(urls))
    pushes, success_at = metrics.counter(series.PUSHES), metrics.gauge(series.PUSH_SUCCESS_AT)
    return [
        DeliveryMetrics(
            name,
            pushes.labels(name, "success"),
            pushes.labels(name, "failure"),
            success_at.labels(name),
        )
        for name in map(_name, urls)
    ]


def _name(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path.rstrip("/")


class AlertSource(Protocol):
    """Where a pusher reads alerts, and records their delivery."""

    def active(self) -> AsyncIterator[AlertMessage]:
        """All active alerts, a unit's together."""

    async def resolved(self, remote: Sequence[GettableAlert]) -> Sequence[AlertMessage]:
        """The ends of those alerts, of some that Alertmanager shows as active, that are over."""

    async def record_delivered(self, alerts: Sequence[BreachAlert], at: datetime) -> None:
        """Record that a receiver accepted alerts."""


@dataclass(eq=False)
class AlertmanagerPusher:
    """Pushes changed alerts at once and all each interval; after a failure all, with backoff."""

    alertmanager: Alertmanager
    source: AlertSource
    metrics: DeliveryMetrics
    interval: timedelta = INTERVAL
    success_at: datetime | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._queue: list[AlertMessage] = []
        self._enqueued = asyncio.Event()
        self._resynced_at: datetime | None = None
        self._retry_at: datetime | None = None

    def enqueue(self, messages: Iterable[AlertMessage]) -> None:
        """Push messages at the next turn; too many of them make it a resync."""
        self._queue += messages
        self._enqueued.set()
        if len(self._queue) > 5 * BATCH_ALERTS:
            self.resync()

    def resync(self) -> None:
        """Push all active alerts at the next turn."""
        self._queue.clear()
        self._resynced_at = None

    async def wait(self, timeout_seconds: float) -> None:
        """Wait until something is enqueued, or for the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._enqueued.wait()

    async def turn(self, at: datetime) -> None:
        """Push what is due at an instant; after a failure everything, with backoff."""
        self._enqueued.clear()
        if self._retry_at is not None and at < self._retry_at:
            return
        try:
            await self._push_due(at)
        except PushError as error:
            self.failures += 1
            self.metrics.failures.inc()
            backoff = min(timedelta(seconds=2 ** min(self.failures, 10)), _LONGEST_BACKOFF)
            self._retry_at = at + backoff
            self.resync()
            _log.warning(
                "%s does not take alerts: %s; again in %s", self.metrics.name, error, backoff
            )

    async def _push_due(self, at: datetime) -> None:
        if self._resynced_at is None or at >= self._resynced_at + self.interval:
            self._queue.clear()
            await self._push_all(at)
            self._resynced_at = at
            self._succeed(at)
        elif self._queue:
            messages, self._queue = sorted(self._queue, key=attrgetter("group")), []
            await self._push(messages, at)
            self._succeed(at)

    async def _push_all(self, at: datetime) -> None:
        """Push all active alerts, and end those that Alertmanager alone believes to be active."""
        pushed: set[frozenset[tuple[str, str]]] = set()
        async for batch in _batches(self.source.active()):
            await self._push_batch(batch, at)
            pushed.update(frozenset(message.labels.items()) for message in batch)
        remote = await self.alertmanager.alerts()
        self.metrics.successes.inc()
        unknown = [one for one in remote if frozenset(one.labels.items()) not in pushed]
        if unknown:
            resolved = await self.source.resolved(unknown)
            await self._push(sorted(resolved, key=attrgetter("group")), at)

    async def _push(self, messages: Sequence[AlertMessage], at: datetime) -> None:
        async for batch in _batches(_each(messages)):
            await self._push_batch(batch, at)

    async def _push_batch(self, batch: Sequence[AlertMessage], at: datetime) -> None:
        ends_at = at + self.interval * ENDS_AFTER_INTERVALS
        await self.alertmanager.push(batch, at, ends_at)
        self.metrics.successes.inc()
        delivered = [message.undelivered for message in batch if message.undelivered is not None]
        await self.source.record_delivered(delivered, at)

    def _succeed(self, at: datetime) -> None:
        if self.failures:
            _log.info(
                "%s takes alerts again (failures before: %d)", self.metrics.name, self.failures
            )
        self.success_at, self.failures, self._retry_at = at, 0, None
        self.metrics.success_at.set(at.timestamp())


@asynccontextmanager
async def alertmanager_pushers(
    urls: Sequence[str],
    source: AlertSource,
    metrics: Metrics,
    interval: timedelta = INTERVAL,
    *,
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[Sequence[AlertmanagerPusher]]:
    """A pusher for each Alertmanager; ``context`` verifies those at ``https://``."""
    of_urls = delivery_metrics(metrics, urls)
    if not urls:  # a client reads the certificates of every authority, a fifth of a site's start
        yield []
        return
    verify = context or True
    async with httpx.AsyncClient(
        timeout=_TIMEOUT_SECONDS, trust_env=False, verify=verify
    ) as client:
        yield [
            AlertmanagerPusher(Alertmanager(url, client), source, of_url, interval=interval)
            for url, of_url in zip(urls, of_urls, strict=True)
        ]


async def _each(messages: Sequence[AlertMessage]) -> AsyncIterator[AlertMessage]:
    for message in messages:
        yield message


async def _batches(messages: AsyncIterator[AlertMessage]) -> AsyncIterator[Sequence[AlertMessage]]:
    """The messages of a request each; a group that fits into one request is never split."""
    buffer: list[AlertMessage] = []
    async for message in messages:
        buffer.append(message)
        if len(buffer) > BATCH_ALERTS:
            batch = _whole_groups(buffer)
            yield batch
            buffer = buffer[len(batch) :]
    if buffer:
        yield buffer


def _whole_groups(buffer: Sequence[AlertMessage]) -> Sequence[AlertMessage]:
    """All groups but the last, which may go on; of a single group, as much as fits."""
    *before, last = (list(group) for _, group in groupby(buffer, key=attrgetter("group")))
    return buffer[: len(buffer) - len(last)] if before else buffer[:BATCH_ALERTS]
