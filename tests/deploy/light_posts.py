"""Files received one after the other while something is broken: each posted until it is acknowledged."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from shared.process import runner
from tests.builders import members

SOURCE: Final = "https://cases.example.org/town"
_PAUSE_SECONDS: Final = 0.2


class LightPosts:
    """What was posted so far to the ingest at an address."""

    def __init__(self, address: str, token: str, trust: ssl.SSLContext) -> None:
        self._address = address
        self._trust = trust
        self._headers = {
            "authorization": f"Bearer {token}",
            "content-type": "application/cloudevents+json",
        }
        self._over = threading.Event()
        self.acknowledged: list[str] = []
        self.tried = 0

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Some five posts a second until the block ends, and then the last until it is acknowledged."""
        self._over.clear()
        posting = threading.Thread(target=self._flow)
        posting.start()
        try:
            yield
        finally:
            self._over.set()
            posting.join()

    def post(self, event: dict[str, Any]) -> bool:
        """Post once; whether it was acknowledged. Refused for good is a fault of the test."""
        self.tried += 1
        try:
            answer = httpx.post(
                f"{self._address}/v1/events",
                json=event,
                headers=self._headers,
                timeout=15,
                trust_env=False,
                verify=self._trust,
            )
        except httpx.TransportError:
            return False
        assert answer.is_success or answer.is_server_error, answer.text
        return answer.is_success

    def _flow(self) -> None:
        while not self._over.is_set():
            name = f"LIGHT-{len(self.acknowledged) + 1:05}"
            while not self.post(received(name, runner.now() - timedelta(minutes=1))):
                self._over.wait(_PAUSE_SECONDS)
            self.acknowledged.append(name)
            self._over.wait(_PAUSE_SECONDS)


def received(file_id: str, at: datetime) -> dict[str, Any]:
    """The reception of a file."""
    data = {"standard": "caq-etudes", "unit": "montreal"}
    return members("received", file_id, at.astimezone(UTC).isoformat(), data, source=SOURCE)
