"""When an alert is raised and resolved (pure), and the read model of alerts."""

from __future__ import annotations

from services.compliance.alerts import api, counts, law, rows, store, tables
from services.compliance.alerts.law import STAGES
from services.compliance.alerts.lists import AlertCursor, AlertFilter
from services.compliance.alerts.store import (
    IDENTITY,
    PAGE_ALERTS,
    AlertStore,
    AlertWithDelivery,
    Positions,
    with_delivery,
)
from services.compliance.alerts.stream import AlertStream
from services.compliance.alerts.tables import alert_deliveries, alert_notices, alerts, digests

__all__ = [
    "IDENTITY",
    "PAGE_ALERTS",
    "STAGES",
    "AlertCursor",
    "AlertFilter",
    "AlertStore",
    "AlertStream",
    "AlertWithDelivery",
    "Positions",
    "alert_deliveries",
    "alert_notices",
    "alerts",
    "api",
    "counts",
    "digests",
    "law",
    "rows",
    "store",
    "tables",
    "with_delivery",
]
