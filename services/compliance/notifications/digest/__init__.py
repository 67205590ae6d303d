"""The daily digest of a unit, and its mails."""

from __future__ import annotations

from services.compliance.notifications.digest import schedule
from services.compliance.notifications.digest.schedule import DigestSchedule, MailError, Smtp

__all__ = [
    "DigestSchedule",
    "MailError",
    "Smtp",
    "schedule",
]
