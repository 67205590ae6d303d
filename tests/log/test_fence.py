"""The fence: who lost a partition changes no row and is told so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from shared import database
from shared.database import Claim, Database, positions
from shared.log import FencedError, UnavailableError
from tests.services.world import let_connections_end


@pytest.fixture
async def base(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path / 'fence.sqlite'}")
    await made.create_tables()
    yield made
    await made.close()


async def claim(base: Database, service: str = "clock", partition: int = 0) -> Claim:
    async with base.transaction() as connection:
        return await database.claim(connection, service, partition)


async def advance(base: Database, held: Claim, next_offset: int) -> Claim:
    async with base.transaction() as connection:
        return await database.advance(connection, held, next_offset)


async def stored(base: Database) -> list[tuple[str, int, int, int]]:
    async with base.reading() as connection:
        rows = await connection.execute(select(positions).order_by(*positions.primary_key))
        return [tuple(row) for row in rows]


async def test_a_partition_never_claimed_begins_at_its_first_record(base: Database) -> None:
    assert await claim(base) == Claim("clock", 0, next_offset=0, epoch=1)


async def test_each_claim_raises_the_epoch_and_keeps_the_position(base: Database) -> None:
    await advance(base, await claim(base), 7)
    assert await claim(base) == Claim("clock", 0, next_offset=7, epoch=2)
    assert await claim(base) == Claim("clock", 0, next_offset=7, epoch=3)


async def test_the_owner_moves_its_position_again_and_again(base: Database) -> None:
    held = await claim(base)
    for next_offset in (3, 3, 10):
        held = await advance(base, held, next_offset)
    assert await stored(base) == [("clock", 0, 10, 1)]


async def test_a_former_owner_cannot_move_the_position(base: Database) -> None:
    stale = await claim(base)
    await claim(base)
    with pytest.raises(FencedError, match="clock lost partition 0"):
        await advance(base, stale, 5)
    assert await stored(base) == [("clock", 0, 0, 2)]


async def test_the_same_step_cannot_be_committed_twice(base: Database) -> None:
    held = await claim(base)
    await advance(base, held, 5)
    with pytest.raises(FencedError):
        await advance(base, held, 5)


async def test_what_follows_the_fence_is_not_written_when_it_refuses(base: Database) -> None:
    stale = await claim(base)
    await claim(base)
    with pytest.raises(FencedError):
        async with base.transaction() as connection:
            await connection.execute(
                positions.insert().values(service="x", partition=9, next_offset=1, epoch=1)
            )
            await database.advance(connection, stale, 5)
    assert await stored(base) == [("clock", 0, 0, 2)]


async def test_services_and_partitions_are_fenced_apart(base: Database) -> None:
    clock, other = await claim(base), await claim(base, partition=1)
    compliance = await claim(base, "compliance")
    await claim(base, partition=1)
    await advance(base, clock, 4)
    await advance(base, compliance, 2)
    with pytest.raises(FencedError):
        await advance(base, other, 1)
    assert await stored(base) == [
        ("clock", 0, 4, 1),
        ("clock", 1, 0, 2),
        ("compliance", 0, 2, 1),
    ]


async def test_positions_add_up_to_what_a_service_consumed(base: Database) -> None:
    await advance(base, await claim(base), 4)
    await advance(base, await claim(base, partition=1), 5)
    await advance(base, await claim(base, "compliance"), 100)
    async with base.reading() as connection:
        assert await database.position(connection, "clock") == 9
        assert await database.position(connection, "nobody") == 0


async def test_putting_positions_back_fences_out_whoever_holds_them(base: Database) -> None:
    held = await advance(base, await claim(base), 9)
    async with base.transaction() as connection:
        await database.put_back(connection, "clock", [2])
    with pytest.raises(FencedError):
        await advance(base, held, 10)
    assert await claim(base) == Claim("clock", 0, next_offset=2, epoch=3)


async def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    absent = Database(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite'}")
    with pytest.raises(UnavailableError, match="does not answer"):
        await claim(absent)
    with pytest.raises(UnavailableError, match="does not answer"):
        await stored(absent)
    await absent.close()
    let_connections_end()
