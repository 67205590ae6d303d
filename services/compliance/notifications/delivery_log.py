"""What whoever delivers alerts writes down: who is at work, how far alerts were published, which were delivered, digests sent.

Several processes may run; one delivers, the holder of a lease, and another takes over once the lease has expired. Two at work for a
moment (clocks that differ, a process that slept) do no harm: every alert has its identity, and repeats are invisible.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.compliance.alerts import Positions, alert_notices, digests
from shared.database import Database
from shared.domain import BreachAlert, microseconds

_TAKE = text(
    "INSERT INTO leases (name, holder, expires_at) VALUES (:name, :holder, :expires_at) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at "
    "WHERE leases.holder = excluded.holder OR leases.expires_at <= :at"
)
_GIVE_BACK = text("UPDATE leases SET expires_at = 0 WHERE name = :name AND holder = :holder")
_TOLD = text(
    "INSERT INTO alert_notices (partition, position) VALUES (:partition, :position) "
    "ON CONFLICT (partition) DO UPDATE SET position = excluded.position"
)
_DELIVERED = text(
    "INSERT INTO alert_deliveries (file_id, cycle, stage, stage_since, delivered_at) "
    "VALUES (:file_id, :cycle, :stage, :stage_since, :delivered_at) ON CONFLICT DO NOTHING"
)
_UNTOLD_AGAIN = text(
    "UPDATE alerts SET position = CASE WHEN position > coalesce((SELECT told.position FROM alert_notices AS told "
    "WHERE told.partition = alerts.partition), 0) THEN 1 ELSE 0 END"
)
_TOLD_NOTHING = text("UPDATE alert_notices SET position = 0")
_SENT = text(
    "INSERT INTO digests (unit, day, sent_at) VALUES (:unit, :day, :sent_at) ON CONFLICT DO NOTHING"
)


class Lease:
    """The right to do something that one process at a time does, for so long unless it is renewed."""

    def __init__(self, db: Database, name: str, holder: str, *, lasts: timedelta) -> None:
        self._database = db
        self._names = {"name": name, "holder": holder}
        self._lasts = lasts
        self._mine = False
        self._asks_at: datetime | None = None

    async def held(self, at: datetime) -> bool:
        """Whether the lease is this process's: taken when free or expired, renewed once a third of it has gone by."""
        if self._asks_at is None or at >= self._asks_at:
            moments = {"at": microseconds(at), "expires_at": microseconds(at + self._lasts)}
            async with self._database.transaction() as connection:
                taken = await connection.execute(_TAKE, {**self._names, **moments})
            self._mine = taken.rowcount == 1
            self._asks_at = at + self._lasts / 3
        return self._mine

    async def revoked(self) -> None:
        """Let another have it at once."""
        self._asks_at = None
        if self._mine:
            async with self._database.transaction() as connection:
                await connection.execute(_GIVE_BACK, self._names)
        self._mine = False


class DeliveryLog:
    """What was told, and to whom."""

    def __init__(self, db: Database) -> None:
        self._database = db

    async def told(self) -> Positions:
        """Up to which position of each partition alerts were published."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(alert_notices))
            return {row.partition: row.position for row in rows}

    async def tell(self, reached: Positions) -> None:
        """Note that alerts were published up to these positions."""
        rows = [{"partition": partition, "position": reached[partition]} for partition in reached]
        if rows:
            async with self._database.transaction() as connection:
                await connection.execute(_TOLD, rows)

    async def delivered(self, taken: Sequence[BreachAlert], at: datetime) -> None:
        """Note when an Alertmanager took alerts; the first time stays."""
        rows = [
            {
                "file_id": alert.file_id,
                "cycle": alert.cycle,
                "stage": alert.stage,
                "stage_since": microseconds(alert.stage_since),
                "delivered_at": microseconds(at),
            }
            for alert in taken
        ]
        if rows:
            async with self._database.transaction() as connection:
                await connection.execute(_DELIVERED, rows)

    async def digest_sent(self, unit: str, day: date) -> bool:
        """Whether a unit had its digest of a day."""
        mine = (digests.c.unit == unit) & (digests.c.day == day.toordinal())
        async with self._database.reading() as connection:
            return (await connection.execute(select(digests).where(mine))).first() is not None

    async def send_digest(self, unit: str, day: date, at: datetime) -> None:
        """Note that a unit had its digest of a day."""
        row = {"unit": unit, "day": day.toordinal(), "sent_at": microseconds(at)}
        async with self._database.transaction() as connection:
            await connection.execute(_SENT, row)


async def restart_delivery(connection: AsyncConnection) -> None:
    """Positions begin at 0 again: what was not told yet is told at the first of them, and what was is not told again."""
    await connection.execute(_UNTOLD_AGAIN)
    await connection.execute(_TOLD_NOTHING)
