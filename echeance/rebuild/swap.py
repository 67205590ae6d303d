"""The swap of the shadow tables for the live ones: one transaction, or nothing.

Writers queue on the first lock, before they hold another, so there is no deadlock; readers wait
only for the drop. After the swap writers are fenced, claim their partitions anew, and repeat the
step in hand from the positions of the new tables.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy import Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.rebuild.context import RebuildContext
from echeance.rebuild.follower import Follower
from shared.database import engine, positions, rebuilds, shadow_tables
from shared.errors import UnavailableError
from shared.process import fail, runner

_FEW_RECORDS = 1_000
_TRIES = 20
_PATIENCE_SECONDS = 3
_PAUSE_SECONDS = 1.0
_log = logging.getLogger("echeance")

InTransaction = Callable[[AsyncConnection], Awaitable[None]]
"""A further change in the transaction of the swap, before the tables change places."""


async def follow_until_close(context: RebuildContext, follower: Follower) -> None:
    """Follow the live service until little is left, or the rest no longer shrinks."""
    left = await follower.follow(await context.live_offsets(), runner.now())
    while left > _FEW_RECORDS:
        before, left = left, await follower.follow(await context.live_offsets(), runner.now())
        if left >= before:
            return


async def swap(
    context: RebuildContext, tables: Sequence[Table], follower: Follower, *extra: InTransaction
) -> None:
    """Swap tables in at exactly the live positions; retried while a lock or server is away."""
    for _ in range(_TRIES):
        waits: Sequence[Exception] = ()
        try:
            await _swap(context, tables, follower, *extra)
        except* UnavailableError as errors:
            waits = errors.exceptions
        if not waits:
            return
        _log.warning("%s; trying again in %.0f s", waits[0], _PAUSE_SECONDS)
        await asyncio.sleep(_PAUSE_SECONDS)
        await follower.begin()
        await follow_until_close(context, follower)
    fail(
        "les tables en service sont trop occupées : rien n’est changé ; recommencer à un moment plus calme",
        "the live tables are too busy: nothing is changed; try again at a quieter moment",
    )


async def _swap(
    context: RebuildContext, tables: Sequence[Table], follower: Follower, *extra: InTransaction
) -> None:
    rebuild = context.rebuild
    async with context.live.transaction() as connection:
        await connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_SECONDS}s'"))
        await shadow_tables.lock_live_tables(connection, tables)
        offsets = await _lock_positions(connection, rebuild.service)
        await follower.follow(offsets, runner.now())
        await rebuilds.end_rebuild(connection, rebuild)
        for change in extra:
            await change(connection)
        await shadow_tables.swap_tables(connection, rebuild.schema, tables)
        await engine.raise_epochs(connection, rebuild.service)


async def _lock_positions(connection: AsyncConnection, name: str) -> Mapping[int, int]:
    """The live positions of a service, locked until the transaction ends."""
    query = select(positions.c.partition, positions.c.next_offset).where(
        positions.c.service == name
    )
    rows = await connection.execute(query.order_by(positions.c.partition).with_for_update())
    return {row[0]: row[1] for row in rows}
