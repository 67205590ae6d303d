"""The step of a topic of another system: records → events for ``file-events``, or dead letters."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from services.ingest.cloudevents import Rules
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import record_of
from services.ingest.topics.envelopes import RefusedRecordError
from services.ingest.topics.record_reader import RecordReader
from shared.domain import REFUSED, Event
from shared.log import FILE_EVENTS, Batch, Outcome, RejectedRecord
from shared.log.kafka import SourceTopic
from shared.metrics import Metrics, series

_EVENTS_BEFORE_YIELD: Final = 100
OUTCOMES: Final = ("accepted", "ignored", "refused", "lost")

MakeRules = Callable[[datetime], Rules]
"""The rules for what is read at an instant; raises ``UnavailableError``."""


class TopicMetrics:
    """Records of the topics of other systems, by outcome."""

    def __init__(self, metrics: Metrics) -> None:
        self._records = metrics.counter(series.SOURCE_RECORDS)

    def declare(self, topic: str) -> None:
        """Start a topic's counters at 0."""
        self.count(topic, dict.fromkeys(OUTCOMES, 0))

    def count_lost(self, topic: str, records: int) -> None:
        """Count records of a topic that expired before they were read."""
        self.count(topic, {"lost": records})

    def count(self, topic: str, outcomes: Mapping[str, int]) -> None:
        """Count records of a topic by their outcome."""
        for outcome, records in outcomes.items():
            self._records.labels(topic, outcome).inc(records)


class ReadRows(NamedTuple):
    """What a step accepted, and its records by outcome."""

    events: Sequence[Event]
    outcomes: Mapping[str, int]


class TopicWorker:
    """The port :class:`shared.log.ports.Worker` of a topic of another system."""

    def __init__(
        self,
        topic: str,
        source_topic: SourceTopic,
        reader: RecordReader,
        rules: MakeRules,
        intake: IntakeMetrics,
        metrics: TopicMetrics,
    ) -> None:
        self.service = f"ingest-{topic}"
        self._topic = topic
        self._source_topic = source_topic
        self._reader = reader
        self._rules = rules
        self._intake = intake
        self._metrics = metrics
        self._next: dict[int, int] = {}

    async def claim(self, partition: int) -> int:
        self._next[partition] = await self._source_topic.claim(partition)
        return self._next[partition]

    def has_due(self, batch: Batch, now: datetime) -> bool:
        return batch.next_offset > self._next[batch.partition]

    async def handle(self, batch: Batch, now: datetime) -> Outcome[ReadRows] | None:
        if not self.has_due(batch, now):
            return None
        rules = self._rules(now)
        events: list[Event] = []
        rejected: list[RejectedRecord] = []
        outcomes: Counter[str] = Counter()
        unyielded = 0
        for record in batch.records:
            try:
                read = self._reader.read(record, rules)
            except RefusedRecordError as error:
                rejected.append(RejectedRecord(record, REFUSED, str(error)))
                outcomes["refused"] += 1
                read = ()
            else:
                outcomes["accepted" if read else "ignored"] += 1
            events += read
            unyielded += max(1, len(read))
            if unyielded >= _EVENTS_BEFORE_YIELD:
                unyielded = 0
                await asyncio.sleep(0)  # yield to requests
        partitions = self._source_topic.partitions
        records = [record_of(event, partitions) for event in events]
        return Outcome(
            batch.partition,
            batch.next_offset,
            {FILE_EVENTS: records} if records else {},
            ReadRows(events, outcomes),
            rejected,
        )

    async def commit(self, outcome: Outcome[ReadRows]) -> None:
        await self._source_topic.commit(outcome.partition, outcome.next_offset)
        self._next[outcome.partition] = outcome.next_offset
        self._intake.count_accepted(outcome.rows.events)
        self._metrics.count(self._topic, outcome.rows.outcomes)
