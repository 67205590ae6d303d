"""Origins: which topic the positions of a service are of, so that another of the same name, or one cut otherwise, is not taken for it.

A topic deleted and made again begins at offset 0. As long as it is shorter than the positions, a reader sees that; once it has grown
beyond them it would read on in the middle, and skip what is before. So the topic's identifier stands beside the positions, and is
looked at whenever a partition is claimed, and every few seconds. So does the number of its partitions: with more of them a key stands
elsewhere, and the events of a file would come apart. SQLite needs none of this: its log and its positions are one file.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sqlalchemy import Column, Integer, String, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import Database, metadata
from shared.errors import RepartitionedError, TruncatedLogError, UnavailableError
from shared.log.ports import Identity

origins = Table(
    "origins",
    metadata,
    Column("service", String, primary_key=True),
    Column("topic_id", String, nullable=False, comment="of the topic that its positions are of"),
    Column("partitions", Integer, comment="how many that topic has; null: not noted yet"),
)

_FIRST = text(
    "INSERT INTO origins (service, topic_id, partitions) VALUES (:service, :topic_id, :partitions) "
    "ON CONFLICT (service) DO UPDATE SET partitions = excluded.partitions "
    "WHERE origins.partitions IS NULL AND origins.topic_id = excluded.topic_id"
)
_ADOPTED = text(
    "INSERT INTO origins (service, topic_id, partitions) VALUES (:service, :topic_id, :partitions) "
    "ON CONFLICT (service) DO UPDATE SET topic_id = excluded.topic_id, partitions = excluded.partitions"
)


class HasTopicIdentity(Protocol):
    """A log whose topics can be told from others of the same name."""

    async def identity(self, topic: str) -> Identity | None:
        """What the topic is that has this name; None where there is none. Raises :class:`UnavailableError`."""


class StoredIdentity(NamedTuple):
    """The topic that positions are of; without ``partitions`` where an earlier version noted it."""

    topic_id: str
    partitions: int | None


class StoredTopicIdentity:
    """The port :class:`shared.log.loop.TopicIdentityCheck` over the table."""

    def __init__(self, database: Database, service: str, log: HasTopicIdentity, topic: str) -> None:
        self._database = database
        self._service = service
        self._log = log
        self._topic = topic

    async def require(self) -> None:
        found = await self._log.identity(self._topic)
        known = await self._known()
        if found is None and known is None:
            raise UnavailableError(f"the brokers do not know the topic {self._topic}")
        if found is None:
            raise TruncatedLogError(f"the topic {self._topic} no longer exists: restore it")
        if known is None or known.partitions is None:
            known = await self._noted(found)
        if known.topic_id != found.topic_id:
            short = self._topic.removeprefix("echeance.")
            raise TruncatedLogError(
                f"the topic {self._topic} is not the one that was read before: it was made again, and what followed the "
                f"positions is not in it. Restore it, or begin with this one: echeance topics adopt {short}"
            )
        require_partition_count(self._topic, found, known)

    async def _known(self) -> StoredIdentity | None:
        async with self._database.reading() as connection:
            return await stored_identity(connection, self._service)

    async def _noted(self, found: Identity) -> StoredIdentity:
        """Note what was not; what stands there, which another process may have noted before."""
        async with self._database.transaction() as connection:
            await connection.execute(_FIRST, {"service": self._service, **found._asdict()})
            noted = await stored_identity(connection, self._service)
        assert noted is not None
        return noted


def require_partition_count(topic: str, found: Identity, known: StoredIdentity) -> None:
    """Raise :class:`RepartitionedError` where a topic has another number of partitions than it was read with."""
    if known.partitions not in (None, found.partitions):
        raise RepartitionedError(
            f"the topic {topic} has {found.partitions} partitions and was read with {known.partitions}, which cannot change: "
            "a file's events would come apart. See “More partitions” in docs/operations.md"
        )


async def stored_identity(connection: AsyncConnection, service: str) -> StoredIdentity | None:
    """The topic that a service's positions are of; None before it has claimed a partition."""
    mine = select(origins.c.topic_id, origins.c.partitions).where(origins.c.service == service)
    found = (await connection.execute(mine)).one_or_none()
    return None if found is None else StoredIdentity(*found)


async def adopt_topic(connection: AsyncConnection, service: str, found: Identity) -> None:
    """From now on a service's positions are of this topic."""
    await connection.execute(_ADOPTED, {"service": service, **found._asdict()})
