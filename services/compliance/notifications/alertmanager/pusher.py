"""The courier who keeps one Alertmanager told.

Alertmanager keeps alerts in memory; the database is the truth. So news goes out at once, and every minute everything that is active
goes out again, with an explicit end a day ahead: no silence of ours shorter than that looks like an end (docs/decisions/0006), and the
age of the last success tells of it (the metric of pushes). What is over is ended explicitly, at once as news; and every minute
Alertmanager is asked what it holds, for the end may have got lost. The alerts of a unit stand in one request, for
Alertmanager mails them together. Instants here are of the wall clock, which is Alertmanager's, whatever clock the facts are of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from services.compliance.notifications.alertmanager.client import (
    ActiveAlert,
    Alertmanager,
    PushError,
)
from services.compliance.notifications.delivery_metrics import DeliveryMetrics
from services.compliance.notifications.messages import AlertMessage
from shared.domain import BreachAlert

MOST_ALERTS = 1_000
"""In one request, a unit that has more of them apart."""

LIVES_INTERVALS = 1_440
"""How far ahead the end of an active alert is told, in intervals: a day of minutes."""

_LONGEST_PAUSE = timedelta(seconds=60)
_log = logging.getLogger("echeance.alerts")


class AlertSource(Protocol):
    """What is to be told."""

    def everything(self) -> AsyncIterator[AlertMessage]:
        """All that is active, a unit’s together."""

    async def over(self, held: Sequence[ActiveAlert]) -> Sequence[AlertMessage]:
        """The ends of those alerts, of some that an Alertmanager holds, that are known to be over."""

    async def delivered(self, taken: Sequence[BreachAlert], at: datetime) -> None:
        """Note that alerts were taken."""


class AlertmanagerPusher:
    """Tells one Alertmanager the news, and everything again each interval; after a failure everything, later and later."""

    def __init__(
        self, to: Alertmanager, book: AlertSource, told: DeliveryMetrics, *, interval: timedelta
    ) -> None:
        self.to = to
        self._told = told
        self.success_at: datetime | None = None
        self.failures = 0
        self._offered = asyncio.Event()
        self._book = book
        self._interval = interval
        self._news: list[AlertMessage] = []
        self._all_at: datetime | None = None
        self._not_before: datetime | None = None

    def offer(self, news: Iterable[AlertMessage]) -> None:
        """Something to tell at the next turn; where there is too much of it, everything is told instead."""
        self._news += news
        self._offered.set()
        if len(self._news) > 5 * MOST_ALERTS:
            self.forget()

    def forget(self) -> None:
        """Tell everything at the next turn, news or not."""
        self._news.clear()
        self._all_at = None

    async def hears(self, timeout_seconds: float) -> None:
        """Wait for something to be offered, or for the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._offered.wait()

    async def turn(self, at: datetime) -> None:
        """Tell what is due at an instant of the wall clock; what fails is due again after a pause."""
        self._offered.clear()
        if self._not_before is not None and at < self._not_before:
            return
        try:
            await self._tell(at)
        except PushError as error:
            self.failures += 1
            self._told.failed()
            pause = min(timedelta(seconds=2 ** min(self.failures, 10)), _LONGEST_PAUSE)
            self._not_before = at + pause
            self.forget()
            _log.warning("%s does not take alerts: %s; again in %s", self._told.name, error, pause)

    async def _tell(self, at: datetime) -> None:
        if self._all_at is None or at >= self._all_at:
            self._news.clear()
            await self._tell_everything(at)
            self._all_at = at + self._interval
            self._succeeded(at)
        elif self._news:
            news, self._news = sorted(self._news, key=attrgetter("group")), []
            async for lot in _lots(_each(news)):
                await self._push(lot, at)
            self._succeeded(at)

    async def _tell_everything(self, at: datetime) -> None:
        told: set[frozenset[tuple[str, str]]] = set()
        async for lot in _lots(self._book.everything()):
            await self._push(lot, at)
            told.update(frozenset(notice.labels.items()) for notice in lot)
        held = await self.to.held()
        self._told.taken()
        left = [one for one in held if frozenset(one.labels.items()) not in told]
        over = sorted(await self._book.over(left), key=attrgetter("group")) if left else ()
        async for lot in _lots(_each(over)):
            await self._push(lot, at)

    def _succeeded(self, at: datetime) -> None:
        if self.failures:
            _log.info("%s takes alerts again (failures before: %d)", self._told.name, self.failures)
        self.success_at, self.failures, self._not_before = at, 0, None
        self._told.all_taken(at)

    async def _push(self, lot: Sequence[AlertMessage], at: datetime) -> None:
        ends_at = at + self._interval * LIVES_INTERVALS
        await self.to.push(lot, at, ends_at)
        self._told.taken()
        taken = [notice.unnoted for notice in lot if notice.unnoted is not None]
        await self._book.delivered(taken, at)


async def _each(notices: Sequence[AlertMessage]) -> AsyncIterator[AlertMessage]:
    for notice in notices:
        yield notice


async def _lots(notices: AsyncIterator[AlertMessage]) -> AsyncIterator[Sequence[AlertMessage]]:
    """Requests of so many notices at most, given a group together: no group in two of them that fits into one."""
    held: list[AlertMessage] = []
    async for notice in notices:
        held.append(notice)
        if len(held) > MOST_ALERTS:
            lot = _whole_groups(held)
            yield lot
            held = held[len(lot) :]
    if held:
        yield held


def _whole_groups(held: Sequence[AlertMessage]) -> Sequence[AlertMessage]:
    """All groups of one more than fits but the last, which may go on; of a single one, as much as fits."""
    *before, last = (list(group) for _, group in groupby(held, key=attrgetter("group")))
    return held[: len(held) - len(last)] if before else held[:MOST_ALERTS]
