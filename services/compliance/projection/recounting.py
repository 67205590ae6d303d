"""What a rebuild changes, stored as known on its day; what it counts again is no news.

A rebuild keeps what was known, as it keeps corrections. The tables before and after it are compared
by day, and only where they differ is anything stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.compliance.projection.corrections import NOT_MEASURED
from services.compliance.projection.known_changes import KNOWN_BASES
from services.compliance.projection.rollups import EVERY_UNIT
from services.compliance.projection.tables import recounts

_OLD_TALLIES: Final = "before_recount_tallies"
_OLD_CYCLES: Final = "before_recount_cycles"
_BASES: Final = ", ".join(f"'{basis}'" for basis in KNOWN_BASES)
_STORED: Final = f"basis IN ({_BASES}) AND unit <> '{EVERY_UNIT}'"
_CELL: Final = "basis, standard, unit, day, outcome, partition"
_KEY: Final = "file_id, of_standard, cycle"
_ANSWER: Final = "standard, unit, received_on, decided_on, due_on, outcome, counted, gross"
_ROW: Final = f"partition, {_ANSWER}"


class TallySources(NamedTuple):
    """Where tallies by day, those of what is open, and measured cycles are."""

    tallies: str
    open_tallies: str
    measured_cycles: str

    @classmethod
    def of_schema(cls, schema: str) -> TallySources:
        """The tables of a schema (PostgreSQL)."""
        return cls(*(f"{schema}.{name}" for name in cls._fields))


_LIVE: Final = TallySources(*TallySources._fields)


async def begin_recount(connection: AsyncConnection, offsets: Mapping[int, int]) -> None:
    """Copy what is shown, and note up to where each partition's events had been counted.

    Everything is counted at that time: a copy that an interrupted rebuild left is dropped.
    """
    for name in (_OLD_TALLIES, _OLD_CYCLES):
        await _run(connection, f"DROP TABLE IF EXISTS {name}")
    await _run(connection, f"CREATE TABLE {_OLD_TALLIES} AS {_cells(_LIVE, '')}")
    await _run(connection, f"CREATE TABLE {_OLD_CYCLES} AS SELECT * FROM measured_cycles")
    # Without it, what compares both reads the whole copy once for each cycle.
    await _run(connection, f"CREATE INDEX {_OLD_CYCLES}_key ON {_OLD_CYCLES} ({_KEY})")
    known = {row[0]: row[1] for row in await connection.execute(recounts.select())}
    await connection.execute(recounts.delete())
    rows = [
        {"partition": partition, "position": max(position, known.get(partition, 0))}
        for partition, position in offsets.items()
    ]
    if rows:
        await connection.execute(recounts.insert(), rows)


async def end_recount(connection: AsyncConnection, known_on: date) -> None:
    """Store what the rebuild changed, and drop the copy."""
    copied = TallySources(_OLD_TALLIES, "", _OLD_CYCLES)
    await note_recount(connection, copied, _LIVE, known_on)
    for name in (_OLD_TALLIES, _OLD_CYCLES):
        await _run(connection, f"DROP TABLE {name}")


async def note_recount(
    connection: AsyncConnection, old: TallySources, new: TallySources, known_on: date
) -> None:
    """Store the differences of two sets of tables as known on a day."""
    day = {"known_on": known_on.toordinal()}
    changes = f"{_cells(new, '')} UNION ALL {_cells(old, '-')}"
    await connection.execute(text(_TALLIES.format(changes=changes)), day)
    cycles = {"old": old.measured_cycles, "new": new.measured_cycles}
    for statement in (_CHANGED_CYCLES, _NEW_CYCLES):
        await connection.execute(text(statement.format(**cycles)), day)


def _cells(source: TallySources, sign: str) -> str:
    """Tallies by day; a copy has those of what is open in the same table."""
    if not source.open_tallies:
        return f"SELECT {_CELL}, {sign}files AS files FROM {source.tallies}"
    return (
        f"SELECT {_CELL}, {sign}files AS files FROM {source.tallies} "
        f"WHERE grain = 'day' AND {_STORED} UNION ALL "
        f"SELECT {_CELL}, {sign}files AS files FROM {source.open_tallies} WHERE {_STORED}"
    )


_TALLIES: Final = f"""
INSERT INTO known_tallies (basis, standard, unit, day, known_on, outcome, partition, files)
SELECT basis, standard, unit, day, CAST(:known_on AS integer), outcome, partition, sum(files)
FROM ({{changes}}) AS changes
WHERE basis = 'open' OR day + (CASE WHEN basis = 'due' THEN 1 ELSE 0 END) < :known_on
GROUP BY {_CELL} HAVING sum(files) <> 0
ON CONFLICT (basis, standard, unit, day, known_on, outcome, partition)
DO UPDATE SET files = known_tallies.files + excluded.files
"""
_INTO_CYCLES: Final = f"INSERT INTO known_cycles ({_KEY}, known_on, position, {_ROW})"
_IS_KNOWN: Final = f"ON CONFLICT ({_KEY}, known_on, position) DO NOTHING"
_SAME_ROW: Final = " AND ".join(
    f"new.{name} IS NOT DISTINCT FROM old.{name}" for name in _ANSWER.split(", ")
)
_SAME_KEY: Final = " AND ".join(f"new.{name} = old.{name}" for name in _KEY.split(", "))
_CHANGED_CYCLES: Final = f"""
{_INTO_CYCLES}
SELECT {_KEY}, CAST(:known_on AS integer), 0, {_ROW} FROM {{old}} AS old
WHERE NOT EXISTS (SELECT 1 FROM {{new}} AS new WHERE {_SAME_KEY} AND {_SAME_ROW})
{_IS_KNOWN}
"""
_NEW_CYCLES: Final = f"""
{_INTO_CYCLES}
SELECT {_KEY}, CAST(:known_on AS integer), 0, partition, standard, unit, received_on, NULL, NULL,
    '{NOT_MEASURED}', NULL, NULL
FROM {{new}} AS new
WHERE NOT EXISTS (SELECT 1 FROM {{old}} AS old WHERE {_SAME_KEY})
{_IS_KNOWN}
"""


async def _run(connection: AsyncConnection, statement: str) -> None:
    await connection.exec_driver_sql(statement)
