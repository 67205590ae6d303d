"""What couriers tell, from the database: the port :class:`services.compliance.notifications.alertmanager.pusher.Book`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from services.compliance.alerts import AlertStore
from services.compliance.notifications.active_alerts import active_alerts, state_of
from services.compliance.notifications.alertmanager import ActiveAlert
from services.compliance.notifications.delivery_log import DeliveryLog
from services.compliance.notifications.messages import BREACH, AlertMessage, AlertMessages, labels
from services.compliance.projection import ComplianceStore
from shared.domain import BreachAlert, ClockSnapshot
from shared.process import Now


class StoredAlertSource:
    """Alerts as notices of the moment; ``now`` is the time they are of."""

    def __init__(self, store: AlertStore, notices: AlertMessages, now: Now) -> None:
        self._store = store
        self._lives = ComplianceStore(store.database)
        self._desk = DeliveryLog(store.database)
        self._notices = notices
        self._now = now

    async def everything(self) -> AsyncIterator[AlertMessage]:
        for notice in await self._summaries():
            yield notice
        async for listed in active_alerts(self._store.database):
            notice = self._notices.breach(listed.alert, listed.state, self._now())
            noted = listed.delivered_at is not None
            yield notice if noted else notice._replace(unnoted=listed.alert)

    async def news(self, changed: Sequence[BreachAlert]) -> Sequence[AlertMessage]:
        """How changed alerts are told: one by one, and those of a new catalogue together."""
        moved = any(alert.by_catalogue for alert in changed)
        told_singly = [alert for alert in changed if not alert.by_catalogue]
        files = await self._lives.snapshots(sorted({alert.file_id for alert in told_singly}))
        singly = [self._new(alert, files.get(alert.file_id)) for alert in told_singly]
        return [*singly, *(await self._summaries() if moved else ())]

    async def over(self, held: Sequence[ActiveAlert]) -> Sequence[AlertMessage]:
        """The ends of what is over, or goes on under other labels; what the database does not know is somebody else's."""
        files = [one for one in held if one.labels["alertname"] == BREACH]
        others = [one for one in held if one.labels["alertname"] != BREACH]
        return [*await self._ended(files), *await self._withdrawn(others)]

    async def _ended(self, held: Sequence[ActiveAlert]) -> Sequence[AlertMessage]:
        names = sorted({one.labels.get("file", "") for one in held})
        lives = (await self._lives.alerts(names)).values()
        known = {_identity(labels(alert)): alert for life in lives for alert in life}
        ended = []
        for one in held:
            alert = known.get(_identity(one.labels))
            if alert is not None and not (alert.active and labels(alert) == one.labels):
                at = alert.resolved_at or self._now()
                ended.append(AlertMessage(one.labels, one.annotations, at))
        return ended

    async def _withdrawn(self, held: Sequence[ActiveAlert]) -> Sequence[AlertMessage]:
        """Summaries of units where nothing that a catalogue moved is left, or of an earlier revision."""
        told = [notice.labels for notice in await self._summaries()] if held else []
        return [
            AlertMessage(one.labels, one.annotations, self._now())
            for one in held
            if one.labels not in told and self._notices.made(one.annotations)
        ]

    async def delivered(self, taken: Sequence[BreachAlert], at: datetime) -> None:
        await self._desk.delivered(taken, at)

    def _new(self, alert: BreachAlert, file: ClockSnapshot | None) -> AlertMessage:
        state = None if file is None else state_of(alert, file)
        notice = self._notices.breach(alert, state, self._now())
        return notice._replace(unnoted=alert) if alert.active else notice

    async def _summaries(self) -> Sequence[AlertMessage]:
        return self._notices.moved(await self._store.moved())


def _identity(told: Mapping[str, str]) -> tuple[str | None, ...]:
    """What makes an alert the same whatever its file's unit and standard have become."""
    return tuple(told.get(name) for name in ("file", "cycle", "stage", "began"))
