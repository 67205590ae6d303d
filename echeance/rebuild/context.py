"""What a rebuild works with, how it begins, and how far it has come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import Database, Progress, Rebuild, engine, metadata, positions, rebuilds
from shared.database import shadow_tables as beside
from shared.domain import Catalogue, microseconds
from shared.log import StoredTopicIdentity, log_records
from shared.log.kafka import KafkaLog
from shared.process import Settings, distributed, fail, load_catalogue, progress_bar, runner, say

_LOOK_SECONDS = 0.5
# What PostgreSQL refuses, by SQLSTATE, and an administrator can mend.
_NOT_ALLOWED = "42501"
_STILL_USED = "2BP01"


def tables() -> Sequence[Table]:
    """All tables of PostgreSQL: each has a shadow, so that a worker here can touch no live one."""
    return [table for table in metadata.sorted_tables if table is not log_records]


class Parts(NamedTuple):
    """The log, the live tables, and those beside them, which only this rebuild sees."""

    settings: Settings
    catalogue: Catalogue
    log: KafkaLog
    live: Database
    beside: Database
    rebuild: Rebuild

    async def stands(self) -> Mapping[int, int]:
        """Where the live service stands in each partition."""
        async with self.live.reading() as connection:
            return await engine.next_offsets(connection, self.rebuild.service)

    async def begin(
        self, connection: AsyncConnection, stands: Mapping[int, int], totals: Mapping[int, int]
    ) -> None:
        """Create empty shadow tables with these offsets; an earlier rebuild's are dropped.

        No owner before this rebuild had its epoch, so none of them can write here.
        """
        await rebuilds.begin_rebuild(connection, self.rebuild, totals)
        await beside.create_shadow_tables(connection, self.rebuild.schema, tables())
        service, epoch = self.rebuild.service, self.rebuild.started_at
        rows = [(service, partition, offset, epoch) for partition, offset in stands.items()]
        await beside.copy_rows(connection, self.rebuild.schema, positions, rows)

    async def progress(self) -> Progress:
        """How many records of how many are done."""
        async with self.live.reading() as connection:
            every = await rebuilds.rebuild_progress(connection)
        return every.get(self.rebuild.service, Progress(0, 0))

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """A bar while something is at work."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _watch(self) -> None:
        before, total = await self.progress()
        with progress_bar(say("Recompte", "Counting"), total) as progress:
            progress.update(before)
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                done, _ = await self.progress()
                progress.update(done - before)
                before = done


@asynccontextmanager
async def open_parts(settings: Settings, name: str) -> AsyncIterator[Parts]:
    """What a rebuild of one service of the distributed system needs."""
    rebuild = Rebuild(name, microseconds(runner.now()))
    catalogue = load_catalogue(settings.catalogue)
    async with distributed.database(settings), distributed.cluster(settings) as log:
        live = Database(settings.database, command_seconds=None)
        ours = Database(settings.database, command_seconds=None, schema=rebuild.schema)
        try:
            yield Parts(settings, catalogue, log, live, ours, rebuild)
        except DBAPIError as error:
            _tell(error)
            raise
        finally:
            await live.close()
            await ours.close()


async def require_all(parts: Parts, topic: str, stands: Mapping[int, int]) -> None:
    """End the command unless the live service has had every partition of the present topic."""
    await StoredTopicIdentity(parts.live, parts.rebuild.service, parts.log, topic).require()
    missing = sorted(set(range(parts.log.partitions)) - stands.keys())
    if missing:
        fail(
            f"le service {parts.rebuild.service} n’a jamais pris les partitions {missing} : le lancer d’abord",
            f"the {parts.rebuild.service} service has never taken partitions {missing}: start it first",
        )


def _tell(error: DBAPIError) -> None:
    state = getattr(error.orig, "sqlstate", None)
    if state == _NOT_ALLOWED:
        fail(
            f"ce rôle n’a pas les droits qu’il faut : refaire sous le propriétaire des tables ({error.orig})",
            f"this role lacks a right: run this as the owner of the tables ({error.orig})",
        )
    if state == _STILL_USED:
        detail = getattr(getattr(error.orig, "__cause__", None), "detail", error.orig)
        fail(
            f"autre chose tient à la table en service, et rien n’est changé ({detail})",
            f"something else depends on the live table, and nothing is changed ({detail})",
        )
