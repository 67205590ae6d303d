"""Origins: which topic the positions of a service are of, so that another of the same name is never taken for it.

A topic deleted and made again begins at offset 0. As long as it is shorter than the positions, a reader sees that; once it has grown
beyond them it would read on in the middle, and skip what is before. So the topic's identifier stands beside the positions, and is
looked at whenever a partition is claimed, and every few seconds. SQLite needs none of this: its log and its positions are one file.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Column, String, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import Database, metadata
from shared.log import TruncatedLogError, UnavailableError

origins = Table(
    "origins",
    metadata,
    Column("service", String, primary_key=True),
    Column("topic_id", String, nullable=False, comment="of the topic that its positions are of"),
)

_FIRST = text(
    "INSERT INTO origins (service, topic_id) VALUES (:service, :topic_id) ON CONFLICT DO NOTHING"
)
_ADOPTED = text(
    "INSERT INTO origins (service, topic_id) VALUES (:service, :topic_id) "
    "ON CONFLICT (service) DO UPDATE SET topic_id = excluded.topic_id"
)


class Identified(Protocol):
    """A log whose topics can be told from others of the same name."""

    async def topic_id(self, topic: str) -> str | None:
        """The identifier of the topic that has this name; None where there is none. Raises :class:`UnavailableError`."""


class StoredOrigin:
    """The port :class:`shared.loop.Origin` over the table."""

    def __init__(self, database: Database, service: str, log: Identified, topic: str) -> None:
        self._database = database
        self._service = service
        self._log = log
        self._topic = topic

    async def require(self) -> None:
        found = await self._log.topic_id(self._topic)
        known = await self._known()
        if found is None and known is None:
            raise UnavailableError(f"the brokers do not know the topic {self._topic}")
        if found is None:
            raise TruncatedLogError(f"the topic {self._topic} no longer exists: restore it")
        if known is None:
            known = await self._noted(found)
        if known != found:
            short = self._topic.removeprefix("echeance.")
            raise TruncatedLogError(
                f"the topic {self._topic} is not the one that was read before: it was made again, and what followed the "
                f"positions is not in it. Restore it, or begin with this one: echeance topics adopt {short}"
            )

    async def _known(self) -> str | None:
        async with self._database.reading() as connection:
            return await known(connection, self._service)

    async def _noted(self, found: str) -> str | None:
        """Note the first; what stands there, which another process may have noted before."""
        async with self._database.transaction() as connection:
            await connection.execute(_FIRST, {"service": self._service, "topic_id": found})
            return await known(connection, self._service)


async def known(connection: AsyncConnection, service: str) -> str | None:
    """The topic that a service's positions are of; None before it has claimed a partition."""
    mine = select(origins.c.topic_id).where(origins.c.service == service)
    found: str | None = (await connection.execute(mine)).scalar_one_or_none()
    return found


async def adopt(connection: AsyncConnection, service: str, topic_id: str) -> None:
    """From now on a service's positions are of this topic."""
    await connection.execute(_ADOPTED, {"service": service, "topic_id": topic_id})
