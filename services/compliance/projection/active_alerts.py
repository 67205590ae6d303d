"""Active alerts with the present cycle of their files: what is pushed each interval.

An alert and its file's snapshot are read in one query, so that neither is older than the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select, tuple_

from services.compliance.alerts import (
    IDENTITY,
    PAGE_ALERTS,
    alert_deliveries,
    alerts,
    counts,
    tables,
    with_delivery,
)
from services.compliance.projection.tables import compliance_files
from shared.database import Database
from shared.domain import BreachAlert, ClockSnapshot, CycleState, decode_snapshot

_ACTIVE = (
    select(*alerts.c, alert_deliveries.c.delivered_at, compliance_files.c.snapshot)
    .select_from(
        alerts.outerjoin(
            alert_deliveries,
            and_(*(alert_deliveries.c[column.name] == column for column in IDENTITY)),
        ).outerjoin(compliance_files, compliance_files.c.file_id == alerts.c.file_id)
    )
    .where(alerts.c.resolved_at.is_(None), alerts.c.by_catalogue.is_(False))
)
_GROUPED = [alerts.c[name] for name in tables.OF_GROUP]


class ActiveAlert(NamedTuple):
    """An active alert, when a receiver first accepted it, and its cycle as it is now."""

    alert: BreachAlert
    delivered_at: datetime | None
    state: CycleState | None


async def active_alerts(
    database: Database, page_alerts: int = PAGE_ALERTS
) -> AsyncIterator[ActiveAlert]:
    """Every active alert that no new catalogue raised, a unit's together, in it a standard's."""
    for unit, standard in await counts.groups(database):
        async for alert in _group(database, unit, standard, page_alerts):
            yield alert


async def _group(
    database: Database, unit: str, standard: str, page_alerts: int
) -> AsyncIterator[ActiveAlert]:
    is_in_group = (alerts.c.unit == unit) & (alerts.c.standard == standard)
    first_page = _ACTIVE.where(is_in_group).order_by(*_GROUPED).limit(page_alerts)
    after: tuple[Any, ...] | None = None
    while True:
        page = first_page
        if after is not None:
            page = page.where(tuple_(*_GROUPED) > after)
        async with database.reading() as connection:
            rows = (await connection.execute(page)).all()
        for row in rows:
            alert, delivered_at, _ = with_delivery(row)
            file = row.snapshot
            state = None if file is None else state_of(alert, decode_snapshot(file))
            yield ActiveAlert(alert, delivered_at, state)
        if len(rows) < page_alerts:
            return
        after = tuple(getattr(rows[-1], column.name) for column in _GROUPED)


def state_of(alert: BreachAlert, file: ClockSnapshot) -> CycleState | None:
    """The cycle of an alert; None once it was voided."""
    return next((state for state in file.cycles if state.number == alert.cycle), None)
