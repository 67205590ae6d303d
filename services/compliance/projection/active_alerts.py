"""Active alerts with the present cycle of their files: what is pushed each interval.

An alert and its file's snapshot are read in one query, so that neither is older than the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple

from services.compliance.alerts import PAGE_ALERTS, active_in_group, alerts, counts, with_delivery
from services.compliance.projection.tables import compliance_files
from shared.database import Database
from shared.domain import BreachAlert, ClockSnapshot, CycleState, decode_snapshot


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
    last = None
    while True:
        page = active_in_group(unit, standard, last, page_alerts)
        with_file = page.add_columns(compliance_files.c.snapshot).outerjoin(
            compliance_files,
            (compliance_files.c.file_id == alerts.c.file_id)
            & (compliance_files.c.of_standard == ""),
        )
        async with database.reading() as connection:
            rows = (await connection.execute(with_file)).all()
        for row in rows:
            alert, delivered_at, _ = with_delivery(row)
            state = None if row.snapshot is None else state_of(alert, decode_snapshot(row.snapshot))
            yield ActiveAlert(alert, delivered_at, state)
        if len(rows) < page_alerts:
            return
        last = rows[-1]


def state_of(alert: BreachAlert, file: ClockSnapshot) -> CycleState | None:
    """The cycle of an alert; None once it was voided."""
    for state in file.cycles:
        if state.number == alert.cycle and (state.standard or "") == alert.of_standard:
            return state
    return None
