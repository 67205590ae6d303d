"""Alerts over HTTP: pages with the whole life of each, and the stream of their changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from echeance.system.embedded import open_embedded
from echeance.system.site import serving_embedded
from services.compliance.alerts import stream as alert_stream
from services.compliance.alerts.store import AlertStore
from services.compliance.alerts.stream import AlertBatch, AlertStream
from shared.http.credentials import Credentials
from shared.process.runner import AcceleratedClock
from tests.builders import CATALOGUE, SOURCE, at, cloudevent, decided, received
from tests.services.world import Site, settings_of, site, world

ALERTS, STREAM = "/v1/alerts", "/v1/alerts/stream"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    """Six files at risk since 20 May, of which one was decided, and one critical since 23 May."""
    async with world(tmp_path) as known, site(known) as found:
        files = [received(f"F{n}", "2025-04-28", unit="laval") for n in range(6)]
        await known.live(*files, until="2025-05-20 08:00")
        await known.live(decided("F0", "2025-05-20 09:00"), until="2025-05-20 10:00")
        later = received("Q", "2025-04-28", unit="quebec", recorded="2025-05-23")
        await known.live(later, until="2025-05-23 08:00")
        yield found


async def listed(web: Site, **asked: Any) -> list[tuple[str, str]]:
    told = await web.json(ALERTS, **asked)
    return [(one["file_id"], one["stage"]) for one in told["alerts"]]


async def test_an_alert_is_listed_with_its_whole_life(web: Site) -> None:
    told = await web.json(ALERTS, active="false")
    [over] = told["alerts"]
    assert told["next"] is None and told["as_of"] == "2025-05-23T12:00:00Z"
    assert over == {
        "file_id": "F0",
        "cycle": 1,
        "stage": "at_risk",
        "stage_since": "2025-05-20T04:00:00Z",
        "standard": "caq-etudes",
        "unit": "laval",
        "due_on": "2025-05-27",
        "breaches_at": "2025-05-28T04:00:00Z",
        "raised_at": "2025-05-20T12:00:00Z",
        "by_catalogue": False,
        "delivered_at": None,
        "resolved_at": "2025-05-20T14:00:00Z",
        "resolved_why": "decided",
    }


async def test_alerts_are_found_by_what_they_are_of_and_come_newest_first(web: Site) -> None:
    assert len(await listed(web)) == 12
    assert len(await listed(web, active="true")) == 11
    assert await listed(web, unit="quebec") == [("Q", "critical")]
    assert len(await listed(web, stage="critical")) == 6
    assert await listed(web, standard="plainte") == []
    assert {stage for _, stage in await listed(web, since="2025-05-23")} == {"critical"}
    newest = [stage for _, stage in await listed(web)]
    assert newest == ["critical"] * 6 + ["at_risk"] * 6


async def test_a_reader_of_some_units_is_told_of_no_others(web: Site) -> None:
    token = web.units_token("quebec")
    assert await listed(web, token=token) == [("Q", "critical")]
    assert await listed(web, token=token, unit="laval") == []


async def test_what_cannot_be_asked_is_refused(web: Site) -> None:
    for asked, code in (
        ({"after": "x"}, "bad-cursor"),
        ({"after": "1~F~1~on_track~1"}, "bad-cursor"),
        ({"since": "yesterday"}, "bad-moment"),
        ({"stage": "waiting"}, "invalid-parameters"),
        ({"limit": "501"}, "invalid-parameters"),
    ):
        assert await web.refused(ALERTS, **asked) == (422, code), asked
    answer = await web.get(STREAM, headers={"last-event-id": "yesterday"})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("bad-event-id")


class Listener:
    """Somebody who listens to a stream, turn by turn."""

    def __init__(self, stream: AlertStream, after: Any = None) -> None:
        self._batches = stream.subscribe(after, heartbeat_seconds=0.01)

    async def next(self) -> AlertBatch | None:
        return await anext(self._batches)

    async def names(self) -> list[str]:
        batch = await self.next()
        return [] if batch is None else [alert.file_id for alert in batch.alerts]


async def test_every_listener_is_told_what_changes_while_it_listens(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        stream = AlertStream(AlertStore(known.embedded.database))
        first, second = Listener(stream), Listener(stream)
        assert await first.names() == await second.names() == []
        await known.live(received("A", "2025-04-28"), until="2025-05-20 08:00")
        await stream.poll()
        assert await first.names() == await second.names() == ["A"]
        assert await first.next() is None  # a heartbeat
        assert stream.subscribers == 2


async def test_a_listener_that_comes_back_goes_on_where_it_was(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        stream = AlertStream(AlertStore(known.embedded.database))
        listener = Listener(stream)
        batch = await listener.next()
        assert batch is not None
        left = alert_stream.read_positions(alert_stream.write_positions(batch.reached))
        await known.live(received("A", "2025-04-28"), until="2025-05-20 08:00")
        back = Listener(stream, left)
        assert await back.names() == []
        assert await back.names() == ["A"]
        new = Listener(stream)
        assert (await new.names(), await new.next()) == ([], None)


async def test_a_listener_that_does_not_keep_up_is_let_go(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        stream = AlertStream(AlertStore(known.embedded.database), most_batches=3)
        slow = Listener(stream)
        await slow.next()
        batches = 0
        while stream.subscribers:
            batches += 1
            event = received(f"F{batches}", "2025-04-28")
            await known.live(event, until="2025-05-20 08:00")
            await stream.poll()
        told = [await slow.next() for _ in range(batches - 1)]
        assert all(batch is not None and len(batch.alerts) == 1 for batch in told)
        with pytest.raises(StopAsyncIteration):
            await slow.next()


def test_positions_are_read_back_as_they_were_written() -> None:
    for positions in ({}, {0: 5}, {0: 5140, 1: 0, 12: 7}):
        assert alert_stream.read_positions(alert_stream.write_positions(positions)) == positions
    for text in ("x", "1", "1.", "1.2,", "1.2;3.4", "-1.2", "1.2,3"):
        assert alert_stream.read_positions(text) is None


async def test_a_stream_tells_alerts_as_they_happen_and_ends_with_the_process(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    credentials = Credentials(tmp_path / "credentials.json")
    start = at("2025-05-19 23:59:59")
    token = credentials.create("all", ["publish", "read"], sources=[SOURCE], created=start)
    some = credentials.create("some", ["read"], units=["laval"], created=start)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/cloudevents+json"}
    here, elsewhere = Ear(), Ear()
    async with (
        open_embedded(settings, CATALOGUE) as embedded,
        serving_embedded(embedded, credentials, settings, AcceleratedClock(start, 1)) as server,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", timeout=20, trust_env=False
        ) as client,
    ):
        streams = asyncio.gather(here.listen(client, token), elsewhere.listen(client, some))
        await asyncio.wait_for(here.connected.wait(), 20)
        await asyncio.wait_for(elsewhere.connected.wait(), 20)
        event = cloudevent(received("A", "2025-04-28"))
        answer = await client.post("/v1/events", content=event, headers=headers)
        assert answer.status_code == 202
        await asyncio.wait_for(here.heard_something.wait(), 20)
        server.should_exit = True
        await asyncio.wait_for(streams, 4)
    assert [(one["file_id"], one["stage"]) for one in here.heard] == [("A", "at_risk")]
    assert elsewhere.heard == []


class Ear:
    """Somebody at the other end of a real connection."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.connected = asyncio.Event()
        self.heard_something = asyncio.Event()

    async def listen(self, client: httpx.AsyncClient, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        async with client.stream("GET", STREAM, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith("id:"):
                    self.connected.set()
                if line.startswith("data: "):
                    self.heard += [json.loads(line.removeprefix("data: "))]
                    self.heard_something.set()
