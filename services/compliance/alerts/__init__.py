"""When an alert is raised and resolved (pure), the read model of alerts, and what was delivered."""

from services.compliance.alerts import api, counts, delivery_log, law, rows, store
from services.compliance.alerts.law import LONG_WAIT, STAGES
from services.compliance.alerts.lists import AlertCursor, AlertFilter
from services.compliance.alerts.store import (
    PAGE_ALERTS,
    AlertStore,
    AlertWithDelivery,
    Positions,
    active_in_group,
    with_delivery,
)
from services.compliance.alerts.stream import AlertStream
from services.compliance.alerts.tables import SERVICE, alert_deliveries, alerts
