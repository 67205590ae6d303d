"""What the tests of ingest begin from: the shipped catalogue, a moment, a valid event, and the system on a real log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import FastAPI
from typing_extensions import override

from services.ingest.api import RequestLimits, router
from services.ingest.cloudevents.envelope import Rules, parse_structured
from services.ingest.cloudevents.faults import InvalidEventsError
from services.ingest.hooks.api import DeliveryRules, HookMetrics, hook_router
from services.ingest.hooks.loading import NO_HOOKS, Hooks
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.domain.catalogue import Catalogue
from shared.errors import UnavailableError
from shared.http.credentials import Credentials
from shared.http.front_door import secure
from shared.log.ports import FILE_EVENTS, Appender, NewRecord, Position, Record
from shared.log.sqlite import SqliteLog
from shared.metrics.registry import Metrics
from tests.builders import CATALOGUE, members

NOW = datetime(2025, 5, 1, 12, 0, tzinfo=UTC)
SOURCE = "https://gestion.example.org/caq"
RULES = Rules(catalogue=CATALOGUE, now=NOW)
RECEIVED = "org.echeance.file.received.v1"
WITHDRAWN = "org.echeance.file.withdrawn.v1"
STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
LINES = {"content-type": "application/x-ndjson"}


def event(**changes: Any) -> dict[str, Any]:
    """A valid ``received``, with some members changed; ``...`` leaves one out."""
    posted = {
        **members(
            "received",
            "CAQ-2025-000123",
            "2025-04-28T09:30:00-04:00",
            {"standard": "caq-etudes", "unit": "montreal"},
            named="evt-1",
            source=SOURCE,
        ),
        **changes,
    }
    return {name: value for name, value in posted.items() if value is not ...}


def attributes(**more: str) -> dict[str, Any]:
    """Those of the same event, for the package cloudevents."""
    return {
        "type": RECEIVED,
        "source": SOURCE,
        "id": "evt-1",
        "subject": "CAQ-2025-000123",
        "time": datetime(2025, 4, 28, 13, 30, tzinfo=UTC),
        "datacontenttype": "application/json",
        **more,
    }


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


def error_of(parse: Callable[..., object], *given: Any) -> InvalidEventsError:
    """With what a parser refuses what it is given."""
    with pytest.raises(InvalidEventsError) as caught:
        parse(*given)
    return caught.value


def faults_of(error: InvalidEventsError) -> list[tuple[int, str, str]]:
    return [(one.index, one.pointer, one.code) for one in error.faults]


def refused(raw: bytes | dict[str, Any]) -> list[tuple[str, str]]:
    error = error_of(parse_structured, raw if isinstance(raw, bytes) else written(raw), RULES)
    return [(pointer, code) for _, pointer, code in faults_of(error)]


class AbsentLog:
    """A log that is down."""

    partitions = 8

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        raise UnavailableError("down")


class HeldLog(AbsentLog):
    """A log that answers when it is let go, and remembers what it was asked to append together."""

    def __init__(self) -> None:
        self.close_streams = asyncio.Event()
        self.asked = asyncio.Event()
        self.appends: list[Sequence[NewRecord]] = []
        self._ends = [0] * self.partitions

    @override
    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        self.appends.append(records)
        self.asked.set()
        await self.close_streams.wait()
        positions = []
        for record in records:
            positions.append(Position(record.partition, self._ends[record.partition]))
            self._ends[record.partition] += 1
        return positions


class System(NamedTuple):
    """ingest on a log, behind the front door, and a client with a publisher's token."""

    app: FastAPI
    client: httpx.AsyncClient
    credentials: Credentials
    publisher: Publisher
    token: str
    metrics: Metrics

    async def post(
        self, content: Any, headers: Any = None, *, language: str | None = None
    ) -> httpx.Response:
        sent = httpx.Headers(headers or STRUCTURED)
        sent.setdefault("authorization", f"Bearer {self.token}")
        if language:
            sent["accept-language"] = language
        return await self.client.post("/v1/events", content=content, headers=sent)


@asynccontextmanager
async def system(
    log: Appender,
    folder: Path,
    *,
    limits: RequestLimits | None = None,
    public_url: str = "",
    catalogue: Catalogue = CATALOGUE,
    hooks: Hooks = NO_HOOKS,
    **options: Any,
) -> AsyncIterator[System]:
    credentials = Credentials(folder / "credentials.json")
    token = credentials.create("caq", ["publish"], created=NOW, sources=[SOURCE])
    publisher = Publisher(log, **options)
    app, metrics = FastAPI(), Metrics(lambda: NOW)
    intake = IntakeMetrics(metrics)
    app.include_router(router(publisher, catalogue, lambda: NOW, intake, limits=limits))
    rules = DeliveryRules(catalogue, lambda: NOW, RequestLimits().future_tolerance)
    app.include_router(hook_router(publisher, hooks, rules, intake, HookMetrics(metrics, hooks)))
    secure(app, credentials, public_url)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
        yield System(app, client, credentials, publisher, token, metrics)
    await publisher.close()


@asynccontextmanager
async def sqlite_log(folder: Path) -> AsyncIterator[SqliteLog]:
    database = Database(f"sqlite+aiosqlite:///{folder / 'log.sqlite'}")
    await migrate(database)
    yield SqliteLog(database, partitions=8, batch_records=10_000)
    await database.close()


async def stored(log: SqliteLog) -> list[Record]:
    return [
        record
        for partition in range(log.partitions)
        for record in await log.read(FILE_EVENTS, partition, 0)
    ]
