"""The verifier is tried: it finds every fault that is planted in what a sound system has computed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from sqlalchemy import select, text

from services.clock.tables import clock_files
from shared.database.engine import metadata
from shared.domain.events import decode_history, encode
from tests.faults.distributed import verifier
from tests.faults.distributed.system import ALL, System

FIRST = "ctid = (SELECT min(ctid) FROM {table})"
PLANTED: Final = {
    "a file forgotten by the clocks": ("clock_files", f"DELETE FROM {{table}} WHERE {FIRST}"),
    "a file forgotten by compliance": ("compliance_files", f"DELETE FROM {{table}} WHERE {FIRST}"),
    "a stage that is not the file's": (
        "clock_files",
        "UPDATE {table} SET stage = 'on_track' WHERE file_id = "
        "(SELECT min(file_id) FROM {table} WHERE stage = 'overdue')",
    ),
    "a crossing that comes at no time": (
        "clock_files",
        f"UPDATE {{table}} SET crosses_at = 9000000000000000 WHERE {FIRST}",
    ),
    "a tally doubled": (
        "tallies",
        "UPDATE {table} SET files = 2 * files WHERE ctid = "
        "(SELECT min(ctid) FROM {table} WHERE files > 0)",
    ),
    "a tally lost": (
        "open_tallies",
        "DELETE FROM {table} WHERE ctid = (SELECT min(ctid) FROM {table} WHERE files > 0)",
    ),
    "an alert lost": (
        "alerts",
        "DELETE FROM {table} WHERE ctid = (SELECT min(ctid) FROM {table} WHERE resolved_at IS NULL)",
    ),
    "an alert resolved that is open": (
        "alerts",
        "UPDATE {table} SET resolved_at = raised_at, resolved_why = 'ended' WHERE ctid = "
        "(SELECT min(ctid) FROM {table} WHERE resolved_at IS NULL AND stage = 'overdue')",
    ),
    "an alert that nobody was told of": (
        "alerts",
        f"UPDATE {{table}} SET stage_since = stage_since - 1, resolved_at = raised_at, resolved_why = 'ended' WHERE {FIRST}",
    ),
}
"""A table, and what is done to it."""


@pytest.mark.whole
async def test_the_verifier_finds_what_is_planted(system: System) -> None:
    await system.start(*ALL)
    await system.traffic.send(250)
    await system.works()
    await system.verify()
    await system.idle()
    for what, (table, statement) in PLANTED.items():
        async with planted(system, table, statement.format(table=table)):
            await found(system, what)
    await found_in_the_record(system)
    async with planted(system, "clock_files", await twice(system)):
        await found(system, "an event counted twice")
    async with planted(system, "positions", "UPDATE positions SET next_offset = next_offset - 1"):
        partitions = system.settings.partitions
        behind = await verifier.lag(system.settings, system.database, system.now())
        assert behind == 2 * partitions, "records that nobody has read"
    await system.judge()
    table, statement = PLANTED["a tally doubled"]
    await told(system, statement.format(table=table))
    with pytest.raises(AssertionError, match="1 measures differ: tallies"):
        await system.rebuild()
    await system.verify()  # for the rebuild has mended it


async def found(system: System, what: str) -> None:
    try:
        await system.judge()
    except AssertionError:
        return
    raise AssertionError(f"the verifier does not see {what}")


async def found_in_the_record(system: System) -> None:
    """What the publishers know, against what was counted."""
    ok, never = system.traffic.ok, ("urn:nobody", "never-posted")
    ok.add(never)
    await found(system, "an acknowledged event that was lost")
    ok.remove(never)
    assert system.found is not None
    forgotten = next(iter(ok & system.found.counted.keys() - system.traffic.unknown))
    ok.remove(forgotten)
    await found(system, "an event that is counted and was never accepted")
    ok.add(forgotten)


async def twice(system: System) -> str:
    """A statement that puts the first event of a history there once more."""
    async with system.database.reading() as connection:
        row = (await connection.execute(select(clock_files).limit(1))).one()
    events = decode_history(row.history)
    doubled = encode([*events, events[0]])
    return f"UPDATE clock_files SET history = '\\x{doubled.hex()}' WHERE file_id = '{row.file_id}'"


@asynccontextmanager
async def planted(system: System, table: str, statement: str) -> AsyncIterator[None]:
    """A fault in a table, which is afterwards what it was."""
    await told(system, f"CREATE TABLE kept AS SELECT * FROM {table}")
    assert await told(system, statement) > 0, f"nothing was planted: {statement}"
    try:
        yield
    finally:
        await told(system, f"DELETE FROM {table}")
        written = [column.name for column in metadata.tables[table].c if column.computed is None]
        columns = ", ".join(written)
        await told(system, f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept")
        await told(system, "DROP TABLE kept")


async def told(system: System, statement: str) -> int:
    """How many rows that changed."""
    async with system.database.transaction() as connection:
        return (await connection.execute(text(statement))).rowcount
