"""The swap of shadow tables for the live ones: one transaction, or nothing.

Writers queue on the first lock, so there is no deadlock; readers wait for an instant. After the
swap writers are fenced by the epoch, and go on from the new tables' positions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy import Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from echeance.rebuild.context import Parts
from echeance.rebuild.follower import Follower
from shared.database import positions, rebuilds, shadow_tables
from shared.errors import UnavailableError
from shared.process import fail, runner

_FEW_RECORDS = 1_000
_TRIES = 20
_PATIENCE_SECONDS = 3
_PAUSE_SECONDS = 1.0
_log = logging.getLogger("echeance")

Also = Callable[[AsyncConnection], Awaitable[None]]
"""What else becomes true in the same transaction."""


async def follow_until_close(parts: Parts, follower: Follower) -> None:
    """Follow the live service until little is left, or as near as it lets us come."""
    lag = await follower.follow(await parts.stands(), runner.now())
    while lag > _FEW_RECORDS:
        before, lag = lag, await follower.follow(await parts.stands(), runner.now())
        if lag >= before:
            return


async def swap(parts: Parts, tables: Sequence[Table], follower: Follower, also: Also) -> None:
    """Swap at exactly the live positions; retried while a lock or a server is unavailable."""
    for _ in range(_TRIES):
        waits: Sequence[Exception] = ()
        try:
            await _swap(parts, tables, follower, also)
        except* UnavailableError as errors:
            waits = errors.exceptions
        if not waits:
            return
        _log.warning("%s; trying again in %.0f s", waits[0], _PAUSE_SECONDS)
        await asyncio.sleep(_PAUSE_SECONDS)
        await follower.begin()
        await follow_until_close(parts, follower)
    fail(
        "les tables en service sont trop occupées : rien n’est changé ; recommencer à un moment plus calme",
        "the live tables are too busy: nothing is changed; try again at a quieter moment",
    )


async def _swap(parts: Parts, tables: Sequence[Table], follower: Follower, also: Also) -> None:
    rebuild = parts.rebuild
    async with parts.live.transaction() as connection:
        await connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_SECONDS}s'"))
        await shadow_tables.lock_live_tables(connection, tables)
        stands = await _lock_positions(connection, rebuild.service)
        await follower.follow(stands, runner.now())
        await rebuilds.end_rebuild(connection, rebuild)
        await shadow_tables.swap_tables(connection, rebuild.schema, tables)
        taken = positions.update().where(positions.c.service == rebuild.service)
        await connection.execute(taken.values(epoch=positions.c.epoch + 1))
        await also(connection)


async def _lock_positions(connection: AsyncConnection, name: str) -> Mapping[int, int]:
    """The live positions of a service, which stay so until the transaction ends."""
    stands = select(positions.c.partition, positions.c.next_offset).where(
        positions.c.service == name
    )
    rows = await connection.execute(stands.order_by(positions.c.partition).with_for_update())
    return {row[0]: row[1] for row in rows}
