"""A small application behind the front door, with a reader's and a publisher's token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import httpx
from fastapi import Depends, FastAPI, WebSocket

from services.ingest.api import router
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from shared.credentials import Credentials, Principal
from shared.exposition import Metrics
from shared.http import principal, secure
from tests.services.ingest.given import CATALOGUE, NOW, SOURCE, HeldLog


class House(NamedTuple):
    client: httpx.AsyncClient
    file: Path
    reader: str
    publisher: str

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await self.client.get(path, headers=headers)


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/healthz")
    @app.get("/readyz")
    def health() -> str:
        return "ok"

    @app.get("/who")
    def who(known: Annotated[Principal, Depends(principal)], age: int = 0) -> str:
        return known.name

    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError

    @app.websocket("/socket")
    async def open_socket(connection: WebSocket) -> None:
        await connection.accept()

    return app


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    file = folder / "credentials.json"
    credentials = Credentials(file)
    reader = credentials.create("reader", ["read"], created=NOW)
    publisher = credentials.create("publisher", ["publish"], created=NOW, sources=[SOURCE])
    log = HeldLog()
    log.let_go.set()
    app, intake = application(), IntakeMetrics(Metrics(lambda: NOW))
    app.include_router(router(Publisher(log), CATALOGUE, lambda: NOW, intake))
    secure(app, credentials)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
        yield House(client, file, reader, publisher)
