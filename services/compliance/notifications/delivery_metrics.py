"""The pushes to each Alertmanager, as metrics.

An Alertmanager is named by its address, without user and password. A process on standby pushes
nothing, so the newest success over all processes is the one that counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from prometheus_client import Counter, Gauge

from shared.metrics import Metrics, series


class DeliveryMetrics:
    """The series of one Alertmanager, at 0 from the start; ``name`` is its URL without user."""

    def __init__(self, name: str, pushes: Counter, success_at: Gauge) -> None:
        self.name = name
        self._successes = pushes.labels(name, "success")
        self._failures = pushes.labels(name, "failure")
        self._success_at = success_at.labels(name)

    def push_succeeded(self) -> None:
        """It accepted a request."""
        self._successes.inc()

    def push_failed(self) -> None:
        """It did not."""
        self._failures.inc()

    def up_to_date(self, at: datetime) -> None:
        """It accepted all that was due, at an instant of the wall clock."""
        self._success_at.set(at.timestamp())


def delivery_metrics(metrics: Metrics, urls: Sequence[str]) -> Sequence[DeliveryMetrics]:
    """The series of the Alertmanagers at some addresses, in that order."""
    metrics.gauge(series.ALERTMANAGERS).set(len(urls))
    pushes, success_at = metrics.counter(series.PUSHES), metrics.gauge(series.PUSH_SUCCESS_AT)
    return [DeliveryMetrics(_name(url), pushes, success_at) for url in urls]


def _name(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path.rstrip("/")
