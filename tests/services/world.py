"""The embedded system on a virtual clock: what the tests of its services begin from.

A *world* is the real system on a real SQLite file; only its time is virtual. Events and local times come from
:mod:`tests.builders`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx

from echeance.system import site as serving
from echeance.system.embedded import (
    DATABASE,
    Embedded,
    assemble,
    lock_data_directory,
    open_embedded,
)
from services.compliance.forecast.forecaster import Forecaster
from services.compliance.variation.keeper import AgeOrderKeeper
from shared.audit.recorder import AuditRecorder
from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.domain.catalogue import Catalogue
from shared.domain.events import Event, encode
from shared.domain.records import (
    ClockSnapshot,
    CycleState,
    DeadLetter,
    decode_dead_letter,
    decode_snapshot,
)
from shared.http.cookies import SESSION_COOKIE
from shared.http.credentials import Credentials
from shared.log.ports import (
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    NewRecord,
    Outcome,
    Record,
    Worker,
    partition_of,
)
from shared.settings import Settings, read_settings
from shared.text.texts import Text
from tests.builders import CATALOGUE, SOURCE, at

R = TypeVar("R")
BEGINNING = "2025-04-01 09:00"
_STORES_URL = "stores-url"


def settings_of(folder: Path, *, partitions: int = 2, **changes: Any) -> Settings:
    chosen = read_settings({})._replace(data=folder, port=0, partitions=partitions)
    return chosen._replace(**changes)


def keep_stores_at(folder: Path, url: str) -> None:
    """Make the worlds in a folder, and in those directly in it, keep their stores in a PostgreSQL database, not with their log."""
    (folder / _STORES_URL).write_text(url)


@cache
def _migrated_database() -> bytes:
    """What a data directory begins with, migrated once for all worlds; in a thread of its own."""

    async def migrated() -> bytes:
        with TemporaryDirectory() as name:
            async with lock_data_directory(Path(name)) as base:
                await migrate(base)
            return (Path(name) / DATABASE).read_bytes()

    return asyncio.run(migrated())


async def _prepare(data: Path) -> None:
    """Give a directory that has no database one that has its tables, as opening it would, in less time."""
    if not (data / DATABASE).exists():
        data.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 — nothing else is at work yet
        (data / DATABASE).write_bytes(await asyncio.to_thread(_migrated_database))


@asynccontextmanager
async def _stores_elsewhere(embedded: Embedded, url: str) -> AsyncIterator[Embedded]:
    """The same system, its log where it was, its stores in another database that has its tables."""
    base = Database(url)
    stores = assemble(base, embedded.catalogue, embedded.settings)
    yield replace(stores, log=embedded.log)
    await base.close()


class World:
    """The embedded system, its time, and what it has published."""

    def __init__(self, embedded: Embedded, settings: Settings, now: str) -> None:
        self.embedded = embedded
        self.settings = settings
        self._now = at(now).astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    async def append(self, *events: Event) -> None:
        """Put events into the log, in this order, as ingest would."""
        await self.append_raw(*((event.file_id, encode(event)) for event in events))

    async def append_raw(self, *records: tuple[str, bytes], topic: str = FILE_EVENTS) -> None:
        partitions = self.embedded.log.partitions
        await self.embedded.log.append(
            topic,
            [
                NewRecord(partition_of(key.encode(), partitions), key.encode(), value)
                for key, value in records
            ],
        )

    async def live(self, *events: Event, until: str | None = None) -> None:
        """Append events, let time come to a moment if one is given, and let the services work."""
        if events:
            await self.append(*events)
        if until is not None:
            self._now = at(until).astimezone(UTC)
        await self.embedded.catch_up(self.now)

    async def next_step(self, worker: Worker[R], topic: str) -> Outcome[R]:
        """What a worker does next on the only partition, neither published nor committed yet."""
        subscription = self.embedded.log.subscribe(topic, worker.service, worker.claim)
        [batch] = await subscription.fetch(0)
        await subscription.close()
        outcome = await worker.handle(batch, self.now())
        assert outcome is not None
        return outcome

    async def published(self, file_id: str | None = None) -> list[ClockSnapshot]:
        """Every snapshot published so far, of one file or of all, in the order of its partition."""
        found = [decode_snapshot(one.value) for one in await self.records(FILE_CLOCKS) if one.value]
        return [one for one in found if file_id in (None, one.file_id)]

    async def last(self, file_id: str) -> ClockSnapshot:
        return (await self.published(file_id))[-1]

    async def state(self, file_id: str) -> CycleState:
        """The last cycle of the last snapshot published of a file."""
        return (await self.last(file_id)).cycles[-1]

    async def dead_letters(self) -> list[DeadLetter]:
        return [
            decode_dead_letter(one.value) for one in await self.records(DEAD_LETTERS) if one.value
        ]

    async def tallies(self, basis: Any) -> dict[str, int]:
        return dict(await self.embedded.compliance.outcomes(basis))

    async def records(self, topic: str) -> list[Record]:
        return [record for _, record in await self.placed_records(topic)]

    async def placed_records(self, topic: str) -> list[tuple[int, Record]]:
        """Every record of a topic, with its partition."""
        log = self.embedded.log
        records: list[tuple[int, Record]] = []
        for partition, end in enumerate(await log.ends(topic)):
            offset = 0
            while offset < end:
                batch = await log.read(topic, partition, offset)
                records += [(partition, record) for record in batch]
                offset = batch[-1].offset + 1
        return records


@asynccontextmanager
async def world(
    folder: Path, now: str = BEGINNING, *, catalogue: Catalogue = CATALOGUE, **changes: Any
) -> AsyncIterator[World]:
    settings = settings_of(folder, **changes)
    await _prepare(settings.data)
    async with open_embedded(settings, catalogue) as embedded:
        places = [one / _STORES_URL for one in (folder, folder.parent)]
        url = next((one.read_text() for one in places if one.exists()), None)
        if url is None:
            yield World(embedded, settings, now)
            return
        async with _stores_elsewhere(embedded, url) as elsewhere:
            await elsewhere.clock.require(catalogue)
            yield World(elsewhere, settings, now)


class Site:
    """A world's HTTP interface, asked with one token or another."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        credentials: Credentials,
        token: str,
        background: Sequence[Callable[..., Any]] = (),
        recorder: AuditRecorder | None = None,
    ) -> None:
        self.client = client
        self.recorder = recorder
        self._background = background
        self.credentials = credentials
        self.token = token

    def units_token(self, *units: str) -> str:
        """The token of a reader who may see these units only."""
        name = "-".join(units)
        return self.credentials.create(name, ["read"], units=units, created=at(BEGINNING))

    async def session(self, token: str | None = None) -> str:
        """The identifier of a new session, which the client does not keep."""
        async with httpx.AsyncClient(
            transport=self.client._transport, base_url=self.client.base_url
        ) as browser:
            sent = {"token": token or self.token}
            answer = await browser.post(
                "/sign-in", data=sent, headers={"origin": "http://echeance"}
            )
            assert answer.status_code == 303, answer.text
            return browser.cookies[SESSION_COOKIE]

    async def refresh(self) -> None:
        """Compute what the forecast and the age order say now, as the background tasks do."""
        await refresh(self._background)

    async def get(
        self, path: str, *, token: str | None = None, headers: Any = None, **query: Any
    ) -> httpx.Response:
        sent = httpx.Headers(headers or {})
        sent["authorization"] = f"Bearer {token or self.token}"
        return await self.client.get(path, params=query or None, headers=sent)

    async def json(self, path: str, **asked: Any) -> Any:
        answer = await self.get(path, **asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, path: str, **asked: Any) -> tuple[int, str]:
        """The status and the code of a refusal, which must be a problem in both languages."""
        french = await self.get(path, **asked)
        english = await self.get(path, headers={"accept-language": "en"}, **asked)
        for answer, language in ((french, "fr"), (english, "en")):
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["content-language"] == language
            assert answer.json()["status"] == answer.status_code
        assert french.json()["detail"] != english.json()["detail"]
        return french.status_code, french.json()["type"].removeprefix("urn:echeance:problem:")


