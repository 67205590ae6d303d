"""The connections, tables and progress of a rebuild."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import (
    Database,
    Progress,
    Rebuild,
    engine,
    metadata,
    positions,
    rebuilds,
    shadow_tables,
)
from shared.domain import Catalogue, microseconds
from shared.erasure import EVERY_OFFSET, erasure_keys, erasure_positions, forgotten_files
from shared.log import StoredTopicIdentity, log_records
from shared.log.kafka import KafkaLog
from shared.process import Settings, distributed, fail, load_catalogue, progress_bar, runner, say

_LOOK_SECONDS = 0.5
# What PostgreSQL refuses, by SQLSTATE, and an administrator can mend.
_NOT_ALLOWED = "42501"
_STILL_USED = "2BP01"


def shadowed_tables() -> Sequence[Table]:
    """Every table on PostgreSQL: each has a shadow, so a worker on these can touch no other."""
    return [table for table in metadata.sorted_tables if table is not log_records]


class RebuildContext(NamedTuple):
    """The log, the live tables, and the shadow tables, which only this rebuild sees."""

    settings: Settings
    catalogue: Catalogue
    log: KafkaLog
    live: Database
    shadow: Database
    rebuild: Rebuild

    async def live_offsets(self) -> Mapping[int, int]:
        """The next offset of the live service in each partition."""
        async with self.live.reading() as connection:
            return await engine.next_offsets(connection, self.rebuild.service)

    async def begin(
        self, connection: AsyncConnection, offsets: Mapping[int, int], totals: Mapping[int, int]
    ) -> None:
        """Create empty shadow tables at these offsets, and drop those of an earlier rebuild.

        Their epoch is this rebuild's own, so no earlier owner can write to them.
        """
        await rebuilds.begin_rebuild(connection, self.rebuild, totals)
        await shadow_tables.create_shadow_tables(connection, self.rebuild.schema, shadowed_tables())
        for table in (forgotten_files, erasure_keys):
            copy = f"INSERT INTO {self.rebuild.schema}.{table.name} SELECT * FROM {table.name}"
            await connection.execute(text(copy))
        decided = [(partition, EVERY_OFFSET) for partition in offsets]
        await shadow_tables.copy_rows(connection, self.rebuild.schema, erasure_positions, decided)
        name, epoch = self.rebuild.service, self.rebuild.started_at
        rows = [(name, partition, offset, epoch) for partition, offset in offsets.items()]
        await shadow_tables.copy_rows(connection, self.rebuild.schema, positions, rows)

    async def progress(self) -> Progress:
        """How many records of how many are done."""
        async with self.live.reading() as connection:
            every = await rebuilds.rebuild_progress(connection)
        return every.get(self.rebuild.service, Progress(0, 0))

    @asynccontextmanager
    async def show_progress(self) -> AsyncIterator[None]:
        """Show a progress bar meanwhile."""
        task = asyncio.create_task(self._update_bar())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _update_bar(self) -> None:
        previous, total = await self.progress()
        with progress_bar(say("Recompte", "Counting"), total) as progress:
            progress.update(previous)
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                done, _ = await self.progress()
                progress.update(done - previous)
                previous = done


@asynccontextmanager
async def rebuild_context(settings: Settings, name: str) -> AsyncIterator[RebuildContext]:
    """What a rebuild of one service of the distributed system needs."""
    rebuild = Rebuild(name, microseconds(runner.now()))
    catalogue = load_catalogue(settings.catalogue)
    async with distributed.database(settings), distributed.cluster(settings) as log:
        live = Database(settings.database, command_seconds=None)
        shadow = Database(settings.database, command_seconds=None, schema=rebuild.schema)
        try:
            yield RebuildContext(settings, catalogue, log, live, shadow, rebuild)
        except DBAPIError as error:
            _tell(error)
            raise
        finally:
            await live.close()
            await shadow.close()


async def require_all(context: RebuildContext, topic: str, offsets: Mapping[int, int]) -> None:
    """End the command unless the live service has claimed every partition of the present topic."""
    await StoredTopicIdentity(context.live, context.rebuild.service, context.log, topic).require()
    missing = sorted(set(range(context.log.partitions)) - offsets.keys())
    if missing:
        fail(
            f"le service {context.rebuild.service} n’a jamais pris les partitions {missing} : le lancer d’abord",
            f"the {context.rebuild.service} service has never taken partitions {missing}: start it first",
        )


def _tell(error: DBAPIError) -> None:
    state = getattr(error.orig, "sqlstate", None)
    if state == _NOT_ALLOWED:
        fail(
            f"ce rôle n’a pas les droits qu’il faut : refaire sous le propriétaire des tables ({error.orig})",
            f"this role lacks a right: run this as the owner of the tables ({error.orig})",
        )
    if state == _STILL_USED:
        named = getattr(getattr(error.orig, "__cause__", None), "detail", error.orig)
        fail(
            f"autre chose tient à la table en service, et rien n’est changé ({named})",
            f"something else depends on the live table, and nothing is changed ({named})",
        )
