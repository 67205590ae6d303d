"""An Alertmanager as its v2 interface behaves: alerts in memory, over when their end has come, merged as the real one merges them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
from typing_extensions import override

from services.compliance.notifications.messages import AlertMessage
from shared.process import runner

Labels = frozenset[tuple[str, str]]


class Memory(httpx.AsyncBaseTransport):
    """What one replica knows; ``down`` answers nothing, ``refusing`` answers 500."""

    def __init__(self) -> None:
        self.now: Callable[[], datetime] = runner.now
        self.down = False
        self.refusing = False
        self.requests: list[list[dict[str, Any]]] = []
        self._spans: dict[Labels, tuple[datetime, datetime]] = {}
        self._annotations: dict[Labels, dict[str, str]] = {}

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v2/alerts"
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        if self.refusing:
            return httpx.Response(500, text="no")
        if request.method == "GET":
            return httpx.Response(200, json=self._held())
        posted = json.loads(request.content)
        self.requests.append(posted)
        for alert in posted:
            self._take(alert)
        return httpx.Response(200)

    def _held(self) -> list[dict[str, Any]]:
        return [
            {"labels": dict(labels), "annotations": self._annotations[labels]}
            for labels, (_, ends) in self._spans.items()
            if ends > self.now()
        ]

    def _take(self, alert: dict[str, Any]) -> None:
        labels = frozenset(alert["labels"].items())
        starts, ends = (datetime.fromisoformat(alert[name]) for name in ("startsAt", "endsAt"))
        assert starts <= ends and all(alert["labels"].values())
        known = self._spans.get(labels)
        if known is not None and (known[0] < ends < known[1] or known[0] < starts < known[1]):
            starts = min(starts, known[0])
        self._spans[labels] = starts, ends
        self._annotations[labels] = alert["annotations"]

    def forget(self) -> None:
        """Restart with nothing remembered."""
        self._spans.clear()

    def active(self, at: datetime) -> Counter[tuple[str, str]]:
        """File (or alert name) and stage of what is not over at a moment."""
        told = [dict(labels) for labels, (_, ends) in self._spans.items() if ends > at]
        return Counter((one.get("file", one["alertname"]), one.get("stage", "")) for one in told)

    def units(self, at: datetime) -> list[str]:
        """The unit of each alert that is not over at a moment."""
        told = [dict(labels) for labels, (_, ends) in self._spans.items() if ends > at]
        return sorted(one["unit"] for one in told)

    def hold(self, *notices: AlertMessage, at: datetime) -> None:
        """As if another had told them."""
        for notice in notices:
            key = frozenset(notice.labels.items())
            self._spans[key] = at, at + timedelta(days=1)
            self._annotations[key] = dict(notice.annotations)

    def annotations(self, file_id: str) -> dict[str, str]:
        [found] = [
            told for labels, told in self._annotations.items() if ("file", file_id) in labels
        ]
        return found

    def started(self) -> Sequence[datetime]:
        return [starts for starts, _ in self._spans.values()]
