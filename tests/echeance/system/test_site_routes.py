"""The embedded system's routes, all of them: who may, and what is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

from tests.builders import at, cloudevent, received
from tests.services.world import Site, World, site, world

READS = [
    "/v1/files",
    "/v1/files/A",
    "/v1/files/A/ledger",
    "/v1/deadline?standard=peq&received=2025-04-28",
    "/v1/standards",
    "/v1/calendars/qc-legal",
    "/v1/attainment",
    "/v1/report",
    "/",
    "/openapi.json",
]
EVENT = received("A", "2025-04-28 10:00")


@asynccontextmanager
async def asked(folder: Path) -> AsyncIterator[tuple[World, Site]]:
    async with world(folder, "2025-05-01") as known, site(known) as web:
        await known.live(EVENT)
        yield known, web


async def test_an_address_to_read_is_for_readers_alone(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        created = at("2025-05-01")
        reader = web.credentials.create("reader", ["read"], created=created)
        publisher = web.credentials.create("p", ["publish"], sources=["urn:x"], created=created)
        for path in READS:
            answer = await web.get(path, token=reader)
            assert answer.status_code == 200, path
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert await web.refused(path, token=publisher) == (403, "no-scope"), path
        for path in (*READS, "/v1/nothing", "/v1/events"):
            for headers in ({}, {"authorization": f"Bearer ech_{'x' * 43}"}):
                answer = await web.client.get(path, headers=headers)
                assert answer.status_code == 401, path
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["www-authenticate"].startswith("Bearer")
        answer = await post(web, reader)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:echeance:problem:no-scope")


async def test_a_reader_writes_at_no_address(tmp_path: Path) -> None:
    """The token of a dashboard changes nothing, whatever is added to the site."""
    async with asked(tmp_path) as (_, web):
        reader = web.credentials.create("reader", ["read"], created=at("2025-05-01"))
        writes = [
            (method, path)
            for path, methods in (await web.json("/openapi.json"))["paths"].items()
            for method in methods
            if method != "get"
        ]
        for method, path in [*writes, ("post", "/report/explanation")]:
            answer = await web.client.request(
                method, path, headers={"authorization": f"Bearer {reader}"}
            )
            # Which webhooks there are is told to nobody: every refusal there is the same.
            refused = 401 if path.startswith("/v1/hooks/") else 403
            assert answer.status_code == refused, (method, path)
    assert len(writes) >= 2


async def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        for path in ("/nothing", "/v1", "/v1/files/A/B", "/v1/calendars", "/docs", "/redoc"):
            assert await web.refused(path) == (404, "not-found"), path


async def test_reading_is_all_that_an_address_to_read_permits(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        headers = {"authorization": f"Bearer {web.token}"}
        paths = [path for path in READS if path != "/openapi.json"]
        for path, method in product(paths, ("POST", "PUT", "DELETE", "PATCH")):
            answer = await web.client.request(method, path, headers=headers)
            assert answer.status_code == 405, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert "GET" in answer.headers["allow"]


async def post(web: Site, token: str) -> Any:
    return await web.client.post(
        "/v1/events",
        content=cloudevent(EVENT),
        headers={
            "authorization": f"Bearer {token}",
            "content-type": "application/cloudevents+json",
        },
    )


async def test_an_event_that_is_posted_is_counted_and_read_back(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known, site(known) as web:
        answer = await post(web, web.token)
        assert answer.status_code == 202
        assert await web.refused("/v1/files/A") == (404, "unknown-file")
        ready = await web.client.get("/readyz")
        assert ready.json() == {"clock_lag_records": 1, "compliance_lag_records": 0}
        await known.live()
        assert (await web.json("/v1/files/A"))["status"] == "open"
        [row] = (await web.json("/v1/attainment", standard="caq-etudes", unit="montreal"))["rows"]
        assert row["measured"] == 0
        ready = await web.client.get("/readyz")
        assert ready.json() == {"clock_lag_records": 0, "compliance_lag_records": 0}


async def test_a_database_that_does_not_answer_makes_it_not_ready(tmp_path: Path) -> None:
    async with asked(tmp_path) as (known, web):
        await known.embedded.database.close()
        for name in ("echeance.sqlite", "echeance.sqlite-wal", "echeance.sqlite-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / "echeance.sqlite").mkdir()
        for path in ("/readyz", "/v1/files", "/v1/files/A", "/v1/attainment"):
            answer = await web.get(path)
            assert answer.status_code == 503, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["retry-after"] == "5"
        assert (await web.client.get("/healthz")).status_code == 200
        await known.embedded.database.close()
