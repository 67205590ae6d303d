"""The embedded system: one process, one SQLite file, the three services, no server.

Its parts are assembled here alone, for serving, importing, reporting and rebuilding.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import IO, TypeVar

from echeance.erasure import Cleaning, clean_directory, clean_periodically
from echeance.system import directory_catalogue
from echeance.system.private_files import close_to_others, make_directory, open_private
from services.clock import SERVICE as CLOCK
from services.clock import ClockStore, ClockWorker, generations
from services.clock.dead_letter_index import DeadLetterWorker
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.projection import COMPUTED, ComplianceStore, ComplianceWorker, recounting
from shared.audit import FILES_FORGOTTEN, RetentionNotes, TableSink, change_lines
from shared.database import Database, engine, migrations
from shared.domain import Catalogue, Event, encode
from shared.errors import SettingError, UnavailableError
from shared.log import (
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    Loop,
    LoopMetrics,
    NewRecord,
    SqliteLog,
    StepLock,
    StoredAttemptCounter,
    Worker,
    partition_of,
)
from shared.metrics import Metrics
from shared.process import Now, Settings, progress_bar, runner, say

R = TypeVar("R")

DATABASE = "echeance.sqlite"
CREDENTIALS = "credentials.json"
LOCK = "lock"
_BESIDE = (f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal")
_TRIM_SECONDS = 60.0
_UNTIMED_SECONDS = 2.0
"""How long a loop sleeps that only records make work for: an append and a shutdown wake it."""
_log = logging.getLogger("echeance")


class InUseError(Exception):
    """Another process uses the data directory."""


@dataclass(frozen=True)
class Embedded:
    """The parts of the system, over one database."""

    settings: Settings
    catalogue: Catalogue
    database: Database
    log: SqliteLog
    clock: ClockStore
    compliance: ComplianceStore
    clock_worker: ClockWorker
    compliance_worker: ComplianceWorker
    letter_worker: DeadLetterWorker
    metrics: Metrics
    loop_metrics: LoopMetrics
    retention: RetentionNotes
    step_lock: StepLock
    trim_seconds: float = _TRIM_SECONDS

    def count(self, now: Now) -> AsyncGenerator[int]:
        """Run the clock until it has no lag; yields the records of each run."""
        return runner.run_to_end(self._loop(FILE_EVENTS, self.clock_worker, now))

    def measure(self, now: Now) -> AsyncGenerator[int]:
        """Run compliance until it has no lag; yields the records of each run."""
        return runner.run_to_end(self._loop(FILE_CLOCKS, self.compliance_worker, now))

    def index_letters(self, now: Now) -> AsyncGenerator[int]:
        """Index dead letters until none is left; yields the records of each run."""
        return runner.run_to_end(self._loop(DEAD_LETTERS, self.letter_worker, now))

    def _loop(self, topic: str, worker: Worker[R], now: Now) -> Loop[R]:
        attempts = StoredAttemptCounter(self.database, worker.service)
        limit, metrics = self.settings.dead_letters_per_hour, self.loop_metrics
        return Loop(
            self.log,
            topic,
            worker,
            now,
            attempts,
            metrics,
            step_lock=self.step_lock,
            letters_per_hour=limit,
        )

    async def lag(self, topic: str, reader: str) -> int:
        """The records that a service has not consumed."""
        async with self.database.reading() as connection:
            consumed = await engine.position(connection, reader)
        return sum(await self.log.ends(topic)) - consumed

    async def reset_computed(self) -> None:
        """Reset all computed tables: everything is counted again under a new generation.

        Compliance continues after the last snapshot of the old one: the clock republishes every file.
        """
        ends = await self.log.ends(FILE_CLOCKS)
        async with self.database.transaction() as connection:
            counted = await engine.next_offsets(connection, CLOCK)
            await recounting.begin_recount(connection, counted)
            await generations.restart(connection)
            for table in COMPUTED:
                await connection.execute(table.delete())
            for service_name, offsets in ((CLOCK, [0] * len(ends)), (COMPLIANCE, ends)):
                await engine.reset_positions(connection, service_name, offsets)

    async def note_recount(self, now: Now) -> None:
        """Store what counting everything again changed, as known today."""
        async with self.database.transaction() as connection:
            await recounting.end_recount(connection, self.catalogue.local_day(now()))

    async def catch_up(self, now: Now) -> None:
        """Run both services until neither has lag."""
        for turn in (self.count(now), self.measure(now)):
            async for _ in turn:
                pass

    async def catch_up_with_progress(self, now: Now) -> None:
        """The same, with a progress bar for each service."""
        for label, topic, reader, turns in (
            (say("Calcul", "Counting"), FILE_EVENTS, CLOCK, self.count(now)),
            (say("Mesure", "Measuring"), FILE_CLOCKS, COMPLIANCE, self.measure(now)),
        ):
            with progress_bar(label, await self.lag(topic, reader)) as progress:
                async for consumed in turns:
                    progress.update(consumed)

    async def trim_snapshots(self) -> None:
        """Trim ``file-clocks`` up to compliance; a rebuild publishes every snapshot again."""
        async with self.database.reading() as connection:
            folded = await engine.next_offsets(connection, COMPLIANCE)
        for partition, offset in folded.items():
            await self.log.trim(FILE_CLOCKS, partition, offset)

    async def _trim_periodically(self, stop: asyncio.Event) -> None:
        """Trim periodically until stopped; a failure is retried at the next time."""
        while not stop.is_set():
            await runner.wait_for_stop(stop, self.trim_seconds)
            try:
                await self.trim_snapshots()
            except UnavailableError as error:
                _log.warning("snapshots already folded are kept for now: %s", error)

    async def work(self, now: Now, stop: asyncio.Event) -> None:
        """Run the loops until stopped."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._trim_periodically(stop))
            clock = self._loop(FILE_EVENTS, self.clock_worker, now)
            compliance = self._loop(FILE_CLOCKS, self.compliance_worker, now)
            letters = self._loop(DEAD_LETTERS, self.letter_worker, now)
            group.create_task(runner.run_until_stopped(clock, stop))
            idle = _UNTIMED_SECONDS
            group.create_task(runner.run_until_stopped(compliance, stop, idle_seconds=idle))
            group.create_task(runner.run_until_stopped(letters, stop, idle_seconds=idle))
            path = self.settings.data / DATABASE
            group.create_task(clean_periodically(self.database, path, now, self.metrics, stop))
            await stop.wait()
            await self.log.wake()

    async def note_retention(self) -> None:
        """Record what was forgotten by schedule where no server did: a command counted what was due."""
        if detail := self.retention.take():
            writer = f"retention.{secrets.token_hex(6)}"
            lines = change_lines(writer, runner.now(), "process", FILES_FORGOTTEN, detail)
            try:
                await TableSink(self.database).write(lines, writer)
            except UnavailableError as error:
                _log.error("files forgotten by schedule are not in the audit trail: %s", error)

    async def clean(self, now: Now) -> Cleaning:
        """Erase what is forgotten from the data directory."""
        return await clean_directory(self.database, self.settings.data / DATABASE, now())


