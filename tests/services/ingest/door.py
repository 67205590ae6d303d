"""A small application behind the front door, with a reader's and a publisher's token."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import httpx
from fastapi import Depends, FastAPI, Request, Response, WebSocket

from services.ingest.api import router
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from shared.http.credentials import Credentials, Principal
from shared.http.event_stream import events
from shared.http.front_door import principal, secure
from shared.metrics.registry import Metrics
from tests.builders import CATALOGUE
from tests.unit.ingest.cloudevents.given import NOW, SOURCE, HeldLog


async def _ticking(name: str, counts: Counter[str]) -> AsyncGenerator[str, None]:
    try:
        while True:
            counts[name] += 1
            yield ": still here\n\n"
            await asyncio.sleep(0)
    finally:
        counts[name] = -1_000_000


class House(NamedTuple):
    """``ticks`` counts the lines of each reader's endless stream; far below 0 once it has ended."""

    client: httpx.AsyncClient
    file: Path
    reader: str
    publisher: str
    ticks: Counter[str]

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await self.client.get(path, headers=headers)


def application(counts: Counter[str]) -> FastAPI:
    app = FastAPI()

    @app.get("/healthz")
    @app.get("/readyz")
    def health() -> str:
        return "ok"

    @app.get("/who")
    def who(reader: Annotated[Principal, Depends(principal)], age: int = 0) -> str:
        return reader.name

    @app.get("/ticks")
    async def ticks(request: Request, reader: Annotated[Principal, Depends(principal)]) -> Response:
        return events(request, _ticking(reader.name, counts))

    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError

    @app.websocket("/socket")
    async def open_socket(connection: WebSocket) -> None:
        await connection.accept()

    return app


@asynccontextmanager
async def house(folder: Path, *, public_url: str = "") -> AsyncIterator[House]:
    file = folder / "credentials.json"
    credentials = Credentials(file)
    reader = credentials.create("reader", ["read"], created=NOW)
    publisher = credentials.create("publisher", ["publish"], created=NOW, sources=[SOURCE])
    log = HeldLog()
    log.close_streams.set()
    counts: Counter[str] = Counter()
    app, intake = application(counts), IntakeMetrics(Metrics(lambda: NOW))
    app.include_router(router(Publisher(log), CATALOGUE, lambda: NOW, intake))
    secure(app, credentials, public_url)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
        yield House(client, file, reader, publisher, counts)
