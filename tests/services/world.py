"""The embedded system on a virtual clock: what the tests of its services begin from.

A *world* is the real system on a real SQLite file; only its time is made up. Local times are written as a person in Montréal
would: ``2025-04-28`` (midnight) or ``2025-04-28 10:00``.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec

from echeance.system import site as serving
from echeance.system.embedded import (
    DATABASE,
    Embedded,
    assemble,
    lock_data_directory,
    open_embedded,
)
from services.ingest.publisher import Publisher
from shared import settings as environment
from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.domain import catalogue as catalogues
from shared.domain.catalogue import Catalogue
from shared.domain.events import (
    Decided,
    DecidedData,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    NoData,
    Received,
    ReceivedData,
    Reopened,
    ReopenedData,
    RequestData,
    Voided,
    VoidedData,
    Withdrawn,
    encode,
)
from shared.domain.records import (
    ClockSnapshot,
    CycleState,
    DeadLetter,
    decode_dead_letter,
    decode_snapshot,
)
from shared.http.credentials import Credentials
from shared.log.ports import DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS, NewRecord, Record, partition_of
from shared.settings import Settings
from shared.text.texts import Text

ZONE = ZoneInfo("America/Toronto")
SOURCE = "https://gestion.example.org/dossiers"
SHIPPED = "mifi-2021-10.yaml"
TEXT = (Path(catalogues.__file__).parents[1] / "catalogues" / SHIPPED).read_text(encoding="utf-8")
CATALOGUE = catalogues.load_catalogue_text(TEXT, SHIPPED)
BEGINNING = "2025-04-01 09:00"


def at(local: str) -> datetime:
    """An instant, from the local time that is written; with an offset, that instant."""
    written = datetime.fromisoformat(local)
    return written if written.tzinfo else written.replace(tzinfo=ZONE)


@cache
def revised(revision: int, *changes: tuple[str, str]) -> Catalogue:
    """The shipped catalogue under another revision, the shipped one being the first, with some of its text changed."""
    number = CATALOGUE.revision - 1 + revision
    changed = TEXT.replace(f"revision: {CATALOGUE.revision}\n", f"revision: {number}\n")
    assert f"\nrevision: {number}\n" in changed
    for old, new in changes:
        assert old in changed
        changed = changed.replace(old, new)
    return catalogues.load_catalogue_text(changed, "revised.yaml")


def _common(
    file_id: str, local: str, event_id: str | None, kind: str, recorded: str | None, source: str
) -> dict[str, Any]:
    happened = at(local).astimezone(UTC)
    return {
        "id": event_id or f"{file_id}-{kind}-{local.replace(' ', 'T')}",
        "source": source,
        "file_id": file_id,
        "time": happened,
        "recorded_at": at(recorded).astimezone(UTC) if recorded else happened,
    }


def received(
    file_id: str,
    local: str,
    *,
    standard: str = "caq-etudes",
    unit: str = "montreal",
    attributes: Mapping[str, str] | None = None,
    named: str | None = None,
    recorded: str | None = None,
    source: str = SOURCE,
) -> Event:
    data = ReceivedData(standard=standard, unit=unit, attributes=dict(attributes or {}))
    return Received(**_common(file_id, local, named, "received", recorded, source), data=data)


def requested(
    file_id: str,
    local: str,
    request_id: str | None = None,
    *,
    named: str | None = None,
    recorded: str | None = None,
) -> Event:
    common = _common(file_id, local, named, "requested", recorded, SOURCE)
    return DocumentsRequested(**common, data=RequestData(request_id=request_id))


def answered(
    file_id: str,
    local: str,
    request_id: str | None = None,
    *,
    named: str | None = None,
    recorded: str | None = None,
) -> Event:
    common = _common(file_id, local, named, "answered", recorded, SOURCE)
    return DocumentsReceived(**common, data=RequestData(request_id=request_id))


def decided(
    file_id: str,
    local: str,
    outcome: str = "accepted",
    *,
    named: str | None = None,
    recorded: str | None = None,
    source: str = SOURCE,
) -> Event:
    common = _common(file_id, local, named, "decided", recorded, source)
    return Decided(**common, data=DecidedData(outcome=outcome))


def withdrawn(file_id: str, local: str, *, named: str | None = None) -> Event:
    return Withdrawn(**_common(file_id, local, named, "withdrawn", None, SOURCE), data=NoData())


def reopened(file_id: str, local: str, *, named: str | None = None) -> Event:
    common = _common(file_id, local, named, "reopened", None, SOURCE)
    return Reopened(**common, data=ReopenedData(reason="sent-back"))


def voided(
    file_id: str,
    local: str,
    event_id: str,
    *,
    named: str | None = None,
    recorded: str | None = None,
) -> Event:
    common = _common(file_id, local, named, "voided", recorded, SOURCE)
    return Voided(**common, data=VoidedData(event_id=event_id))


def settings_of(folder: Path, *, partitions: int = 2, **changes: Any) -> Settings:
    chosen = environment.read_settings({})._replace(data=folder, port=0, partitions=partitions)
    return chosen._replace(**changes)


class Stores:
    """Where the worlds of the test at work keep their stores: with their log, or in a PostgreSQL database of its own."""

    url: str | None = None


class _Empty:
    """What a data directory begins with: the database, migrated once for all worlds."""

    content: bytes | None = None


async def _prepare(data: Path) -> None:
    """Give a directory that has no database one that has its tables, as opening it would, in less time."""
    if _Empty.content is None:
        with TemporaryDirectory() as name:
            async with lock_data_directory(Path(name)) as base:
                await migrate(base)
            _Empty.content = (Path(name) / DATABASE).read_bytes()
    if not (data / DATABASE).exists():
        data.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 — nothing else is at work yet
        (data / DATABASE).write_bytes(_Empty.content)


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

    async def append_raw(self, *records: tuple[str, bytes]) -> None:
        partitions = self.embedded.log.partitions
        await self.embedded.log.append(
            FILE_EVENTS,
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

    async def published(self, file_id: str | None = None) -> list[ClockSnapshot]:
        """Every snapshot published so far, of one file or of all, in the order of its partition."""
        found = [decode_snapshot(one.value) for one in await self.records(FILE_CLOCKS)]
        return [one for one in found if file_id in (None, one.file_id)]

    async def last(self, file_id: str) -> ClockSnapshot:
        return (await self.published(file_id))[-1]

    async def state(self, file_id: str) -> CycleState:
        """The last cycle of the last snapshot published of a file."""
        return (await self.last(file_id)).cycles[-1]

    async def dead_letters(self) -> list[DeadLetter]:
        return [decode_dead_letter(one.value) for one in await self.records(DEAD_LETTERS)]

    async def tallies(self, basis: Any) -> dict[str, int]:
        return dict(await self.embedded.compliance.outcomes(basis))

    async def records(self, topic: str) -> list[Record]:
        log = self.embedded.log
        records: list[Record] = []
        for partition, end in enumerate(await log.ends(topic)):
            offset = 0
            while offset < end:
                batch = await log.read(topic, partition, offset)
                records += batch
                offset = batch[-1].offset + 1
        return records


@asynccontextmanager
async def world(
    folder: Path, now: str = BEGINNING, *, catalogue: Catalogue = CATALOGUE, **changes: Any
) -> AsyncIterator[World]:
    settings = settings_of(folder, **changes)
    await _prepare(settings.data)
    async with open_embedded(settings, catalogue) as embedded:
        if Stores.url is None:
            yield World(embedded, settings, now)
            return
        async with _stores_elsewhere(embedded, Stores.url) as elsewhere:
            await elsewhere.clock.require(catalogue)
            yield World(elsewhere, settings, now)


class Site:
    """A world's HTTP interface, asked with one token or another."""

    def __init__(self, client: httpx.AsyncClient, credentials: Credentials, token: str) -> None:
        self.client = client
        self.credentials = credentials
        self.token = token

    def units_token(self, *units: str) -> str:
        """The token of a reader who may see these units only."""
        name = "-".join(units)
        return self.credentials.create(name, ["read"], units=units, created=at(BEGINNING))

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


@asynccontextmanager
async def site(known: World, *, notice: Text | None = None) -> AsyncIterator[Site]:
    """The three services' routes over a world, in process."""
    credentials = Credentials(known.settings.data / "credentials.json")
    token = credentials.create("all", ["read", "publish"], sources=[SOURCE], created=at(BEGINNING))
    publisher = Publisher(known.embedded.log)
    async with serving.embedded_notifications(known.embedded, known.settings, known.now) as told:
        shown = serving.pages(known.embedded, known.settings, known.now, notice=notice)
        app = serving.embedded_application(
            known.embedded,
            publisher,
            credentials,
            known.settings,
            known.now,
            [told.routes, shown.routes],
            notice=notice,
            error_page=shown.error_page,
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
            yield Site(client, credentials, token)
    await publisher.close()


def cloudevent(event: Event) -> bytes:
    """An event as a publisher writes it: without the time at which it was recorded."""
    members = json.loads(encode(event))
    del members["recordedtime"]
    return json.dumps(members).encode()


def says(snapshot: ClockSnapshot) -> Sequence[object]:
    """What a snapshot says, without its version."""
    told = msgspec.structs.asdict(snapshot)
    return [told[name] for name in ("file_id", "standard", "unit", "cycles", "anomalies")]
