"""Alert messages from the database: the :class:`~.alertmanager.pusher.AlertSource`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from services.compliance.alerts import AlertStore
from services.compliance.alerts.delivery_log import DeliveryLog
from services.compliance.notifications.alertmanager import GettableAlert
from services.compliance.notifications.messages import BREACH, AlertMessage, AlertMessages, labels
from services.compliance.projection import ComplianceStore, active_alerts, state_of
from shared.domain import BreachAlert, ClockSnapshot
from shared.process import Now


class StoredAlertSource:
    """The messages of stored alerts, with what is true of their files at ``now``."""

    def __init__(self, store: AlertStore, messages: AlertMessages, now: Now) -> None:
        self._store = store
        self._files = ComplianceStore(store.database)
        self._delivery_log = DeliveryLog(store.database)
        self._messages = messages
        self._now = now

    async def active(self) -> AsyncIterator[AlertMessage]:
        """Every active alert, and the summaries of catalogue changes; a unit's together."""
        for summary in await self._summaries():
            yield summary
        async for one in active_alerts(self._store.database):
            message = self._messages.breach(one.alert, one.state, self._now())
            delivered = one.delivered_at is not None
            yield message if delivered else message._replace(undelivered=one.alert)

    async def messages(self, changed: Sequence[BreachAlert]) -> Sequence[AlertMessage]:
        """The messages of changed alerts; those that a new catalogue raised are summarized."""
        by_time = [alert for alert in changed if not alert.by_catalogue]
        files = await self._files.snapshots(sorted({alert.file_id for alert in by_time}))
        messages = [self._message(alert, files.get(alert.file_id)) for alert in by_time]
        return messages if len(by_time) == len(changed) else [*messages, *await self._summaries()]

    async def resolved(self, remote: Sequence[GettableAlert]) -> Sequence[AlertMessage]:
        """The ends of alerts that a receiver shows: resolved, or active under other labels.

        An alert that the database does not have belongs to another system, and is left alone.
        """
        breaches = [one for one in remote if one.labels["alertname"] == BREACH]
        summaries = [one for one in remote if one.labels["alertname"] != BREACH]
        return [
            *await self._resolved_breaches(breaches),
            *await self._obsolete_summaries(summaries),
        ]

    async def _resolved_breaches(self, remote: Sequence[GettableAlert]) -> Sequence[AlertMessage]:
        file_ids = sorted({one.labels.get("file", "") for one in remote})
        by_file = (await self._files.alerts(file_ids)).values()
        stored = {_identity(labels(alert)): alert for alerts in by_file for alert in alerts}
        resolved = []
        for one in remote:
            alert = stored.get(_identity(one.labels))
            if alert is not None and not (alert.active and labels(alert) == one.labels):
                at = alert.resolved_at or self._now()
                resolved.append(AlertMessage(one.labels, one.annotations, at))
        return resolved

    async def _obsolete_summaries(self, remote: Sequence[GettableAlert]) -> Sequence[AlertMessage]:
        """Summaries of units whose alerts are all resolved, and of earlier revisions."""
        current = [summary.labels for summary in await self._summaries()] if remote else []
        return [
            AlertMessage(one.labels, one.annotations, self._now())
            for one in remote
            if one.labels not in current and self._messages.links_here(one.annotations)
        ]

    async def record_delivered(self, alerts: Sequence[BreachAlert], at: datetime) -> None:
        await self._delivery_log.record_delivered(alerts, at)

    def _message(self, alert: BreachAlert, file: ClockSnapshot | None) -> AlertMessage:
        state = None if file is None else state_of(alert, file)
        message = self._messages.breach(alert, state, self._now())
        return message._replace(undelivered=alert) if alert.active else message

    async def _summaries(self) -> Sequence[AlertMessage]:
        return self._messages.summaries(await self._store.raised_by_catalogue())


def _identity(labels: Mapping[str, str]) -> tuple[str | None, ...]:
    """The labels that never change, whatever becomes of the file's unit and standard."""
    names = ("file", "of_standard", "cycle", "stage", "began")
    return tuple(labels.get(name) for name in names)
