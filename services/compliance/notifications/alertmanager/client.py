"""The v2 interface of one Alertmanager: what is told in its form, and what it says it holds.

Instants here are of the wall clock, which is Alertmanager's, whatever clock the facts are of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import msgspec

from services.compliance.notifications.messages import ALERTS, AlertMessage

_HELD = {"filter": f'alertname=~"{"|".join(ALERTS)}"'}


class PushError(Exception):
    """An Alertmanager did not take alerts; they are sent again later."""


class ActiveAlert(msgspec.Struct):
    """An alert that an Alertmanager holds, active as far as it knows."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


_held = msgspec.json.Decoder(list[ActiveAlert])


class Alertmanager:
    """The v2 interface of one replica."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url = url.rstrip("/")
        self._client = client

    async def push(self, lot: Sequence[AlertMessage], at: datetime, ends_at: datetime) -> None:
        """Post alerts, the active ones until ``ends_at``; raises :class:`PushError`."""
        await self._asked("POST", json=[_posted(notice, at, ends_at) for notice in lot])

    async def held(self) -> Sequence[ActiveAlert]:
        """Our active alerts as it knows them, silenced and inhibited ones too; raises :class:`PushError`."""
        answer = await self._asked("GET", params=_HELD)
        try:
            return _held.decode(answer.content)
        except msgspec.DecodeError as error:
            raise PushError(f"no list of alerts: {error}") from error

    async def _asked(self, method: str, **request: Any) -> httpx.Response:
        try:
            answer = await self._client.request(method, f"{self.url}/api/v2/alerts", **request)
        except httpx.HTTPError as error:
            raise PushError(f"{type(error).__name__} {error}".strip()) from error
        if answer.status_code != httpx.codes.OK:
            raise PushError(f"{answer.status_code} {answer.text[:200]}")
        return answer


def _posted(notice: AlertMessage, at: datetime, ends_at: datetime) -> dict[str, Any]:
    """An alert as posted: it starts now, which Alertmanager keeps as the first push; ended, if it is, at a moment already past."""
    resolved_at = notice.resolved_at
    if resolved_at is not None:
        at = ends_at = min(resolved_at, at)
    return {
        "labels": notice.labels,
        "annotations": notice.annotations,
        "startsAt": at.isoformat(),
        "endsAt": ends_at.isoformat(),
        "generatorURL": notice.annotations.get("link", notice.annotations["list"]),
    }
