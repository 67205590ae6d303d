"""The CPU part of clock and compliance per record: decode, merge, evaluate, encode; no reads or
writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, cast

from bench.core import NOW, history
from bench.figures import Figure, processor_seconds
from services.clock import (
    ClockRows,
    ClockStore,
    ClockWorker,
    ForgettingState,
    Generation,
    OwnedPartition,
    StoredFile,
)
from services.compliance.projection import ComplianceStore, ComplianceWorker
from shared.database import Claim
from shared.domain import BreachAlert, Catalogue, Event, encode
from shared.log import FILE_CLOCKS, Batch, Outcome, Record
from shared.process import load_catalogue, tune_garbage_collector

FILES = 4_000
_CLAIM = Claim("bench", 0, 0, 1)
_NOTHING_FORGOTTEN = ForgettingState((), has_forgotten=False, decided_to=0)
_TARGETS = {ClockWorker: 22.0, ComplianceWorker: 16.0}
"""Microseconds: 45,000 events and 60,000 snapshots a second without reads and writes."""


class Files:
    """The clock's rows in memory: what :class:`ClockWorker` reads from its store while it folds."""

    def __init__(self) -> None:
        self.rows: dict[str, StoredFile] = {}

    async def claim(self, partition: int, catalogue: Catalogue) -> OwnedPartition:
        return OwnedPartition(_CLAIM, Generation.under(1, catalogue, None))

    async def forgetting_state(self, partition: int) -> ForgettingState:
        return _NOTHING_FORGOTTEN

    async def files(self, file_ids: Sequence[str]) -> Mapping[str, StoredFile]:
        return {name: self.rows[name] for name in file_ids if name in self.rows}

    def keep(self, written: ClockRows) -> None:
        """The rows that a step would have committed."""
        for row in written.files:
            self.rows[row.file_id] = row.stored()


class _NoDigests:
    """Of partitions without forgotten files."""

    async def known(self, partition: int) -> bool:
        return False


class _Snapshots:
    """Compliance's rows, in memory."""

    digests = _NoDigests()

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}

    async def claim(self, partition: int) -> Claim:
        return _CLAIM

    async def recounted_to(self, partition: int) -> int:
        return 0

    async def snapshot_bytes(self, file_ids: Sequence[str]) -> dict[str, bytes]:
        return {name: self.rows[name] for name in file_ids if name in self.rows}

    async def alerts(self, file_ids: Sequence[str]) -> Mapping[str, Sequence[BreachAlert]]:
        return {}


def figures(runs: int) -> Iterator[Figure]:
    """A batch of the fifth event of each of many files with four known events; then the snapshots
    of both.
    """
    tune_garbage_collector()
    catalogue = load_catalogue(None)
    lives = [history(f"F-{number:06}", NOW - timedelta(days=20)) for number in range(FILES)]
    files, snapshots = Files(), _Snapshots()
    clock = ClockWorker(cast(ClockStore, files), catalogue)
    compliance = ComplianceWorker(cast(ComplianceStore, snapshots), catalogue)
    known = fold_batch(clock, batch_of(event for life in lives for event in life[:-1]))
    files.keep(known.rows)
    snapshots.rows = {record.key.decode(): record.value for record in known.publish[FILE_CLOCKS]}
    last = batch_of((life[-1] for life in lives), offset=5 * FILES)
    follow = [record.value for record in fold_batch(clock, last).publish[FILE_CLOCKS]]
    published = Batch(0, [Record(n, b"", value) for n, value in enumerate(follow)], FILES)
    for name, worker, batch in (
        ("fold an event, its file's history known", clock, last),
        ("fold a snapshot, the one before known", compliance, published),
    ):
        seconds = processor_seconds(partial(fold_batch, worker, batch), runs=2 * runs)
        yield Figure(name, seconds / FILES * 1e6, "µs", _TARGETS[type(worker)], at_most=True)


def batch_of(events: Iterable[Event], offset: int = 0) -> Batch:
    """Events as a batch of partition 0."""
    values = map(encode, events)
    records = [Record(n, b"", value) for n, value in enumerate(values, offset)]
    return Batch(0, records, offset + len(records))


def fold_batch(worker: ClockWorker | ComplianceWorker, batch: Batch) -> Outcome[Any]:
    """What a worker makes of a batch."""
    outcomes: list[Outcome[Any]] = []

    async def fold() -> None:  # asyncio.run would format a result
        await worker.claim(0)
        outcomes.extend(filter(None, [await worker.handle(batch, NOW)]))

    asyncio.run(fold())
    return outcomes[0]
