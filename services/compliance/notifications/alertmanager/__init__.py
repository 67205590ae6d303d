"""Alertmanager: generated configuration, API client, pusher."""

from __future__ import annotations

from services.compliance.notifications.alertmanager import config_file, template_data
from services.compliance.notifications.alertmanager.amtool import (
    Amtool,
    AmtoolError,
    find_amtool,
    template_file,
)
from services.compliance.notifications.alertmanager.client import GettableAlert
from services.compliance.notifications.alertmanager.config_file import (
    TEAMS_SINCE,
    TEMPLATE,
    configuration,
)
from services.compliance.notifications.alertmanager.pusher import (
    AlertmanagerPusher,
    alertmanager_pushers,
)

__all__ = [
    "TEAMS_SINCE",
    "TEMPLATE",
    "AlertmanagerPusher",
    "Amtool",
    "AmtoolError",
    "GettableAlert",
    "alertmanager_pushers",
    "config_file",
    "configuration",
    "find_amtool",
    "template_data",
    "template_file",
]
