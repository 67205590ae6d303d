"""What each Alertmanager took and did not take, as metrics.

An Alertmanager is named by its address, without user and password: there are as many as are configured. A process that stands by
tells none of them anything, so that of all processes the newest success is the one that counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from prometheus_client import Counter, Gauge

from shared.metrics import Metrics, series


class DeliveryMetrics:
    """What one Alertmanager took; told by its courier. Everything stands at 0 from the start.

    ``name`` is its address without user and password.
    """

    def __init__(self, name: str, pushes: Counter, success_at: Gauge) -> None:
        self.name = name
        self._taken = pushes.labels(name, "success")
        self._failed = pushes.labels(name, "failure")
        self._success_at = success_at.labels(name)

    def taken(self) -> None:
        """It took a request."""
        self._taken.inc()

    def failed(self) -> None:
        """It did not."""
        self._failed.inc()

    def all_taken(self, at: datetime) -> None:
        """It took all that it was to be told, at an instant of the wall clock."""
        self._success_at.set(at.timestamp())


def delivery_metrics(kept: Metrics, urls: Sequence[str]) -> Sequence[DeliveryMetrics]:
    """The series of the Alertmanagers at some addresses, in that order."""
    kept.gauge(series.ALERTMANAGERS).set(len(urls))
    pushes, success_at = kept.counter(series.PUSHES), kept.gauge(series.PUSH_SUCCESS_AT)
    return [DeliveryMetrics(_name(url), pushes, success_at) for url in urls]


def _name(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path.rstrip("/")
