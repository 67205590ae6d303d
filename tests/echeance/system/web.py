"""The embedded system at work on a real port, and a client that publishes and reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from echeance.system.embedded import Embedded, open_embedded
from echeance.system.site import serving_embedded
from shared.domain.events import Event
from shared.http.credentials import Credentials
from shared.settings import Settings
from tests.builders import CATALOGUE, SOURCE, at, cloudevent
from tests.services.world import settings_of

NOW = at("2025-05-01 09:00")  # while digests are sent
BATCH = {"content-type": "application/cloudevents-batch+json"}


class Web(NamedTuple):
    """A client of the system, and the task that serves it."""

    client: httpx.AsyncClient
    serving: asyncio.Task[None]

    async def publish(self, *events: Event) -> int:
        content = b"[" + b",".join(cloudevent(event) for event in events) + b"]"
        return (await self.client.post("/v1/events", content=content, headers=BATCH)).status_code

    async def caught_up(self) -> bool:
        """Whether both loops have consumed everything."""
        answer = await self.client.get("/readyz")
        return answer.status_code == 200 and not any(answer.json().values())


@asynccontextmanager
async def serving(embedded: Embedded, settings: Settings) -> AsyncIterator[Web]:
    credentials = Credentials(settings.data / "credentials.json")
    token = credentials.create("all", ["publish", "read"], sources=[SOURCE], created=NOW)
    headers = {"authorization": f"Bearer {token}"}
    async with serving_embedded(embedded, credentials, settings, lambda: NOW) as server:
        address = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
            yield Web(client, server.serving)


@asynccontextmanager
async def up(folder: Path) -> AsyncIterator[Web]:
    settings = settings_of(folder)
    async with open_embedded(settings, CATALOGUE) as embedded, serving(embedded, settings) as web:
        yield web
