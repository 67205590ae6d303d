"""Reads of alerts: changes since a position, pages for readers, one file's alerts.

The fold writes an alert with the position of its partition, in one transaction. Positions only grow,
so a reader that stores one for each partition reads every change, and none twice, in whatever order
partitions commit. No query loads all alerts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, func, select, tuple_

from services.compliance.alerts import lists, tables
from services.compliance.alerts import rows as alert_rows
from services.compliance.alerts.law import CatalogueAlerts
from services.compliance.alerts.lists import NEWEST_FIRST, AlertCursor, AlertFilter
from services.compliance.alerts.tables import SERVICE, alert_deliveries, alert_notices, alerts
from shared.database import Database
from shared.domain import BreachAlert, from_microseconds, microseconds
from shared.erasure import not_forgotten

Positions = Mapping[int, int]
"""A position for each partition; 0 where there is none."""

PAGE_ALERTS = 5_000
"""Alerts read at once."""

_IDENTITY = (
    alerts.c.file_id,
    alerts.c.cycle,
    alerts.c.stage,
    alerts.c.stage_since,
    alerts.c.of_standard,
)
_GROUPED = [alerts.c[name] for name in tables.OF_GROUP]
_NEWEST = [alerts.c[name] for name in tables.NEWEST]
_WITH_DELIVERY = select(*alerts.c, alert_deliveries.c.delivered_at).outerjoin_from(
    alerts,
    alert_deliveries,
    and_(*(alert_deliveries.c[column.name] == column for column in _IDENTITY)),
)


class AlertWithDelivery(NamedTuple):
    """An alert, when an Alertmanager first accepted it, whether its state is in ``breach-alerts``."""

    alert: BreachAlert
    delivered_at: datetime | None
    published: bool = False


class AlertStore:
    """Every read of alerts but the fold's; ``batch_size`` is a soft limit on changes read at once."""

    def __init__(self, database: Database, *, batch_size: int = PAGE_ALERTS) -> None:
        self.database = database
        self._batch_size = batch_size

    async def positions(self) -> Positions:
        """The position up to which each partition is folded."""
        return await self.database.positions(SERVICE)

    async def changed(self, after: Positions) -> tuple[Sequence[BreachAlert], Positions]:
        """Alerts that changed after some positions, in their present state, and the positions these reach."""
        reached = dict(after)
        changed: list[BreachAlert] = []
        for partition, position in (await self.positions()).items():
            if position > after.get(partition, 0) and len(changed) < self._batch_size:
                rows = await self._changed(partition, after.get(partition, 0), position)
                changed += [alert_rows.alert(row) for row in rows]
                complete = len(rows) < self._batch_size
                reached[partition] = position if complete else rows[-1].position
        return changed, reached

    async def _changed(self, partition: int, after: int, until: int) -> Sequence[Row[Any]]:
        """A partition's changed alerts up to a position; whole commits only, about ``batch_size`` of them."""
        beyond = (alerts.c.partition == partition) & (alerts.c.position > after)
        beyond &= not_forgotten(alerts.c.file_id)
        ordered = select(alerts).order_by(alerts.c.position)
        async with self.database.reading() as connection:
            some = ordered.where(beyond, alerts.c.position <= until).limit(self._batch_size)
            rows = (await connection.execute(some)).all()
            if len(rows) < self._batch_size:
                return rows
            whole = ordered.where(beyond, alerts.c.position <= rows[-1].position)
            return (await connection.execute(whole)).all()

    async def raised_by_catalogue(self) -> Sequence[CatalogueAlerts]:
        """Active alerts that a new catalogue raised, counted by unit and standard."""
        counted = (
            select(alerts.c.unit, alerts.c.standard, func.count(), func.max(alerts.c.raised_at))
            .where(alerts.c.resolved_at.is_(None), alerts.c.by_catalogue.is_(True))
            .group_by(alerts.c.unit, alerts.c.standard)
            .order_by(alerts.c.unit, alerts.c.standard)
        )
        async with self.database.reading() as connection:
            rows = await connection.execute(counted)
            return [
                CatalogueAlerts(row[0], row[1], row[2], from_microseconds(row[3])) for row in rows
            ]

    async def of_file(self, file_id: str) -> Sequence[AlertWithDelivery]:
        """Every alert that a file ever had, the newest first."""
        newest = [column.desc() for column in _NEWEST]
        query = _WITH_DELIVERY.where(alerts.c.file_id == file_id).order_by(*newest)
        async with self.database.reading() as connection:
            return [with_delivery(row) for row in await connection.execute(query)]

    async def page(
        self, selection: AlertFilter, after: AlertCursor | None, limit: int
    ) -> Sequence[AlertWithDelivery]:
        """Alerts, the newest first, from after a cursor on."""
        cursors = await lists.newest(self.database, selection, after or NEWEST_FIRST, limit)
        file_ids = sorted({one.file_id for one in cursors})
        rows = await self.database.rows_by_key(_WITH_DELIVERY, alerts.c.file_id, file_ids)
        async with self.database.reading() as connection:
            reached = {row[0]: row[1] for row in await connection.execute(select(alert_notices))}
        by_cursor = {
            cursor(one.alert): one._replace(published=row.position <= reached.get(row.partition, 0))
            for row in rows
            for one in [with_delivery(row)]
        }
        return [by_cursor[one] for one in cursors if one in by_cursor]


def cursor(alert: BreachAlert) -> AlertCursor:
    """The cursor after an alert."""
    since = microseconds(alert.stage_since)
    raised_at = microseconds(alert.raised_at)
    return AlertCursor(raised_at, alert.file_id, alert.cycle, alert.stage, since, alert.of_standard)


def active_in_group(
    unit: str, standard: str, after: Row[*tuple[Any, ...]] | None, limit: int
) -> Select[*tuple[Any, ...]]:
    """Select active alerts that no new catalogue raised, with their delivery; from after a row on."""
    page = _WITH_DELIVERY.where(
        alerts.c.resolved_at.is_(None),
        alerts.c.by_catalogue.is_(False),
        alerts.c.unit == unit,
        alerts.c.standard == standard,
    )
    if after is not None:
        key = [getattr(after, column.name) for column in _GROUPED]
        page = page.where(tuple_(*_GROUPED) > tuple(key))
    return page.order_by(*_GROUPED).limit(limit)


def with_delivery(row: Row[*tuple[Any, ...]]) -> AlertWithDelivery:
    """The alert of a row, with its delivery."""
    delivered_at = row.delivered_at
    return AlertWithDelivery(
        alert_rows.alert(row), None if delivered_at is None else from_microseconds(delivered_at)
    )
