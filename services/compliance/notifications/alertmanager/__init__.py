"""Alertmanager: generated configuration, API client, pusher."""

from __future__ import annotations

from services.compliance.notifications.alertmanager import config_file, template_data
from services.compliance.notifications.alertmanager.client import ActiveAlert, Alertmanager
from services.compliance.notifications.alertmanager.config_file import (
    TEAMS_SINCE,
    TEMPLATE,
    configuration,
)
from services.compliance.notifications.alertmanager.pusher import AlertmanagerPusher

__all__ = [
    "TEAMS_SINCE",
    "TEMPLATE",
    "ActiveAlert",
    "Alertmanager",
    "AlertmanagerPusher",
    "config_file",
    "configuration",
    "template_data",
]
