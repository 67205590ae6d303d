"""Running rebuilds and their progress.

A rebuild is identified by the instant at which it began. Every transaction of it first checks that
its rows are still there, so one that was superseded, or that has ended, writes nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.engine import metadata

rebuilds = Table(
    "rebuilds",
    metadata,
    Column("service", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False, comment="microseconds since 1970"),
    Column("done_records", BigInteger, nullable=False),
    Column("total_records", BigInteger, nullable=False),
    PrimaryKeyConstraint("service", "partition"),
)


class OvertakenError(Exception):
    """Another rebuild of the service has begun, or this one has ended; nothing was written."""


class Rebuild(NamedTuple):
    """A rebuild of a service; ``started_at`` is in microseconds since 1970."""

    service: str
    started_at: int

    @property
    def schema(self) -> str:
        """The schema of its shadow tables."""
        return f"echeance_rebuild_{self.service}"


class Progress(NamedTuple):
    """Records done, of the total."""

    done: int
    total: int


async def begin_rebuild(
    connection: AsyncConnection, rebuild: Rebuild, totals: Mapping[int, int]
) -> None:
    """Supersede any other rebuild of the service; ``totals`` are the records to do by partition."""
    await connection.execute(rebuilds.delete().where(rebuilds.c.service == rebuild.service))
    first = {**rebuild._asdict(), "done_records": 0}
    rows = [{**first, "partition": one, "total_records": total} for one, total in totals.items()]
    await connection.execute(rebuilds.insert(), rows)


async def advance_rebuild(
    connection: AsyncConnection, rebuild: Rebuild, partition: int, records: int
) -> None:
    """Add to the records done in a partition; raises :class:`OvertakenError`."""
    mine = (rebuilds.c.service == rebuild.service) & (rebuilds.c.partition == partition)
    done = (
        rebuilds.update()
        .where(mine, rebuilds.c.started_at == rebuild.started_at)
        .values(done_records=rebuilds.c.done_records + records)
    )
    if (await connection.execute(done)).rowcount != 1:
        raise _overtaken(rebuild)


async def end_rebuild(connection: AsyncConnection, rebuild: Rebuild) -> None:
    """End a rebuild; raises :class:`OvertakenError` if it was superseded."""
    mine = (rebuilds.c.service == rebuild.service) & (rebuilds.c.started_at == rebuild.started_at)
    if (await connection.execute(rebuilds.delete().where(mine))).rowcount == 0:
        raise _overtaken(rebuild)


async def rebuild_progress(connection: AsyncConnection) -> Mapping[str, Progress]:
    """The progress of each running rebuild, by service."""
    sums = select(
        rebuilds.c.service, func.sum(rebuilds.c.done_records), func.sum(rebuilds.c.total_records)
    ).group_by(rebuilds.c.service)
    return {row[0]: Progress(int(row[1]), int(row[2])) for row in await connection.execute(sums)}


def _overtaken(rebuild: Rebuild) -> OvertakenError:
    return OvertakenError(f"another rebuild of the {rebuild.service} service has begun")
