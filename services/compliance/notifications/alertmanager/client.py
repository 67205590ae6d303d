"""The v2 API of one Alertmanager: post alerts, get the active ones. Instants are of the wall clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import msgspec

from services.compliance.notifications.messages import ALERT_NAMES, AlertMessage

_OURS = {"filter": f'alertname=~"{"|".join(ALERT_NAMES)}"'}


class PushError(Exception):
    """An Alertmanager did not accept alerts; they are sent again later."""


class GettableAlert(msgspec.Struct):
    """An alert that Alertmanager has and that has not ended, as its API returns it."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


_decode_alerts = msgspec.json.Decoder(list[GettableAlert]).decode


class Alertmanager:
    """The v2 API of one replica."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url = url.rstrip("/")
        self._client = client

    async def push(self, batch: Sequence[AlertMessage], at: datetime, ends_at: datetime) -> None:
        """Post alerts, the active ones until ``ends_at``; raises :class:`PushError`."""
        await self._request("POST", json=[_postable(one, at, ends_at) for one in batch])

    async def alerts(self) -> Sequence[GettableAlert]:
        """Our active alerts, silenced and inhibited ones too; raises :class:`PushError`."""
        response = await self._request("GET", params=_OURS)
        try:
            return _decode_alerts(response.content)
        except msgspec.DecodeError as error:
            raise PushError(f"no list of alerts: {error}") from error

    async def _request(self, method: str, **content: Any) -> httpx.Response:
        try:
            response = await self._client.request(method, f"{self.url}/api/v2/alerts", **content)
        except httpx.HTTPError as error:
            raise PushError(f"{type(error).__name__} {error}".strip()) from error
        if response.status_code != httpx.codes.OK:
            raise PushError(f"{response.status_code} {response.text[:200]}")
        return response


def _postable(message: AlertMessage, at: datetime, ends_at: datetime) -> dict[str, Any]:
    """A PostableAlert. It starts now: Alertmanager keeps the start of the first push.

    A resolved alert ends in the past: an end in the future would keep it active until then.
    """
    if message.resolved_at is not None:
        at = ends_at = min(message.resolved_at, at)
    return {
        "labels": message.labels,
        "annotations": message.annotations,
        "startsAt": at.isoformat(),
        "endsAt": ends_at.isoformat(),
        "generatorURL": message.annotations.get("link", message.annotations["list"]),
    }
