"""A world's HTTP interface with its limits and its records, which are written when a test asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from echeance.system import site as serving
from shared.audit.record import AuditRecord, decode_record
from shared.audit.recorder import AuditRecorder
from shared.audit.store import AuditStore
from shared.http.credentials import Credentials
from shared.process import runner
from tests.builders import at
from tests.services.world import BEGINNING, World, world
from tests.unit.ingest.cloudevents.given import SOURCE


class GuardedSite(NamedTuple):
    """``token`` may publish, read and audit."""

    known: World
    client: httpx.AsyncClient
    credentials: Credentials
    recorder: AuditRecorder
    token: str

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        headers["authorization"] = f"Bearer {token or self.token}"
        return await self.client.get(path, headers=headers)

    async def metric(self, line: str) -> str:
        """The value of a series."""
        text = self.known.embedded.metrics.exposition("plain").decode()
        [value] = [
            one.removeprefix(line).strip() for one in text.splitlines() if one.startswith(line)
        ]
        return value

    @property
    def store(self) -> AuditStore:
        return AuditStore(self.known.embedded.database)

    async def stop(self) -> list[AuditRecord]:
        """Write what waits, as the process does when it ends; every record there is then."""
        stop = asyncio.Event()
        stop.set()
        await self.recorder.run(stop)
        return [decode_record(line) async for line in self.store.lines()]


@asynccontextmanager
async def guarded_site(
    folder: Path, *, address: str = "192.0.2.1", **changes: Any
) -> AsyncIterator[GuardedSite]:
    async with world(folder, "2025-05-02 12:00", **changes) as known:
        credentials = Credentials(known.settings.data / "credentials.json", runner.now)
        token = credentials.create(
            "all", ["read", "publish", "audit"], sources=[SOURCE], created=at(BEGINNING)
        )
        async with serving.embedded_site(
            known.embedded, credentials, known.settings, known.now
        ) as served:
            transport = httpx.ASGITransport(
                served.app, raise_app_exceptions=False, client=(address, 1)
            )
            async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
                yield GuardedSite(known, client, credentials, served.recorder, token)
