"""The distributed system at work on real servers, within the test's own process; and what its tables hold."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Table, select, text

from services.clock.store import ClockStore
from services.clock.tables import clock_generations
from services.clock.worker import ClockWorker
from services.compliance.projection.store import ComplianceStore
from services.compliance.projection.worker import ComplianceWorker
from shared.database import engine as database
from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.domain.catalogue import Catalogue
from shared.domain.events import Event, encode
from shared.log import kafka
from shared.log.kafka import KafkaLog
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS, Batch, NewRecord, Worker, partition_of
from shared.log.step_lock import StepLock
from shared.metrics.registry import Metrics
from shared.process import distributed, load_catalogue, runner
from shared.settings import Settings, read_settings
from tests.rebuild.hostile import hostile_records
from tests.waiting import until

PARTITIONS = 4


class Live(NamedTuple):
    """What a test looks at while the services work."""

    settings: Settings
    log: KafkaLog
    database: Database
    catalogue: Catalogue

    async def append(self, records: Sequence[tuple[str, bytes]], topic: str = FILE_EVENTS) -> None:
        made = [
            NewRecord(partition_of(key.encode(), PARTITIONS), key.encode(), value)
            for key, value in records
        ]
        await self.log.append(topic, made)

    async def publish(self, *events: Event) -> None:
        await self.append([(event.file_id, encode(event)) for event in events])

    async def lived(self, files: int, seed: int = 0) -> None:
        """A year of hostile lives, all at once."""
        begins = datetime(2024, 1, 8, 12, tzinfo=UTC)
        records = hostile_records(Random(seed), files, begins, 300)
        await self.append([(one.file_id, one.value) for one in records])

    async def settled(self) -> None:
        """Return once both services have done all there is to do."""
        await until(self._is_settled, "both services to be done")

    async def _is_settled(self) -> bool:
        events = await self.ends(FILE_EVENTS)
        async with self.database.reading() as connection:
            if await database.next_offsets(connection, "clock") != events:
                return False
            markers = select(clock_generations.c.regenerated_after)
            if set((await connection.execute(markers)).scalars()) != {None}:
                return False
        clocks = await self.ends(FILE_CLOCKS)
        async with self.database.reading() as connection:
            return await database.next_offsets(connection, "compliance") == clocks

    async def rows(self, table: Table) -> dict[str, Any]:
        async with self.database.reading() as connection:
            return {row.file_id: row for row in await connection.execute(select(table))}

    async def run(self, statement: str) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(text(statement))

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a command that works on it in a process of its own."""
        return {
            **os.environ,  # noqa: TID251 — a process needs the test's own
            "ECHEANCE_KAFKA": self.settings.kafka,
            "ECHEANCE_DATABASE": self.settings.database,
            "ECHEANCE_PARTITIONS": str(self.settings.partitions),
        }

    async def scalar(self, query: str) -> Any:
        async with self.database.reading() as connection:
            return (await connection.execute(text(query))).scalar_one()

    def clock(self) -> AbstractAsyncContextManager[None]:
        """A clock at work, a member of the group."""
        return self._at_work(
            FILE_EVENTS, lambda base: ClockWorker(ClockStore(base), self.catalogue)
        )

    def compliance(self) -> AbstractAsyncContextManager[None]:
        return self._at_work(
            FILE_CLOCKS, lambda base: ComplianceWorker(ComplianceStore(base), self.catalogue)
        )

    @asynccontextmanager
    async def _at_work(
        self, topic: str, worker: Callable[[Database], Worker[Any]]
    ) -> AsyncIterator[None]:
        stop, metrics = asyncio.Event(), Metrics(runner.now)
        async with working(self.settings) as (base, log), asyncio.TaskGroup() as group:
            loop = distributed.loop(
                self.settings, log, topic, worker(base), base, metrics, StepLock()
            )
            group.create_task(runner.run_until_stopped(loop, stop))
            try:
                yield
            finally:
                stop.set()

    async def folded_to(self, ends: Mapping[int, int]) -> None:
        """Have compliance come exactly as far as these offsets, and no further."""
        worker = ComplianceWorker(ComplianceStore(self.database), self.catalogue)
        for partition, end in ends.items():
            first = await worker.claim(partition)
            records = [
                record
                async for read in self.log.replay(FILE_CLOCKS, partition, first, end)
                for record in read
            ]
            outcome = await worker.handle(Batch(partition, records, end), runner.now())
            if outcome is not None:
                await worker.commit(outcome)

    async def ends(self, topic: str) -> dict[int, int]:
        return dict(enumerate(await self.log.ends(topic)))

    @asynccontextmanager
    async def repeating(
        self, write: Callable[[int], Awaitable[None]], *, every_seconds: float
    ) -> AsyncIterator[None]:
        """Write over and over, with a number, until the block ends."""

        async def flow() -> None:
            for number in count():
                await write(number)
                await asyncio.sleep(every_seconds)

        task = asyncio.create_task(flow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()

    @asynccontextmanager
    async def services(self) -> AsyncIterator[None]:
        """Two clocks and a compliance."""
        async with self.clock(), self.clock(), self.compliance():
            yield


@asynccontextmanager
async def working(given: Settings) -> AsyncIterator[tuple[Database, KafkaLog]]:
    async with distributed.database(given) as base, distributed.cluster(given) as log:
        yield base, log


@asynccontextmanager
async def installed(bootstrap: str, url: str, catalogue: Path | None = None) -> AsyncIterator[Live]:
    """Topics and tables, and nobody at work yet; under a catalogue of its own, or the shipped one."""
    given = read_settings(
        {
            **({"ECHEANCE_CATALOGUE": str(catalogue)} if catalogue else {}),
            "ECHEANCE_KAFKA": bootstrap,
            "ECHEANCE_DATABASE": url,
            "ECHEANCE_PARTITIONS": str(PARTITIONS),
            "ECHEANCE_SESSION_SECONDS": "3",
            "ECHEANCE_BATCH_RECORDS": "500",
        }
    )
    await kafka.create_topics(distributed.kafka_settings(given), PARTITIONS, replicas=1)
    made = Database(url)
    await migrate(made)
    await made.close()
    async with working(given) as (base, log):
        yield Live(given, log, base, load_catalogue(catalogue))
