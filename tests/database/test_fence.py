"""The fence: who lost a partition changes no row and is told so."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError

from shared.database import engine
from shared.database.bulk_writes import Write
from shared.database.engine import Claim, Database, positions
from shared.errors import FencedError, UnavailableError
from tests.waiting import until

own_tables = MetaData()
rows_written = Table(
    "fenced_rows",
    own_tables,
    Column("name", String, primary_key=True),
    Column("text", String),
    Column("bytes", LargeBinary, nullable=False),
    Column("number", BigInteger),
)
sums_written = Table(
    "fenced_sums",
    own_tables,
    Column("name", String, nullable=False),
    Column("day", Integer, nullable=False),
    Column("files", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "day"),
)


@pytest.fixture(autouse=True)
async def tables(base: Database) -> None:
    async with base.transaction() as connection:
        await connection.run_sync(own_tables.create_all)


async def claim(base: Database, service: str = "clock", partition: int = 0) -> Claim:
    async with base.transaction() as connection:
        return await engine.claim(connection, service, partition)


async def advance(base: Database, held: Claim, next_offset: int) -> Claim:
    return await base.commit(held, next_offset, [])


async def stored(base: Database, table: Table = positions) -> list[tuple[Any, ...]]:
    async with base.reading() as connection:
        rows = await connection.execute(select(table).order_by(*table.primary_key))
        return [tuple(row) for row in rows]


async def test_each_claim_raises_the_epoch_and_keeps_the_position(base: Database) -> None:
    first = await claim(base)
    assert first == Claim("clock", 0, next_offset=0, epoch=1)
    await advance(base, first, 7)
    assert await claim(base) == Claim("clock", 0, next_offset=7, epoch=2)
    assert await claim(base) == Claim("clock", 0, next_offset=7, epoch=3)


async def test_the_owner_moves_its_position_again_and_again(base: Database) -> None:
    held = await claim(base)
    for next_offset in (3, 3, 10):
        held = await advance(base, held, next_offset)
    assert await stored(base) == [("clock", 0, 10, 1)]


async def test_the_same_step_cannot_be_committed_twice(base: Database) -> None:
    held = await claim(base)
    await advance(base, held, 5)
    with pytest.raises(FencedError):
        await advance(base, held, 5)


async def test_services_and_partitions_are_fenced_apart(base: Database) -> None:
    clock, other = await claim(base), await claim(base, partition=1)
    compliance = await claim(base, "compliance")
    await claim(base, partition=1)
    await advance(base, clock, 4)
    await advance(base, compliance, 2)
    with pytest.raises(FencedError):
        await advance(base, other, 1)
    assert await stored(base) == [("clock", 0, 4, 1), ("clock", 1, 0, 2), ("compliance", 0, 2, 1)]


def row(name: str, number: int | None, text: str | None = "é") -> dict[str, Any]:
    return {"name": name, "text": text, "bytes": name.encode(), "number": number}


def rows_of(*rows: dict[str, Any]) -> Write:
    return Write.named(rows_written, rows)


def sums_of(*sums: tuple[str, int, int]) -> Write:
    """Files to add to those of a name and a day."""
    rows = [{"name": name, "day": day, "files": files} for name, day, files in sums]
    return Write.named(sums_written, rows, adds_to="files")


async def test_rows_move_with_their_position_the_new_over_the_old(base: Database) -> None:
    held = await base.commit(await claim(base), 2, [rows_of(row("b", 1), row("a", 2))])
    later = rows_of(row("c", None, None), row("a", 3, "new"))
    assert (await base.commit(held, 5, [later])).next_offset == 5
    assert await stored(base) == [("clock", 0, 5, 1)]
    assert await stored(base, rows_written) == [
        ("a", "new", b"a", 3),
        ("b", "é", b"b", 1),
        ("c", None, b"c", None),
    ]


AWKWARD = (
    *(None, "", "NULL", "a,b", 'a","b', "{}", "\\", '\\"', '"', "'", "$1"),
    *(" space ", "line\nbreak", "é\u2028😀"),
)


async def test_awkward_texts_and_bytes_are_kept_as_they_are(base: Database) -> None:
    rows = [
        (f"{n:02} {text}", text, bytes([n, 0, 92]) * n, None if n % 2 else -n)
        for n, text in enumerate(AWKWARD)
    ]
    await base.commit(await claim(base), 1, [Write(rows_written, rows)])
    assert await stored(base, rows_written) == rows
    names = [row[0] for row in rows]
    found = await base.rows_by_key(select(rows_written), rows_written.c.name, [*names[::2], "none"])
    assert sorted(tuple(row) for row in found) == rows[::2]
    assert await base.rows_by_key(select(rows_written), rows_written.c.name, []) == []


async def test_sums_are_added_to_what_there_was(base: Database) -> None:
    held = await base.commit(await claim(base), 1, [sums_of(("x", 1, 10), ("x", 2, 1))])
    await base.commit(held, 2, [rows_of(row("a", 1)), sums_of(("x", 2, -4), ("y", 1, 2))])
    assert await stored(base, sums_written) == [("x", 1, 10), ("x", 2, -3), ("y", 1, 2)]
    assert await stored(base, rows_written) == [("a", "é", b"a", 1)]


async def test_a_position_moves_without_rows(base: Database) -> None:
    await base.commit(await claim(base), 3, [rows_of()])
    assert await stored(base) == [("clock", 0, 3, 1)]


async def test_a_former_owner_writes_no_row(base: Database) -> None:
    stale = await claim(base)
    await claim(base)
    with pytest.raises(FencedError, match="clock lost partition 0"):
        await base.commit(stale, 5, [rows_of(row("a", 1))])
    assert await stored(base, rows_written) == []
    assert await stored(base) == [("clock", 0, 0, 2)]


async def test_of_many_writers_of_one_step_one_writes(base: Database) -> None:
    held = await claim(base)
    one = [sums_of(("x", 1, 1))]
    answers = await asyncio.gather(
        *(base.commit(held, 5, one) for _ in range(20)), return_exceptions=True
    )
    assert [answer for answer in answers if isinstance(answer, Claim)] == [
        held._replace(next_offset=5)
    ]
    assert all(isinstance(answer, Claim | FencedError) for answer in answers)
    assert await stored(base, sums_written) == [("x", 1, 1)]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite's writers queue
async def test_a_commit_that_waits_for_a_new_owner_writes_nothing(base: Database) -> None:
    """The new owner's claim is not committed when the stale step arrives, which must wait for it and then see it."""
    stale = await claim(base)
    async with base.transaction() as connection:
        await engine.claim(connection, "clock", 0)
        late = asyncio.create_task(base.commit(stale, 5, [rows_of(row("a", 1))]))
        await until(partial(one_waits, base), "a statement that waits")
    with pytest.raises(FencedError):
        await late
    assert await stored(base, rows_written) == []


