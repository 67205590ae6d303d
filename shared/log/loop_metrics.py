"""How the loops of a process get on, as metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from shared.log.dead_letters import REASONS
from shared.log.ports import PartitionLag, RejectedRecord
from shared.metrics import Metrics, series

_BUCKETS_SECONDS: Final = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class LoopMetrics:
    """Told by every loop of the process, each under its topic."""

    def __init__(self, kept: Metrics) -> None:
        self._wall = kept.wall
        self._lag = kept.gauge(series.STREAM_LAG)
        self._progress = kept.gauge(series.STREAM_PROGRESS)
        self._records = kept.counter(series.STREAM_RECORDS)
        self._seconds = kept.histogram(series.BATCH_DURATION, buckets=_BUCKETS_SECONDS)
        self._duplicates = kept.counter(series.EVENTS_DUPLICATE)
        self._letters = kept.counter(series.DEAD_LETTERS)
        self._told: dict[str, frozenset[int]] = {}

    def begins(self, topic: str) -> None:
        """A loop is there: its counters stand at 0, so that the first of anything is seen as an increase."""
        self._records.labels(topic)
        self._seconds.labels(topic)
        for reason in REASONS:
            self._letters.labels(topic, reason)

    def goes_on(self, topic: str) -> None:
        """A loop has ended a step, or found nothing to do."""
        self._progress.labels(topic).set(self._wall().timestamp())

    def settled(self, topic: str, records: int, seconds: float) -> None:
        """A batch was worked through, in so many seconds."""
        self._records.labels(topic).inc(records)
        self._seconds.labels(topic).observe(seconds)

    def stands(self, topic: str, stands: Mapping[int, PartitionLag]) -> None:
        """Where the partitions that this process owns stand; of those it owned before nothing is told any more."""
        for partition in self._told.get(topic, frozenset()) - stands.keys():
            self._lag.remove(topic, str(partition))
        for partition, stand in stands.items():
            self._lag.labels(topic, str(partition)).set(stand.end - stand.next_offset)
        self._told[topic] = frozenset(stands)

    def repeated(self, duplicates: Mapping[str, int]) -> None:
        """Events that a history had already, by source."""
        for source, events in duplicates.items():
            self._duplicates.labels(source).inc(events)

    def set_aside(self, topic: str, refused: Sequence[RejectedRecord]) -> None:
        """Records that became dead letters."""
        for one in refused:
            self._letters.labels(topic, one.reason).inc()
