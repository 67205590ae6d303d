"""What a loop tells of itself: progress, lag, batches, dead letters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from shared.domain import UNREADABLE
from shared.errors import UnavailableError
from shared.log.ports import Batch, Outcome, RejectedRecord
from shared.log.sqlite import SqliteLog
from shared.metrics.registry import Metrics
from tests.log.logs import TOPIC, record
from tests.log.test_loop import NOON, Copier, looped, opened
from tests.services.scrape import Scraped, scraped

PROGRESS = "echeance_stream_progress_timestamp_seconds"
LAG = "echeance_stream_lag_records"
LETTERS = "echeance_dead_letters_total"
BATCHES = "echeance_stream_batch_duration_seconds_count"


class Choosy(Copier):
    """A worker that cannot use records of an odd offset, and has seen those of offset 2 before."""

    @override
    async def handle(self, batch: Batch, now: datetime) -> Outcome[datetime] | None:
        outcome = await super().handle(batch, now)
        if outcome is None:
            return None
        rejected = [
            RejectedRecord(one, UNREADABLE, "odd")
            for one in batch.records
            if one.offset % 2 and one.offset + 1 == outcome.next_offset
        ]
        duplicates = {"https://cases.example.org": 1} if outcome.next_offset == 3 else {}
        return outcome._replace(rejected=rejected, duplicates=duplicates)


class Told:
    """A loop over one partition, what it tells, and the wall clock."""

    def __init__(self, log: SqliteLog, worker: Copier) -> None:
        self.at = NOON
        self.log, self.worker = log, worker
        self._kept = Metrics(lambda: self.at)
        self.loop = looped(log, worker, metrics=self._kept)

    def found(self) -> Scraped:
        return scraped(self._kept)


@asynccontextmanager
async def telling(folder: Path, kind: type[Copier]) -> AsyncIterator[Told]:
    async with opened(folder) as (base, log):
        told = Told(log, kind(base, []))
        try:
            yield told
        finally:
            await told.loop.close()


async def test_before_the_first_record_every_counter_stands_at_zero(tmp_path: Path) -> None:
    async with telling(tmp_path, Copier) as told:
        found = told.found()
    assert found.of("echeance_stream_records_total", topic=TOPIC) == 0
    assert found.of(BATCHES, topic=TOPIC) == 0
    assert found.of(LETTERS, topic=TOPIC, reason="conflict") == 0


async def test_a_turn_with_nothing_to_do_is_progress_and_no_batch(tmp_path: Path) -> None:
    async with telling(tmp_path, Copier) as told:
        await told.loop.run_once(0)
        assert told.found().of(PROGRESS, topic=TOPIC) == NOON.timestamp()
        told.at += timedelta(minutes=1)
        await told.loop.run_once(0)
        found = told.found()
    assert found.of(PROGRESS, topic=TOPIC) == datetime(2025, 5, 1, 12, 1, tzinfo=UTC).timestamp()
    assert found.of(BATCHES, topic=TOPIC) == 0
    assert found.of(LAG, topic=TOPIC, partition="0") == 0


async def test_records_batches_letters_and_repetitions_are_counted(tmp_path: Path) -> None:
    async with telling(tmp_path, Choosy) as told:
        await told.log.append(TOPIC, [record(0, number) for number in range(4)])
        await told.loop.run_once(0)
        found = told.found()
    assert found.of("echeance_stream_records_total", topic=TOPIC) == 4
    assert found.of(BATCHES, topic=TOPIC) == 1
    assert found.of(LETTERS, topic=TOPIC, reason=UNREADABLE) == 2
    assert found.of("echeance_events_duplicate_total", source="https://cases.example.org") == 1


async def away(batch: Batch) -> None:
    raise UnavailableError("away")


async def test_a_loop_that_cannot_work_makes_no_progress(tmp_path: Path) -> None:
    async with telling(tmp_path, Copier) as told:
        told.worker.before = away
        await told.log.append(TOPIC, [record(0, 1)])
        with pytest.raises(UnavailableError):
            await told.loop.run_once(0)
        assert told.found().of(PROGRESS, topic=TOPIC) is None


async def test_the_lag_of_a_partition_given_back_is_told_no_more(tmp_path: Path) -> None:
    async with telling(tmp_path, Copier) as told:
        await told.loop.run_once(0)
        assert told.found().each(LAG)
        await told.loop.close()
        assert not told.found().each(LAG)


async def test_the_lag_is_what_is_left_to_read(tmp_path: Path) -> None:
    async with telling(tmp_path, Copier) as told:
        await told.log.append(TOPIC, [record(0, number) for number in range(25)])
        await told.loop.run_once(0)
        assert told.found().of(LAG, topic=TOPIC, partition="0") == 15
