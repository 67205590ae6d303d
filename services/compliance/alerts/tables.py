"""The tables of alerts: the fold writes alerts and tallies, the notifier deliveries and leases."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
)
from sqlalchemy import Table as _Table

from shared.database import metadata

SERVICE = "compliance"
"""The name under which the fold keeps its positions in the log."""

_IDENTITY = ("file_id", "cycle", "stage", "stage_since", "of_standard")


def _identity() -> tuple[Column[str], Column[int], Column[str], Column[int], Column[str]]:
    return (
        Column("file_id", String, nullable=False),
        Column("cycle", Integer, nullable=False),
        Column("stage", String, nullable=False),
        Column("stage_since", BigInteger, nullable=False, comment="microseconds, as all instants"),
        Column("of_standard", String, nullable=False, comment="empty in a file of one standard"),
    )


alerts = _Table(
    "alerts",
    metadata,
    *_identity(),
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False, comment="the partition's, once this was so"),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("due_on", Integer, comment="ordinal of the date; none of a long wait"),
    Column("breaches_at", BigInteger),
    Column("raised_at", BigInteger, nullable=False),
    Column("by_catalogue", Boolean, nullable=False),
    Column("resolved_at", BigInteger),
    Column("resolved_why", String),
    PrimaryKeyConstraint(*_IDENTITY),
)
# Changes since a position; then the newest of each state, and of each standard, unit and stage in it.
Index("alerts_changed", alerts.c.partition, alerts.c.position)
NEWEST = ("raised_at", "file_id", "cycle", "stage", "stage_since", "of_standard")
OF_GROUP = (
    "standard",
    "unit",
    "stage",
    "raised_at",
    "file_id",
    "cycle",
    "stage_since",
    "of_standard",
)
STATES: Mapping[str, ColumnElement[bool]] = {
    "active": alerts.c.resolved_at.is_(None),
    "resolved": alerts.c.resolved_at.is_not(None),
}
for _name, _state in STATES.items():
    for _order, _columns in {"newest": NEWEST, "of_group": OF_GROUP}.items():
        Index(
            f"alerts_{_name}_{_order}",
            *(alerts.c[name] for name in _columns),
            sqlite_where=_state,
            postgresql_where=_state,
        )

# Counts of alerts, updated by the fold. Owners of different partitions never touch the same row.
alert_tallies = _Table(
    "alert_tallies",
    metadata,
    Column("state", String, nullable=False, comment="active or resolved"),
    Column("standard", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("alerts", BigInteger, nullable=False),
    PrimaryKeyConstraint("state", "standard", "unit", "stage", "partition"),
    sqlite_with_rowid=False,
)

alert_deliveries = _Table(
    "alert_deliveries",
    metadata,
    *_identity(),
    Column("delivered_at", BigInteger, nullable=False, comment="an Alertmanager first took it"),
    PrimaryKeyConstraint(*_IDENTITY),
)

alert_notices = _Table(
    "alert_notices",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False, comment="up to which alerts were published"),
)

leases = _Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

digests = _Table(
    "digests",
    metadata,
    Column("unit", String, nullable=False),
    Column("day", Integer, nullable=False, comment="ordinal of the date"),
    Column("sent_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("unit", "day"),
)
