"""The metrics of the loops of a process, by topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from shared.domain import DEAD_LETTER_REASONS
from shared.log.ports import FILE_EVENTS, PartitionLag, RejectedRecord
from shared.metrics import Metrics, series

_BUCKETS_SECONDS: Final = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


_REQUESTED_BY: Final = ("publisher", "operator", "retention")
"""Who may ask to forget a file."""


class LoopMetrics:
    """The series that every loop of the process writes, under its topic."""

    def __init__(self, metrics: Metrics) -> None:
        self._wall = metrics.wall
        self._lag = metrics.gauge(series.STREAM_LAG)
        self._progress = metrics.gauge(series.STREAM_PROGRESS)
        self._records = metrics.counter(series.STREAM_RECORDS)
        self._seconds = metrics.histogram(series.BATCH_DURATION, buckets=_BUCKETS_SECONDS)
        self._duplicates = metrics.counter(series.EVENTS_DUPLICATE)
        self._letters = metrics.counter(series.DEAD_LETTERS_TOTAL)
        self._forgotten = metrics.counter(series.FORGOTTEN_FILES)
        self._dropped = metrics.counter(series.FORGOTTEN_EVENTS)
        self._owned: dict[str, frozenset[int]] = {}

    def declare(self, topic: str) -> None:
        """Start a topic's counters at 0, so that the first of anything is seen as an increase."""
        self._records.labels(topic)
        self._seconds.labels(topic)
        for reason in DEAD_LETTER_REASONS:
            self._letters.labels(topic, reason)
        if topic == FILE_EVENTS:
            for requested_by in _REQUESTED_BY:
                self._forgotten.labels(requested_by)

    def progress(self, topic: str) -> None:
        """Note that a loop ended a step, or found nothing to do."""
        self._progress.labels(topic).set(self._wall().timestamp())

    def observe_batch(self, topic: str, records: int, seconds: float) -> None:
        """Count a batch's records, and observe how long it took."""
        self._records.labels(topic).inc(records)
        self._seconds.labels(topic).observe(seconds)

    def set_lag(self, topic: str, lag: Mapping[int, PartitionLag]) -> None:
        """Set the lag of the partitions of this process, and remove the series of the others."""
        for partition in self._owned.get(topic, frozenset()) - lag.keys():
            self._lag.remove(topic, str(partition))
        for partition, one in lag.items():
            self._lag.labels(topic, str(partition)).set(one.end - one.next_offset)
        self._owned[topic] = frozenset(lag)

    def count_duplicates(self, duplicates: Mapping[str, int]) -> None:
        """Count events that a history had already, by source."""
        for source, events in duplicates.items():
            self._duplicates.labels(source).inc(events)

    def count_forgotten(self, files: Mapping[str, int], events: Mapping[str, int]) -> None:
        """Count files forgotten, by who asked, and events of files forgotten before, by source."""
        for requested_by, number in files.items():
            self._forgotten.labels(requested_by).inc(number)
        for source, number in events.items():
            self._dropped.labels(source).inc(number)

    def count_dead_letters(self, topic: str, rejected: Sequence[RejectedRecord]) -> None:
        """Count records that became dead letters, by reason."""
        for one in rejected:
            self._letters.labels(topic, one.reason).inc()
