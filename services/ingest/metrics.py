"""Metrics of accepted and rejected events.

The credentials bound the source label: an accepted event is of a source of its token; a rejected
one may name any source, and is counted for the token's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from shared.domain import Event, short_name
from shared.metrics import Metrics, series

_SEVERAL: Final = "several"


class IntakeMetrics:
    """Counters that the route of events updates."""

    def __init__(self, metrics: Metrics) -> None:
        self._wall = metrics.wall
        self._accepted = metrics.counter(series.EVENTS_ACCEPTED)
        self._accepted_at = metrics.gauge(series.EVENT_ACCEPTED_AT)
        self._rejected = metrics.counter(series.EVENTS_REJECTED)

    def count_accepted(self, events: Iterable[Event]) -> None:
        """Count events that are durable in the log."""
        counts = Counter((event.source, type(event)) for event in events)
        at = self._wall().timestamp()
        for (source, kind), number in counts.items():
            self._accepted.labels(source, short_name(kind)).inc(number)
            self._accepted_at.labels(source).set(at)

    def count_rejected(self, sources: Collection[str], reason: str) -> None:
        """Count a refused request or line of a token with these sources."""
        source = next(iter(sources)) if len(sources) == 1 else _SEVERAL
        self._rejected.labels(source, reason).inc()
