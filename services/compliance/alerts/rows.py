"""Alerts to rows and back, and the writes of a step with their tallies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from msgspec import structs
from sqlalchemy import Row

from services.compliance.alerts.tables import alert_tallies, alerts
from shared.database import Write
from shared.domain import BreachAlert, from_microseconds, microseconds

State = Literal["active", "resolved"]

Group = tuple[State, str, str, str]
"""The key of a tally: state, standard, unit, stage."""


def row(alert: BreachAlert, partition: int, position: int) -> Mapping[str, Any]:
    """The row of an alert, with every column."""
    return {
        **structs.asdict(alert),
        "stage_since": microseconds(alert.stage_since),
        "partition": partition,
        "position": position,
        "due_on": alert.due_on.toordinal() if alert.due_on else None,
        "breaches_at": microseconds(alert.breaches_at) if alert.breaches_at else None,
        "raised_at": microseconds(alert.raised_at),
        "resolved_at": microseconds(alert.resolved_at) if alert.resolved_at else None,
    }


def alert(row: Row[*tuple[Any, ...]]) -> BreachAlert:
    """The alert of a row."""
    return BreachAlert(
        file_id=row.file_id,
        cycle=row.cycle,
        stage=row.stage,
        stage_since=from_microseconds(row.stage_since),
        standard=row.standard,
        unit=row.unit,
        due_on=None if row.due_on is None else date.fromordinal(row.due_on),
        breaches_at=None if row.breaches_at is None else from_microseconds(row.breaches_at),
        raised_at=from_microseconds(row.raised_at),
        by_catalogue=bool(row.by_catalogue),
        resolved_at=None if row.resolved_at is None else from_microseconds(row.resolved_at),
        resolved_why=row.resolved_why,
        of_standard=row.of_standard,
    )


def writes(
    known: Iterable[BreachAlert], changed: Sequence[BreachAlert], partition: int, position: int
) -> Sequence[Write]:
    """Changed alerts, and the changes of their tallies; ``known`` are all alerts of these files."""
    identities = {alert.identity for alert in changed}
    counts = Counter(map(_group, changed))
    counts.subtract(_group(alert) for alert in known if alert.identity in identities)
    counted = [(*group, partition, added) for group, added in counts.items() if added]
    rows = (row(alert, partition, position) for alert in changed)
    return Write.named(alerts, rows), Write(alert_tallies, counted, adds_to="alerts")


def _group(alert: BreachAlert) -> Group:
    return "active" if alert.active else "resolved", alert.standard, alert.unit, alert.stage
