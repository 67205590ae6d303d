"""Topic identity: consumers stop at a recreated topic, or one with more partitions.

A recreated topic begins at offset 0. Once it has grown past a position, a consumer would resume in
the middle and skip records. So the topic's ID is stored beside the positions, and compared at every
claim and every few seconds. So is the number of partitions: with more of them keys map to others,
and a file's events would be split. SQLite needs none of this: log and positions are one file.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sqlalchemy import Column, Integer, String, Table, delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import Database, metadata
from shared.errors import RepartitionedError, TruncatedLogError, UnavailableError
from shared.log.attempts import attempts
from shared.log.ports import Identity

origins = Table(
    "origins",
    metadata,
    Column("service", String, primary_key=True),
    Column("topic_id", String, nullable=False, comment="of the topic that its positions are of"),
    Column("partitions", Integer, comment="how many that topic has; null: not noted yet"),
)

_STORE = text(
    "INSERT INTO origins (service, topic_id, partitions) VALUES (:service, :topic_id, :partitions) "
    "ON CONFLICT (service) DO UPDATE SET partitions = excluded.partitions "
    "WHERE origins.partitions IS NULL AND origins.topic_id = excluded.topic_id"
)
_ADOPT = text(
    "INSERT INTO origins (service, topic_id, partitions) VALUES (:service, :topic_id, :partitions) "
    "ON CONFLICT (service) DO UPDATE SET topic_id = excluded.topic_id, partitions = excluded.partitions"
)


class HasTopicIdentity(Protocol):
    """A log whose topics have identifiers."""

    async def identity(self, topic: str) -> Identity | None:
        """The topic's identity, None if there is no such topic; raises ``UnavailableError``."""


class StoredIdentity(NamedTuple):
    """The identity of the topic that a service's positions refer to."""

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
        current = await self._log.identity(self._topic)
        stored = await self._stored()
        if current is None and stored is None:
            raise UnavailableError(f"the brokers do not know the topic {self._topic}")
        if current is None:
            raise TruncatedLogError(f"the topic {self._topic} no longer exists: restore it")
        if stored is None or stored.partitions is None:
            stored = await self._store(current)
        if stored.topic_id != current.topic_id:
            short = self._topic.removeprefix("echeance.")
            raise TruncatedLogError(
                f"the topic {self._topic} is not the one that was read before: it was made again, and what followed the "
                f"positions is not in it. Restore it, or begin with this one: echeance topics adopt {short}"
            )
        require_partition_count(self._topic, current, stored)

    async def _stored(self) -> StoredIdentity | None:
        async with self._database.reading() as connection:
            return await stored_identity(connection, self._service)

    async def _store(self, current: Identity) -> StoredIdentity:
        """Store the identity unless another process has; the one stored."""
        async with self._database.transaction() as connection:
            await connection.execute(_STORE, {"service": self._service, **current._asdict()})
            stored = await stored_identity(connection, self._service)
        assert stored is not None
        return stored


def require_partition_count(topic: str, current: Identity, stored: StoredIdentity) -> None:
    """Raise :class:`RepartitionedError` if a topic's number of partitions changed."""
    if stored.partitions not in (None, current.partitions):
        raise RepartitionedError(
            f"the topic {topic} has {current.partitions} partitions and was read with {stored.partitions}, which cannot change: "
            "a file's events would come apart. See “More partitions” in docs/operations.md"
        )


async def stored_identity(connection: AsyncConnection, service: str) -> StoredIdentity | None:
    """The identity that a service has stored; None before its first claim."""
    mine = select(origins.c.topic_id, origins.c.partitions).where(origins.c.service == service)
    row = (await connection.execute(mine)).one_or_none()
    return None if row is None else StoredIdentity(*row)


async def adopt_topic(connection: AsyncConnection, service: str, identity: Identity) -> None:
    """Store a topic's identity in place of the one before, whose attempts say nothing of its records."""
    await connection.execute(delete(attempts).where(attempts.c.service == service))
    await connection.execute(_ADOPT, {"service": service, **identity._asdict()})