async def one_waits(base: Database) -> bool:
    """Whether a statement waits for another's lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with base.reading() as connection:
        return bool((await connection.execute(waiting)).scalar_one())


async def test_a_row_that_the_table_refuses_leaves_the_position(base: Database) -> None:
    held = await claim(base)
    with pytest.raises(IntegrityError):
        await base.commit(held, 5, [rows_of({**row("a", 1), "bytes": None})])
    assert await stored(base) == [("clock", 0, 0, 1)]
    assert await stored(base, rows_written) == []


async def test_positions_add_up_to_what_a_service_consumed(base: Database) -> None:
    await advance(base, await claim(base), 4)
    await advance(base, await claim(base, partition=1), 5)
    await advance(base, await claim(base, "compliance"), 100)
    async with base.reading() as connection:
        assert await engine.position(connection, "clock") == 9
        assert await engine.position(connection, "nobody") == 0


async def test_putting_positions_back_fences_out_whoever_holds_them(base: Database) -> None:
    held = await advance(base, await claim(base), 9)
    async with base.transaction() as connection:
        await engine.reset_positions(connection, "clock", [2])
    with pytest.raises(FencedError):
        await advance(base, held, 10)
    assert await claim(base) == Claim("clock", 0, next_offset=2, epoch=3)


async def test_a_database_that_cannot_be_opened_is_unavailable_and_leaves_no_thread(
    tmp_path: Path,
) -> None:
    before = set(threading.enumerate())
    absent = Database(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite'}")
    with pytest.raises(UnavailableError, match="does not answer"):
        await claim(absent)
    with pytest.raises(UnavailableError, match="does not answer"):
        await stored(absent)
    assert before >= set(threading.enumerate())
    await absent.close()
