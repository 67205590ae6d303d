"""The daily digest of a unit, and its mails."""

from services.compliance.notifications.digest import schedule
from services.compliance.notifications.digest.schedule import DigestSchedule, MailError, Smtp
