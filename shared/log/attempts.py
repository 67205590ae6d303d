"""Attempts in the database: the port of ``quarantine`` over one table."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    select,
)

from shared.database import Database, metadata

attempts = Table(
    "attempts",
    metadata,
    Column("service", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    PrimaryKeyConstraint("service", "partition"),
)


class StoredAttemptCounter:
    """The port :class:`shared.log.quarantine.AttemptCounter` over the table."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service

    async def count(self, partition: int, offset: int) -> int:
        found = select(attempts.c.attempts).where(self._of(partition), attempts.c.offset == offset)
        async with self._database.reading() as connection:
            return (await connection.execute(found)).scalar_one_or_none() or 0

    async def begin(self, partition: int, offset: int) -> int:
        mine = self._of(partition)
        async with self._database.transaction() as connection:
            again = (
                attempts.update()
                .where(mine, attempts.c.offset == offset)
                .values(attempts=attempts.c.attempts + 1)
                .returning(attempts.c.attempts)
            )
            count = (await connection.execute(again)).scalar_one_or_none()
            if count is not None:
                return int(count)
            await connection.execute(delete(attempts).where(mine))
            first = attempts.insert().values(
                service=self._service, partition=partition, offset=offset, attempts=1
            )
            await connection.execute(first)
            return 1

    async def end(self, partition: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(attempts).where(self._of(partition)))

    def _of(self, partition: int) -> ColumnElement[bool]:
        return (attempts.c.service == self._service) & (attempts.c.partition == partition)