@asynccontextmanager
async def open_embedded(settings: Settings, catalogue: Catalogue) -> AsyncIterator[Embedded]:
    """The embedded system on its data directory, locked by this process.

    Raises ``CatalogueRefusedError`` before anything is accepted under another catalogue.
    """
    make_directory(settings.data)
    async with lock_data_directory(settings.data) as database:
        await migrations.migrate(database)
        await _keep_partitions(database, settings)
        embedded = assemble(database, catalogue, settings)
        await embedded.clock.require(catalogue)
        directory_catalogue.keep(settings.data, catalogue)
        yield embedded
        await embedded.note_retention()


@asynccontextmanager
async def lock_data_directory(data: Path) -> AsyncIterator[Database]:
    """The database of a directory that this process locks, and that only its owner can enter.

    Raises :class:`InUseError` and ``OpenToOthersError``.
    """
    close_to_others([data])
    with _locked(data):
        # SQLite gives the files beside the database its permissions.
        open_private(data / DATABASE).close()
        close_to_others(
            data / name
            for name in (DATABASE, *_BESIDE, CREDENTIALS, LOCK, directory_catalogue.NAME)
        )
        database = Database(f"sqlite+aiosqlite:///{data / DATABASE}")
        try:
            yield database
        finally:
            await database.close()


async def _keep_partitions(database: Database, settings: Settings) -> None:
    """The number of partitions of a directory is fixed: with another, files change partition.

    All are created in one transaction, so that a crash cannot leave a smaller number.
    """
    async with database.transaction() as connection:
        made_with = await engine.partitions(connection, CLOCK)
        if made_with == 0:
            await engine.begin(connection, CLOCK, settings.partitions)
    if made_with not in (0, settings.partitions):
        raise SettingError(
            f"{settings.data} was made with {made_with} partitions, which cannot change: "
            f"set ECHEANCE_PARTITIONS={made_with}"
        )


def assemble(database: Database, catalogue: Catalogue, settings: Settings) -> Embedded:
    """Assemble the parts over a database."""
    log = SqliteLog(database, partitions=settings.partitions, batch_records=settings.batch_records)
    clock, compliance = ClockStore(database), ComplianceStore(database)
    metrics = Metrics(runner.now)
    return Embedded(
        settings=settings,
        catalogue=catalogue,
        database=database,
        log=log,
        clock=clock,
        compliance=compliance,
        clock_worker=ClockWorker(clock, catalogue),
        compliance_worker=ComplianceWorker(compliance, catalogue),
        letter_worker=DeadLetterWorker(database),
        metrics=metrics,
        loop_metrics=LoopMetrics(metrics),
        retention=RetentionNotes(metrics),
        step_lock=StepLock(),
    )


def event_records(events: Sequence[Event], partitions: int) -> list[NewRecord]:
    """Events as records of ``file-events``; the partition is computed once where a file's events adjoin."""
    records: list[NewRecord] = []
    for file_id, of_file in groupby(events, attrgetter("file_id")):
        key = file_id.encode()
        partition = partition_of(key, partitions)
        records += [NewRecord(partition, key, encode(event)) for event in of_file]
    return records


@asynccontextmanager
async def read_only(data: Path) -> AsyncIterator[Database]:
    """The database of a data directory, for reading; a server may be running on it.

    Raises ``SchemaError`` where an earlier program made it: questions alter nothing.
    """
    async with beside_server(data) as database:
        yield database


@asynccontextmanager
async def beside_server(data: Path) -> AsyncIterator[Database]:
    """The same, for a command that also writes rows which no service writes.

    It takes no lock: SQLite has the command and the server wait for each other's transactions.
    """
    path = data / DATABASE
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    database = Database(f"sqlite+aiosqlite:///{path}")
    try:
        await migrations.require_newest(database)
        yield database
    finally:
        await database.close()


def _locked(data: Path) -> IO[str]:
    """The directory's lock: released when the file is closed, or the process ends in any way."""
    lock = open_private(data / LOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise InUseError(str(data)) from None
    return lock
