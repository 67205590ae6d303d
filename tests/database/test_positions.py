"""Positions: whoever waits for a change may ask often, and learns of every one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import delete, event

from shared.database import engine
from shared.database.engine import Claim, Database, positions
from shared.errors import FencedError


async def claim(base: Database) -> Claim:
    async with base.transaction() as connection:
        return await engine.claim(connection, "clock", 0)


@contextmanager
def statements(base: Database) -> Iterator[list[str]]:
    found: list[str] = []

    def executed(_: Any, __: Any, statement: str, *___: Any) -> None:
        found.append(statement)

    event.listen(base._reader.sync_engine, "before_cursor_execute", executed)
    yield found
    event.remove(base._reader.sync_engine, "before_cursor_execute", executed)


async def test_every_commit_is_seen_at_once(base: Database) -> None:
    held = await claim(base)
    for offset in range(1, 20):
        assert await base.positions("clock") == {0: offset - 1}
        held = await base.commit(held, offset, [])
    assert await base.positions("clock") == {0: 19}
    assert await base.positions("compliance") == {}


async def test_sqlite_is_not_asked_what_nobody_can_have_changed(base: Database) -> None:
    held = await claim(base)
    await base.positions("clock")
    with statements(base) as executed:
        for _ in range(500):
            await base.positions("clock")
            await base.require_ownership(held)
    # Read again after three seconds, which a busy machine may take.
    assert len(executed) < 500 if base.on_sqlite else len(executed) == 1_000


async def test_the_claim_of_another_process_is_noticed(base: Database) -> None:
    held = await claim(base)
    await base.require_ownership(held)
    other = Database(base._engine.url.render_as_string(hide_password=False))
    await claim(other)
    await other.close()
    with pytest.raises(FencedError):
        async with asyncio.timeout(30):
            while True:
                await base.require_ownership(held)
                await asyncio.sleep(0.1)


async def test_an_idle_owner_whose_position_is_gone_claims_the_partition_again(
    base: Database,
) -> None:
    held = await base.commit(await claim(base), 5, [])
    async with base.transaction() as connection:
        await connection.execute(delete(positions))
    with pytest.raises(FencedError):
        await base.require_ownership(held)
    again = await claim(base)
    assert again.next_offset == 0
    await base.require_ownership(again)