async def refresh(background: Sequence[Callable[..., Any]]) -> None:
    """Compute what some background tasks keep: the models of forecasts, the order of decisions."""
    for task in background:
        owner = getattr(task, "__self__", None)
        if isinstance(owner, Forecaster):
            await owner.build()
        if isinstance(owner, AgeOrderKeeper):
            await owner.read()


@asynccontextmanager
async def site(known: World, *, notice: Text | None = None) -> AsyncIterator[Site]:
    """The three services' routes over a world, in process."""
    credentials = Credentials(known.settings.data / "credentials.json")
    token = credentials.create("all", ["read", "publish"], sources=[SOURCE], created=at(BEGINNING))
    async with serving.embedded_site(
        known.embedded, credentials, known.settings, known.now, notice=notice
    ) as served:
        transport = httpx.ASGITransport(served.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
            yield Site(client, credentials, token, served.background, served.recorder)


@asynccontextmanager
async def world_and_site(
    folder: Path, now: str = BEGINNING, *events: Event, catalogue: Catalogue = CATALOGUE
) -> AsyncIterator[tuple[World, Site]]:
    """A world whose services have seen these events, and its HTTP interface."""
    async with world(folder, now, catalogue=catalogue) as known, site(known) as web:
        await known.live(*events)
        yield known, web
