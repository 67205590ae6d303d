"""One process of the embedded system: the product's own parts over one database, with ports that may fail.

``crash`` throws everything away but the file; ``overtaken`` leaves the workers alive without their partitions: a zombie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from echeance.system.embedded import Embedded, assemble
from services.clock.store import SERVICE as CLOCK
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.projection.tables import compliance_files
from services.ingest.cloudevents.envelope import Rules, parse_structured
from services.ingest.cloudevents.faults import InvalidEventsError
from shared.domain.catalogue import Catalogue
from shared.domain.events import encode
from shared.domain.records import decode_snapshot
from shared.errors import FencedError, UnavailableError
from shared.log.attempts import StoredAttemptCounter
from shared.log.dead_letters import dead_letter
from shared.log.loop import Loop
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import (
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    ClaimPartition,
    NewRecord,
    Outcome,
    Position,
    Subscription,
    Worker,
    partition_of,
)
from shared.metrics.registry import Metrics
from shared.settings import read_settings
from tests.simulation.crashes import Fate, MortalDatabase, MortalLog, MortalWorker

TOLERANCE = timedelta(minutes=5)


class Reader:
    """A worker, what it reads, and the product's loop over both, whose time is that of its last turn."""

    def __init__(self, base: MortalDatabase, log: MortalLog, topic: str, worker: Worker[Any]):
        self.topic, self.worker = topic, worker
        self.subscription = log.subscribe(topic, worker.service, worker.claim)
        self._log = log
        self._now = datetime.max.replace(tzinfo=UTC)
        attempts = StoredAttemptCounter(base, worker.service)
        told = LoopMetrics(Metrics(lambda: self._now))
        self._loop = Loop(self, topic, worker, lambda: self._now, attempts, told)

    partitions = property(lambda self: self._log.partitions)
    parallelism = 1  # a seed repeats every step in its order

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        return await self._log.append(topic, records)

    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        return self.subscription

    async def turn(self, now: datetime) -> int:
        self._now = now
        try:
            return await self._loop.run_once(0)
        except (
            UnavailableError
        ):  # a clock that died has not noted what it forgot: as the runner, begin anew
            await self._loop.close()
            return 0


class Folded:
    """The versions that compliance has folded, file by file: they may only grow."""

    def __init__(self) -> None:
        self.versions: dict[str, tuple[int, int, datetime]] = {}

    def add(self, outcome: Outcome[Any]) -> None:
        files = next(write for write in outcome.rows.writes if write.table is compliance_files)
        for file_id, part, _, snapshot, *_ in files.rows:
            if part:
                continue  # a standard of a file: the file has its own row
            version = decode_snapshot(snapshot).version
            last = self.versions.get(file_id)
            assert last is None or version > last, f"{file_id}: {version} after {last}"
            self.versions[file_id] = version


class WatchedWorker(MortalWorker[Any]):
    """Compliance's worker, whose commits are noted."""

    def __init__(self, service: str, worker: Worker[Any], fate: Fate, folded: Folded) -> None:
        super().__init__(service, worker, fate)
        self._folded = folded

    @override
    async def commit(self, outcome: Outcome[Any]) -> None:
        self._fate.begin(f"{self.service} commit")
        await self.worker.commit(outcome)
        self._folded.add(outcome)
        self._fate.reach(f"{self.service} commit after")


class System:
    """A process at work on a data directory, under a catalogue."""

    def __init__(
        self, base: MortalDatabase, log: MortalLog, embedded: Embedded, fate: Fate, folded: Folded
    ) -> None:
        self.base, self.log, self.embedded = base, log, embedded
        self.fate, self.folded = fate, folded
        clock = MortalWorker(CLOCK, embedded.clock_worker, fate)
        compliance = WatchedWorker(COMPLIANCE, embedded.compliance_worker, fate, folded)
        self.clock = Reader(base, log, FILE_EVENTS, clock)
        self.compliance = Reader(base, log, FILE_CLOCKS, compliance)

    def record(self, file_id: str, value: bytes) -> NewRecord:
        key = file_id.encode()
        return NewRecord(partition_of(key, self.log.partitions), key, value)

    async def accept(self, posts: Sequence[bytes], now: datetime) -> list[bytes]:
        """What ingest does with requests that come together; the ones it refused."""
        rules = Rules(catalogue=self.embedded.catalogue, now=now, future_tolerance=TOLERANCE)
        records, refused = [], []
        for raw in posts:
            try:
                event = parse_structured(raw, rules)
            except InvalidEventsError:
                refused.append(raw)
                continue
            records.append(self.record(event.file_id, encode(event)))
        await self.log.append(FILE_EVENTS, records)
        return refused

    async def settle(self, now: datetime) -> None:
        """Work until nothing is left."""
        for reader in (self.clock, self.compliance):
            while await reader.turn(now):
                pass


@dataclass(frozen=True)
class Zombie:
    """A process that lost its partitions and does not know it yet; ``held`` is a step decided before, not yet published."""

    reader: Reader
    held: Outcome[Any] | None = None

    async def wake(self, log: MortalLog, now: datetime) -> int:
        """Go on where it was; publishes, and is told at its first commit that it is no longer the owner."""
        if self.held is not None:
            await self._finish(self.held, log, now)
            return 1
        fenced = 0
        for batch in await self.reader.subscription.fetch(0):
            try:
                outcome = await self.reader.worker.handle(batch, now)
            except FencedError:  # an idle clock asks whether its partition is still its own
                fenced += 1
                continue
            except UnavailableError:
                continue
            if outcome is not None:
                await self._finish(outcome, log, now)
                fenced += 1
        return fenced

    async def _finish(self, outcome: Outcome[Any], log: MortalLog, now: datetime) -> None:
        for topic, records in outcome.publish.items():
            await log.append(topic, records)
        letters = [
            dead_letter(
                self.reader.topic, outcome.partition, one, at=now, partitions=log.partitions
            )
            for one in outcome.rejected
        ]
        await log.append(DEAD_LETTERS, letters)
        try:
            await self.reader.worker.commit(outcome)
        except FencedError:
            return
        raise AssertionError("a process without the partition has committed")


async def started(
    data: Path,
    catalogue: Catalogue,
    fate: Fate,
    folded: Folded,
    *,
    partitions: int,
    batch_records: int,
) -> System:
    """A new process on the directory."""
    base = MortalDatabase(f"sqlite+aiosqlite:///{data / 'echeance.sqlite'}", fate)
    log = MortalLog(base, fate, partitions=partitions, batch_records=batch_records)
    return _process(base, log, catalogue, fate, folded)


def beside(other: System, catalogue: Catalogue) -> System:
    """A process on the log and database of another, which it is about to overtake."""
    return _process(other.base, other.log, catalogue, other.fate, other.folded)


def _process(
    base: MortalDatabase, log: MortalLog, catalogue: Catalogue, fate: Fate, folded: Folded
) -> System:
    embedded = replace(assemble(base, catalogue, read_settings({})), log=log)
    return System(base, log, embedded, fate, folded)
