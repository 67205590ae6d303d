"""Delivery of committed alerts to people: Alertmanager, mails, the delivery log."""

from services.compliance.notifications import preview, supervisors
from services.compliance.notifications.preview import Part, PreviewMail
from services.compliance.notifications.service import notification_service, public_url
from services.compliance.notifications.supervisors import Directory, Mail
