"""An embedded system whose database does not answer waits, says so, and goes on: nothing is lost, and the process does not end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from traceback import walk_stack
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from echeance.system.embedded import DATABASE, Embedded, assemble, open_embedded
from shared.database import Write
from shared.database.engine import Database
from shared.domain.events import encode
from shared.errors import UnavailableError
from shared.log.ports import FILE_EVENTS, NewRecord, partition_of
from shared.process.logging import json_formatter
from tests.builders import CATALOGUE, SOURCE, decided, received
from tests.echeance.system.web import NOW, Web, serving
from tests.paths import ROOT
from tests.servers.disk import SmallDisk
from tests.services.world import settings_of
from tests.waiting import until

SECRET = "CAQ-2026-SECRET"
DIGESTS = {
    "smtp": "smtp://127.0.0.1:9",
    "supervisors": ROOT / "deploy" / "alertmanager" / "supervisors.yaml",
}
KEPT_FOR_NOW = "snapshots already folded are kept for now: the database does not answer"


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / DATABASE}"


async def counts_both(web: Web) -> bool:
    """Whether a decision posted now, and the reception before it, are counted once each."""

    async def taken() -> bool:
        return await web.publish(decided(SECRET, "2025-04-30")) == 202

    await until(taken, "a decision acknowledged")
    await until(web.caught_up, "both loops to have consumed everything")
    answer = await web.client.get("/v1/attainment?standard=caq-etudes")
    return bool(answer.json()["rows"][0]["on_time"] == 1)


@asynccontextmanager
async def at_work(folder: Path, base: Database, **changes: Any) -> AsyncIterator[Web]:
    """The system on a database of its own making, which tidies all the time."""
    settings = settings_of(folder, **changes)
    embedded = replace(assemble(base, CATALOGUE, settings), trim_seconds=0.02)
    async with serving(embedded, settings) as web:
        yield web


@asynccontextmanager
async def made(folder: Path) -> AsyncIterator[Database]:
    """A directory with its tables, held; and another way to its database, which is not patient."""
    async with open_embedded(settings_of(folder), CATALOGUE):
        base = Database(url(folder), busy_seconds=0.05)
        yield base
        await base.close()


def nothing_secret(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether no message, in either form, says an identifier or an event."""
    in_json = json_formatter("embedded")
    told = "\n".join(in_json.format(record) for record in caplog.records) + caplog.text
    return SECRET not in told and SOURCE not in told


@asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[None]:
    """The database's one lock, held elsewhere."""

    def hold() -> sqlite3.Connection:
        holder = sqlite3.connect(
            folder / DATABASE, isolation_level=None, timeout=30, check_same_thread=False
        )
        holder.execute("BEGIN EXCLUSIVE")
        return holder

    holder = await asyncio.to_thread(hold)
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


async def test_a_lock_that_another_process_holds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Longer than anybody waits for it: the minute's tidying ended the process."""
    async with made(tmp_path) as base, at_work(tmp_path, base) as system:
        assert await system.publish(received(SECRET, "2025-04-28")) == 202
        async with locked(tmp_path):
            await until(lambda: caplog.text.count(KEPT_FOR_NOW) >= 2, "two looks of the tidying")
            assert await system.publish(decided(SECRET, "2025-04-30")) == 503
            assert (await system.client.get("/healthz")).status_code == 200
        assert await counts_both(system)
        assert not system.serving.done()
    assert "database is locked" in caplog.text and nothing_secret(caplog)


async def test_a_disk_that_is_full(small_disk: SmallDisk, caplog: pytest.LogCaptureFixture) -> None:
    folder = small_disk.folder / "data"
    async with made(folder) as base, at_work(folder, base) as system:
        assert await system.publish(received(SECRET, "2025-04-28")) == 202
        small_disk.fill()
        try:
            await until(
                lambda: caplog.text.count("database or disk is full") >= 2,
                "two refusals of the disk",
            )
            assert await system.publish(decided(SECRET, "2025-04-30")) == 503
        finally:
            small_disk.free()
        assert await counts_both(system)
    assert nothing_secret(caplog)


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """The process can open nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 1, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for one in taken:
            os.close(one)


async def test_no_descriptor_left(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with made(tmp_path) as base:
        parts = replace(assemble(base, CATALOGUE, settings_of(tmp_path)), trim_seconds=0.02)
        stop = asyncio.Event()
        with no_descriptor_left():
            work = asyncio.create_task(parts.work(lambda: NOW, stop))
            await until(lambda: caplog.text.count(KEPT_FOR_NOW) >= 2, "two looks of the tidying")
            await until(lambda: caplog.text.count("trying again in") >= 2, "two tries of the loops")
            assert not work.done()
        key = SECRET.encode()
        events = [
            NewRecord(partition_of(key, parts.log.partitions), key, encode(event))
            for event in (received(SECRET, "2025-04-28"), decided(SECRET, "2025-04-30"))
        ]
        await parts.log.append(FILE_EVENTS, events)
        await until(partial(measured, parts), "the decision measured")
        assert not work.done()
        stop.set()
        await work
    assert "unable to open database file" in caplog.text and nothing_secret(caplog)


async def measured(parts: Embedded) -> bool:
    return dict(await parts.compliance.outcomes("decided")) == {"on_time": 1}


class Away(Database):
    """A database that answers nobody while it is away, and notes the coroutines that asked."""

    away = False

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.refused: Counter[str] = Counter()

    def _require(self) -> None:
        if self.away:
            self.refused.update(frame.f_code.co_qualname for frame, _ in walk_stack(None))
            raise UnavailableError("the database does not answer: it is away")

    @override
    @asynccontextmanager
    async def transaction(self, *, short: bool = True) -> AsyncIterator[AsyncConnection]:
        self._require()
        async with super().transaction(short=short) as connection:
            yield connection

    @override
    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        self._require()
        async with super().reading() as connection:
            yield connection

    @override
    async def write_sqlite(self, writes: Sequence[Write], fence: Any = None) -> bool:
        self._require()
        return await super().write_sqlite(writes, fence)

    @override
    async def read_sqlite(self, query: Select[Any], sent: Mapping[str, Any]) -> Sequence[Any]:
        self._require()
        return await super().read_sqlite(query, sent)


async def test_no_task_of_the_process_ends_for_a_database_that_is_away(tmp_path: Path) -> None:
    """Whichever asks it, at its first look or at a later one."""
    async with open_embedded(settings_of(tmp_path), CATALOGUE):
        base = Away(url(tmp_path))
        base.away = True
        async with at_work(tmp_path, base, **DIGESTS) as system:
            await until(lambda: base.refused.keys() >= AT_FIRST, "every task to have asked")
            base.away = False
            assert await system.publish(received(SECRET, "2025-04-28")) == 202
            async with (
                system.client.stream("GET", "/v1/alerts/stream") as alerts,
                system.client.stream("GET", "/worklist/stream") as rows,
            ):
                assert alerts.status_code == rows.status_code == 200
                base.refused.clear()
                base.away = True
                await until(lambda: base.refused.keys() >= LATER, "every task to have asked again")
                base.away = False
                assert await counts_both(system)
            assert not system.serving.done()
        await base.close()


AT_FIRST = {
    "BusinessMetrics.run",
    "Embedded._trim_periodically",
    "run_until_stopped",
    "Notifier.run",
    "DigestSchedule.run",
}
LATER = AT_FIRST - {"DigestSchedule.run"} | {"AlertStream.run", "Live._poll"}
"""Coroutines of the tasks that ask the database: those that begin with the process, and those that somebody must ask first."""
