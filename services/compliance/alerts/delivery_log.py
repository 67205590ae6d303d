"""Delivery state: leader lease, published positions, delivered alerts, sent digests.

Of several processes the holder of a lease delivers. Two leaders for a moment (clocks that differ, a
suspended process) do no harm: every alert has its identity, and repeats change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.compliance.alerts.store import Positions
from services.compliance.alerts.tables import alert_notices, digests
from shared.database import Database
from shared.domain import BreachAlert, microseconds

_ACQUIRE = text(
    "INSERT INTO leases (name, holder, expires_at) VALUES (:name, :holder, :expires_at) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at "
    "WHERE leases.holder = excluded.holder OR leases.expires_at <= :at"
)
_RELEASE = text("UPDATE leases SET expires_at = 0 WHERE name = :name AND holder = :holder")
_PUBLISHED = text(
    "INSERT INTO alert_notices (partition, position) VALUES (:partition, :position) "
    "ON CONFLICT (partition) DO UPDATE SET position = excluded.position"
)
_DELIVERED = text(
    "INSERT INTO alert_deliveries (file_id, cycle, stage, stage_since, of_standard, delivered_at) "
    "VALUES (:file_id, :cycle, :stage, :stage_since, :of_standard, :delivered_at) "
    "ON CONFLICT DO NOTHING"
)
_RESET_POSITIONS = text(
    "UPDATE alerts SET position = CASE WHEN position > coalesce(("
    "SELECT published.position FROM alert_notices AS published "
    "WHERE published.partition = alerts.partition), 0) THEN 1 ELSE 0 END"
)
_RESET_PUBLISHED = text("UPDATE alert_notices SET position = 0")
_DIGEST_SENT = text(
    "INSERT INTO digests (unit, day, sent_at) VALUES (:unit, :day, :sent_at) ON CONFLICT DO NOTHING"
)


class Lease:
    """The right to do what one process does at a time; it expires unless it is renewed."""

    def __init__(self, database: Database, name: str, holder: str, *, lasts: timedelta) -> None:
        self._database = database
        self._key = {"name": name, "holder": holder}
        self._lasts = lasts
        self._is_holder = False
        self._renew_at: datetime | None = None

    async def acquire(self, at: datetime) -> bool:
        """Whether this process holds the lease, acquired when free, renewed after a third of it."""
        if self._renew_at is None or at >= self._renew_at:
            moments = {"at": microseconds(at), "expires_at": microseconds(at + self._lasts)}
            async with self._database.transaction() as connection:
                result = await connection.execute(_ACQUIRE, {**self._key, **moments})
            self._is_holder = result.rowcount == 1
            self._renew_at = at + self._lasts / 3
        return self._is_holder

    async def release(self) -> None:
        """Let another process acquire it at once."""
        self._renew_at = None
        if self._is_holder:
            async with self._database.transaction() as connection:
                await connection.execute(_RELEASE, self._key)
        self._is_holder = False


class DeliveryLog:
    """What was published, delivered and sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def published_positions(self) -> Positions:
        """The position up to which each partition's alerts were published."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(alert_notices))
            return {row.partition: row.position for row in rows}

    async def record_published(self, positions: Positions) -> None:
        """Record the positions up to which alerts were published."""
        rows = [{"partition": one, "position": until} for one, until in positions.items()]
        await self._write(_PUBLISHED, rows)

    async def record_delivered(self, alerts: Sequence[BreachAlert], at: datetime) -> None:
        """Record when a receiver accepted alerts; the first time stays."""
        rows = [
            {
                "file_id": alert.file_id,
                "cycle": alert.cycle,
                "stage": alert.stage,
                "stage_since": microseconds(alert.stage_since),
                "of_standard": alert.of_standard,
                "delivered_at": microseconds(at),
            }
            for alert in alerts
        ]
        await self._write(_DELIVERED, rows)

    async def has_digest(self, unit: str, day: date) -> bool:
        """Whether a unit's digest of a day was sent."""
        is_it = (digests.c.unit == unit) & (digests.c.day == day.toordinal())
        async with self._database.reading() as connection:
            return (await connection.execute(select(digests).where(is_it))).first() is not None

    async def record_digest(self, unit: str, day: date, at: datetime) -> None:
        """Record that a unit's digest of a day was sent."""
        row = {"unit": unit, "day": day.toordinal(), "sent_at": microseconds(at)}
        await self._write(_DIGEST_SENT, [row])

    async def _write(self, statement: TextClause, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            async with self._database.transaction() as connection:
                await connection.execute(statement, rows)


async def reset_positions(connection: AsyncConnection) -> None:
    """Restart positions at 0 with the log: unpublished alerts after it, published ones at it."""
    await connection.execute(_RESET_POSITIONS)
    await connection.execute(_RESET_PUBLISHED)
