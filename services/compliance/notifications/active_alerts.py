"""Active alerts with what their files now are: what an Alertmanager is told each minute.

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
from services.compliance.projection import compliance_files
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


class Active(NamedTuple):
    """An active alert, when an Alertmanager first took it, and what its cycle now is."""

    alert: BreachAlert
    delivered_at: datetime | None
    state: CycleState | None


async def active_alerts(
    database: Database, page_alerts: int = PAGE_ALERTS
) -> AsyncIterator[Active]:
    """Every active alert that is told one by one with what its file now is, a unit's together, in it a standard's."""
    for unit, standard in await counts.groups(database):
        async for one in _active_of(database, unit, standard, page_alerts):
            yield one


async def _active_of(
    database: Database, unit: str, standard: str, page_alerts: int
) -> AsyncIterator[Active]:
    of_both = (alerts.c.unit == unit) & (alerts.c.standard == standard)
    listed = _ACTIVE.where(of_both).order_by(*_GROUPED).limit(page_alerts)
    after: tuple[Any, ...] | None = None
    while True:
        page = listed
        if after is not None:
            page = page.where(tuple_(*_GROUPED) > after)
        async with database.reading() as connection:
            rows = (await connection.execute(page)).all()
        for row in rows:
            alert, delivered_at, _ = with_delivery(row)
            file = row.snapshot
            state = None if file is None else state_of(alert, decode_snapshot(file))
            yield Active(alert, delivered_at, state)
        if len(rows) < page_alerts:
            return
        after = tuple(getattr(rows[-1], column.name) for column in _GROUPED)


def state_of(alert: BreachAlert, file: ClockSnapshot) -> CycleState | None:
    """The cycle that an alert is of; None once it was voided."""
    return next((state for state in file.cycles if state.number == alert.cycle), None)
