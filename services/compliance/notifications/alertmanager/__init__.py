"""Alertmanager: generated configuration, API client, pusher."""

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
