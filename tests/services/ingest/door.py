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

from shared.domain.catalogue import Catalogue
from shared.http.credentials import Principal
from shared.http.event_stream import events
from shared.http.front_door import principal
from tests.builders import CATALOGUE
from tests.unit.ingest.cloudevents.given import NOW, HeldLog, system


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

    app: FastAPI
    client: httpx.AsyncClient
    file: Path
    reader: str
    publisher: str
    ticks: Counter[str]

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await self.client.get(path, headers=headers)


def add_routes(app: FastAPI, counts: Counter[str]) -> None:
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


@asynccontextmanager
async def house(
    folder: Path, *, public_url: str = "", catalogue: Catalogue = CATALOGUE
) -> AsyncIterator[House]:
    log = HeldLog()
    log.close_streams.set()
    counts: Counter[str] = Counter()
    async with system(log, folder, public_url=public_url, catalogue=catalogue) as ingest:
        add_routes(ingest.app, counts)
        reader = ingest.credentials.create("reader", ["read"], created=NOW)
        file = folder / "credentials.json"
        yield House(ingest.app, ingest.client, file, reader, ingest.token, counts)
