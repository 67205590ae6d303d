"""Alerts in the order in which they were raised, the newest first.

The cost of a page does not depend on the number of alerts: the newest of each (state, standard, unit,
stage) of the filter come from an index and are merged. The tallies say which of these exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select, tuple_

from services.compliance.alerts.law import LONG_WAIT
from services.compliance.alerts.rows import State
from services.compliance.alerts.tables import NEWEST, STATES, alert_tallies, alerts
from shared.database import Database, FirstOfEach
from shared.domain import AlertStage, microseconds
from shared.erasure import NOT_FORGOTTEN_SQL, not_forgotten
from shared.http import FileKey, Int32, Int64, StandardKey


class AlertFilter(NamedTuple):
    """Which alerts are asked for; None is any, but of ``stage`` any breach: long waits are listed apart.

    ``units`` are those the reader may see.
    """

    active: bool | None = None
    standard: str | None = None
    unit: str | None = None
    stage: AlertStage | None = None
    since: datetime | None = None
    units: frozenset[str] | None = None

    @property
    def states(self) -> Sequence[State]:
        if self.active is None:
            return "active", "resolved"
        return ("active",) if self.active else ("resolved",)

    @property
    def since_microseconds(self) -> int:
        return _EVER if self.since is None else microseconds(self.since)


class AlertCursor(NamedTuple):
    """Where a page ended: the moment of raising in microseconds, then the identity."""

    raised_at: Int64
    file_id: FileKey
    cycle: Int32
    stage: AlertStage
    stage_since: Int64
    of_standard: StandardKey = ""


_EVER: Final = -(1 << 62)
NEWEST_FIRST: Final = AlertCursor(1 << 62, "", 0, "at_risk", 0)

_CONDITIONS: Final[Mapping[State, str]] = {
    "active": "resolved_at IS NULL",
    "resolved": f"resolved_at IS NOT NULL AND r.{NOT_FORGOTTEN_SQL}",
}
_COLUMNS: Final = [alerts.c[name] for name in NEWEST]
_NEWEST: Final[Mapping[State, FirstOfEach]] = {
    state: FirstOfEach(
        "alerts", ("standard", "unit", "stage"), tuple(NEWEST), condition, descending=True
    )
    for state, condition in _CONDITIONS.items()
}


async def newest(
    database: Database, selection: AlertFilter, after: AlertCursor, limit: int
) -> Sequence[AlertCursor]:
    """So many alerts, from after a cursor on."""
    if selection._replace(active=None, since=None) == AlertFilter():
        cursors = [
            await _of_all(database, selection, state, after, limit) for state in selection.states
        ]
    else:
        groups = await _groups(database, selection)
        since = selection.since_microseconds
        cursors = [
            [
                AlertCursor._make(row)
                for row in await database.first_of_each(
                    _NEWEST[state], groups[state], after, limit, since
                )
            ]
            for state in selection.states
            if state in groups
        ]
    # One that is resolved between the two readings is in both; it is listed once.
    once = {cursor for of_state in cursors for cursor in of_state}
    return sorted(once, reverse=True)[:limit]


async def _of_all(
    database: Database, selection: AlertFilter, state: State, after: AlertCursor, limit: int
) -> Sequence[AlertCursor]:
    first = (
        select(*_COLUMNS)
        .where(STATES[state], alerts.c.stage != LONG_WAIT, tuple_(*_COLUMNS) < after)
        .where(not_forgotten(alerts.c.file_id))
        .where(alerts.c.raised_at >= selection.since_microseconds)
        .order_by(*(column.desc() for column in _COLUMNS))
        .limit(limit)
    )
    async with database.reading() as connection:
        return [AlertCursor._make(row) for row in await connection.execute(first)]


async def _groups(
    database: Database, selection: AlertFilter
) -> Mapping[State, Sequence[tuple[str, str, str]]]:
    """Every (standard, unit, stage) of each selected state that has an alert, or had one just now."""
    table = alert_tallies.c
    have_alerts = (
        select(table.state, table.standard, table.unit, table.stage)
        .where(table.alerts != 0, table.state.in_(selection.states))
        .distinct()
    )
    if selection.stage is None:
        have_alerts = have_alerts.where(table.stage != LONG_WAIT)
    for column in ("standard", "unit", "stage"):
        value = getattr(selection, column)
        if value is not None:
            have_alerts = have_alerts.where(table[column] == value)
    if selection.units is not None:
        have_alerts = have_alerts.where(table.unit.in_(sorted(selection.units)))
    groups: dict[State, list[tuple[str, str, str]]] = defaultdict(list)
    async with database.reading() as connection:
        for state, *group in await connection.execute(have_alerts):
            groups[state].append((group[0], group[1], group[2]))
    return groups
