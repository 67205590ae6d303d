"""Quarantine: a record that ends the process again and again is isolated; too many unreadable ones stop the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from shared.domain.records import decode_dead_letter
from shared.errors import UnavailableError
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import Batch, NewRecord, Position, Record
from shared.log.quarantine import (
    BATCH_ATTEMPTS,
    RECORD_ATTEMPTS,
    Allowance,
    DeadLetterWriter,
    Quarantine,
    TooManyDeadLettersError,
)
from shared.metrics.registry import Metrics

NOON = datetime(2025, 5, 1, 12, tzinfo=UTC)
BATCH = Batch(0, [Record(n, b"key", f"value-{n}".encode()) for n in (4, 5, 6)], 7)


class Ending(BaseException):
    """The end of the process."""


class Attempts:
    """An attempt counter in memory, which outlives every process."""

    def __init__(self) -> None:
        self.counts: dict[int, tuple[int, int]] = {}

    async def begin(self, partition: int, offset: int) -> int:
        at, count = self.counts.get(partition, (offset, 0))
        self.counts[partition] = (offset, count + 1 if at == offset else 1)
        return self.counts[partition][1]

    async def end(self, partition: int) -> None:
        self.counts.pop(partition, None)


class Topic:
    """An appender in memory."""

    partitions = 1

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        self.letters += [decode_dead_letter(one.value).value for one in records]
        return []


class Process:
    """One after the other works on the batch, and ends on a record of value ``ends_on``."""

    def __init__(self, ends_on: bytes | None = None) -> None:
        self.ends_on = ends_on
        self.attempts, self.topic = Attempts(), Topic()
        self.handled: list[list[bytes]] = []
        self.position = 0

    def quarantine(self) -> Quarantine:
        metrics = LoopMetrics(Metrics(lambda: NOON))
        return Quarantine(
            self.attempts, DeadLetterWriter(self.topic, "topic", metrics, 9, lambda: NOON)
        )

    async def handle(self, batch: Batch) -> None:
        values = [one.value for one in batch.records]
        self.handled.append(values)
        if self.ends_on in values:
            raise Ending
        self.position = batch.next_offset

    async def ends(self) -> int:
        """How many processes end before one works through the batch."""
        for count in range(3 * RECORD_ATTEMPTS):
            left = [one for one in BATCH.records if one.offset >= self.position]
            try:
                await self.quarantine().run(BATCH._replace(records=left), self.handle)
            except Ending:
                continue
            return count
        raise AssertionError("no process gets past the record")


async def test_a_batch_that_ends_nothing_is_handled_whole_and_once() -> None:
    process = Process()
    assert await process.ends() == 0
    assert process.handled == [[b"value-4", b"value-5", b"value-6"]]
    assert process.attempts.counts == {}


async def test_only_the_record_at_fault_becomes_a_dead_letter() -> None:
    process = Process(ends_on=b"value-5")
    assert RECORD_ATTEMPTS < await process.ends() <= RECORD_ATTEMPTS + BATCH_ATTEMPTS
    assert process.topic.letters == [b"value-5"]
    assert process.handled[-2:] == [[], [b"value-6"]]
    assert process.attempts.counts == {}


async def test_once_a_batch_went_well_attempts_are_not_counted_until_the_next_claim() -> None:
    process = Process()
    quarantine = process.quarantine()
    await quarantine.run(BATCH, process.handle)
    process.ends_on = b"value-5"
    for expected in ({}, {0: (4, 1)}):
        with pytest.raises(Ending):
            await quarantine.run(BATCH, process.handle)
        assert process.attempts.counts == expected
        quarantine.distrust(0)


async def test_what_is_unavailable_is_not_counted_against_the_record() -> None:
    process = Process()

    async def unavailable(batch: Batch) -> None:
        raise UnavailableError

    with pytest.raises(UnavailableError):
        await process.quarantine().run(BATCH, unavailable)
    assert process.attempts.counts == {}


def test_the_allowance_is_that_of_the_last_hour() -> None:
    allowance = Allowance(3)
    allowance.spend(2, "topic", at=0.0)
    allowance.spend(1, "topic", at=3_600.0)
    allowance.spend(2, "topic", at=3_601.0)
    with pytest.raises(TooManyDeadLettersError, match="4 records of topic within an hour"):
        allowance.spend(1, "topic", at=3_602.0)
