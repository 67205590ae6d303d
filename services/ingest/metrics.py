"""What ingest takes and refuses, as metrics.

The label of a source is bounded by the credentials: an event is accepted only from a source of its token, and what was refused may
name any source, so that it is put down to its token's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from shared.domain import Event, short_name
from shared.metrics import Metrics, series

_SEVERAL: Final = "several"


class IntakeMetrics:
    """Told by the route of events."""

    def __init__(self, kept: Metrics) -> None:
        self._wall = kept.wall
        self._accepted = kept.counter(series.EVENTS_ACCEPTED)
        self._accepted_at = kept.gauge(series.EVENT_ACCEPTED_AT)
        self._rejected = kept.counter(series.EVENTS_REJECTED)

    def accepted(self, events: Iterable[Event]) -> None:
        """Events that the log has durably."""
        alike = Counter((event.source, type(event)) for event in events)
        at = self._wall().timestamp()
        for (source, kind), number in alike.items():
            self._accepted.labels(source, short_name(kind)).inc(number)
            self._accepted_at.labels(source).set(at)

    def rejected(self, sources: Collection[str], reason: str) -> None:
        """A request, or a line, refused under a token of these sources."""
        source = next(iter(sources)) if len(sources) == 1 else _SEVERAL
        self._rejected.labels(source, reason).inc()
