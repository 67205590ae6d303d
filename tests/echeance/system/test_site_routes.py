"""The embedded system's routes, all of them: who may, what is not there, and OpenAPI that says what is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

from shared.log.ports import FILE_EVENTS
from tests.builders import at, cloudevent, decided, received
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


async def test_a_reader_is_answered(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        token = web.credentials.create("reader", ["read"], created=at("2025-05-01"))
        for path in READS:
            answer = await web.get(path, token=token)
            assert answer.status_code == 200, path
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"


async def test_who_has_no_token_is_told_nothing(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        unknown = {"authorization": "Bearer ech_" + "x" * 43}
        for path, headers in product([*READS, "/v1/nothing", "/v1/events"], ({}, unknown)):
            answer = await web.client.get(path, headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_publisher_may_not_read(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        token = web.credentials.create(
            "publisher", ["publish"], sources=["urn:x"], created=at("2025-05-01")
        )
        for path in READS:
            assert await web.refused(path, token=token) == (403, "no-scope"), path


async def test_a_reader_may_not_publish(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        token = web.credentials.create("reader", ["read"], created=at("2025-05-01"))
        answer = await post(web, token)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:echeance:problem:no-scope")


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


async def test_events_are_published_by_post_only(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        assert await web.refused("/v1/events") == (405, "method-not-allowed")


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


async def test_an_event_posted_twice_is_one_event(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01") as known, site(known) as web:
        for _ in range(2):
            assert (await post(web, web.token)).status_code == 202
            await known.live()
        assert sum(await known.embedded.log.ends(FILE_EVENTS)) == 2
        assert await known.tallies("received") == {"begun": 1}


async def test_health_and_readiness_ask_for_no_token(tmp_path: Path) -> None:
    async with asked(tmp_path) as (known, web):
        await known.append(decided("A", "2025-04-30"))
        alive, ready = await web.client.get("/healthz"), await web.client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["clock_lag_records"]) == (200, 1)


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


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "$ref":
                yield member
            else:
                yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


async def test_openapi_says_every_route_and_what_it_answers(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        told = await web.json("/openapi.json")
    assert re.fullmatch(r"3\.1\.\d+", told["openapi"])
    assert told["info"]["title"] == "Échéance"
    assert set(told["paths"]) == {
        "/v1/alerts",
        "/v1/alerts/stream",
        "/v1/events",
        "/v1/files",
        "/v1/files/{file_id}",
        "/v1/files/{file_id}/events",
        "/v1/files/{file_id}/ledger",
        "/v1/deadline",
        "/v1/standards",
        "/v1/calendars/{identifier}",
        "/v1/attainment",
        "/v1/attainment/files",
        "/v1/open",
        "/v1/corrections",
        "/v1/anomalies",
        "/v1/report",
        "/metrics",
        "/healthz",
        "/readyz",
    }
    for path, methods in told["paths"].items():
        named = set(re.findall(r"\{(\w+)\}", path))
        for operation in methods.values():
            parameters = operation.get("parameters", [])
            assert named == {one["name"] for one in parameters if one["in"] == "path"}
            assert all("schema" in one for one in parameters)
            assert operation["responses"] and operation["operationId"] and operation["description"]


async def test_openapi_refers_to_nothing_that_it_does_not_define(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        told = await web.json("/openapi.json")
    for reference in references(told):
        found: Any = told
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
    names = [
        operation["operationId"]
        for methods in told["paths"].values()
        for operation in methods.values()
    ]
    assert len(names) == len(set(names))


async def test_openapi_describes_the_answers_as_they_are(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        told = await web.json("/openapi.json")
        answers = {
            "FileView": await web.json("/v1/files/A"),
            "FilePage": await web.json("/v1/files"),
            "CycleView": (await web.json("/v1/files/A"))["cycles"][0],
            "DeadlineView": await web.json("/v1/deadline", standard="peq", received="2025-05-01"),
        }
    for name, answer in answers.items():
        assert set(told["components"]["schemas"][name]["properties"]) == set(answer)
