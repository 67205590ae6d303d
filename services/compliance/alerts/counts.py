"""How many alerts are active: by unit for the board, by standard for Prometheus.

Long waits are no breaches, and counted only where they are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, Select, func, select

from services.compliance.alerts.law import STAGES, Counts
from services.compliance.alerts.tables import alert_tallies
from shared.database import Database
from shared.domain import AlertStage

_ALERTS = func.sum(alert_tallies.c.alerts)


async def by_unit(
    database: Database, units: Collection[str] | None, stages: Sequence[AlertStage] = STAGES
) -> Counts:
    """By unit; ``units`` None for all."""
    query = _by(alert_tallies.c.unit, stages)
    if units is not None:
        query = query.where(alert_tallies.c.unit.in_(sorted(units)))
    return await _read(database, query)


async def by_standard(database: Database) -> Counts:
    """By standard, of all units."""
    return await _read(database, _by(alert_tallies.c.standard, STAGES))


async def groups(database: Database) -> Sequence[tuple[str, str]]:
    """Every (unit, standard) that has active alerts, in order."""
    by = alert_tallies.c.unit, alert_tallies.c.standard
    active = select(*by).where(alert_tallies.c.state == "active")
    async with database.reading() as connection:
        rows = await connection.execute(active.group_by(*by).having(_ALERTS != 0).order_by(*by))
        return [(row[0], row[1]) for row in rows]


def _by(by: Column[str], stages: Sequence[AlertStage]) -> Select[Any]:
    return (
        select(by, alert_tallies.c.stage, _ALERTS)
        .where(alert_tallies.c.state == "active", alert_tallies.c.stage.in_(stages))
        .group_by(by, alert_tallies.c.stage)
        .having(_ALERTS != 0)
        .order_by(by, alert_tallies.c.stage)
    )


async def _read(database: Database, query: Select[Any]) -> Counts:
    async with database.reading() as connection:
        return [(row[0], row[1], int(row[2])) for row in await connection.execute(query)]
