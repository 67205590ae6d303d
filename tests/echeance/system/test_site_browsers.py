"""What browsers and programs are told alike, and what not: HEAD, errors as pages, addresses with a slash too many, gzip."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from fastapi.routing import iter_route_contexts

from shared.http.application import create_application
from shared.http.cookies import SESSION_COOKIE
from shared.http.credentials import Credentials
from tests.builders import at
from tests.echeance.system.test_site_routes import asked
from tests.services.world import Site

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PLACES = {"file_id": "A", "identifier": "qc-legal", "digest": "0", "name": "board.css", "standard": "peq", "form": "csv", "fiscal_year": "2023-2024", "number": "1"}  # fmt: skip
QUERIES = {"/v1/deadline": "?standard=peq&received=2025-04-28"}


def readable(web: Site) -> list[str]:
    """The address of every route that answers GET."""
    transport = web.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    app: Any = transport.app
    found = set()
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if "GET" in (getattr(route, "methods", None) or ()):
            path = str(context.path).format_map(PLACES)
            found.add(path + QUERIES.get(path, ""))
    return sorted(found)


async def test_head_is_answered_wherever_get_is_with_the_same_headers_and_no_body(
    tmp_path: Path,
) -> None:
    async with asked(tmp_path) as (_, web):
        paths = readable(web)
        assert {"/", "/healthz", "/readyz", "/worklist", "/worklist/stream", "/v1/files/A"} <= set(
            paths
        )
        for path in paths:
            headers = _bearer(web)
            head = await web.client.head(path, headers=headers)
            assert head.content == b"", path
            if path.endswith("/stream") and path != "/sessions/stream":  # a token has no session
                assert head.status_code == 200
                continue
            got = await web.client.get(path, headers=headers)
            assert head.status_code == got.status_code, path
            assert head.headers.keys() == got.headers.keys(), path
            if path not in ("/metrics", "/", "/worklist"):
                assert head.headers.get("content-length") == got.headers.get("content-length")


async def test_what_takes_get_says_that_it_takes_head_and_nothing_else_takes_it(
    tmp_path: Path,
) -> None:
    async with asked(tmp_path) as (_, web):
        answer = await web.client.delete("/v1/files", headers=_bearer(web))
        assert answer.headers["allow"] == "GET, HEAD"
        assert (await web.client.head("/v1/events", headers=_bearer(web))).status_code == 405


def _bearer(web: Site) -> dict[str, str]:
    return {"authorization": f"Bearer {web.token}"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/worklist/nothing", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/files/NOBODY", 404),
        ("POST", "/worklist", 405),
        ("GET", "/v1/files?limit=many", 422),
        ("GET", "/calculator/nothing", 404),
        ("POST", "/nothing", 401),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_browser_is_told_an_error_as_a_page_and_a_program_as_a_problem(
    tmp_path: Path, method: str, path: str, status: int, language: str
) -> None:
    async with asked(tmp_path) as (_, web):
        web.client.cookies.set(SESSION_COOKIE, await web.session())
        web.client.cookies.set("echeance_lang", language)
        headers = {"accept": BROWSER}
        if status == 405:
            headers |= _bearer(web)
        page = await web.client.request(method, path, headers=headers)
        assert page.status_code == status
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<html lang="{language}">' in page.text
        assert "accept" in page.headers["vary"].lower()
        for accept in ("*/*", "application/json", "application/json, text/html;q=0.5", ""):
            problem = await web.client.request(method, path, headers={**headers, "accept": accept})
            assert problem.status_code == status
            assert problem.headers["content-type"] == "application/problem+json"
            assert json.loads(problem.content)["status"] == status


async def test_a_browser_whose_token_may_not_read_is_told_so_as_a_page(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        token = web.credentials.create("p", ["publish"], sources=["urn:x"], created=at("2025-05-01"))  # fmt: skip
        answer = await web.get("/worklist", token=token, headers={"accept": BROWSER})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("host", ["evil.example", "evil.example/x", "a@evil.example", "[::1", "é"])
async def test_nothing_that_is_answered_repeats_the_host_that_was_asked_for(
    tmp_path: Path, host: str
) -> None:
    async with asked(tmp_path) as (_, web):
        for path in ("/worklist/", "/v1/files/?limit=3", "/sign-in/", "/", "/nothing", "//evil.example/", "//evil.example", "/worklist"):  # fmt: skip
            for accept in (BROWSER, "*/*"):
                headers = httpx.Headers({**_bearer(web), "accept": accept})
                headers["host"] = host.encode().decode("latin-1")
                url = httpx.URL(scheme="http", host="echeance", raw_path=path.encode())
                answer = await web.client.get(url, headers=headers)
                assert answer.status_code < 500
                location = answer.headers.get("location", "/")
                assert location.startswith("/")
                assert not location.startswith("//")
                assert 'href="//' not in answer.text
                assert "://evil" not in answer.text


async def test_a_slash_too_many_leads_to_the_address_without_it(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        answer = await web.get("/v1/files/?limit=3")
        assert (answer.status_code, answer.headers["location"]) == (307, "/v1/files?limit=3")
        assert (await web.get("/nothing/")).status_code == 404


async def test_what_is_read_is_compressed_for_who_takes_it(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        for path in ("/", "/worklist", "/v1/standards", "/worklist.csv", "/metrics", "/catalogue"):
            whole = await web.get(path, headers={"accept-encoding": "identity"})
            async with web.client.stream("GET", path, headers={**_bearer(web), "accept-encoding": "gzip"}) as answer:  # fmt: skip
                raw = b"".join([part async for part in answer.aiter_raw()])
            assert "content-encoding" not in whole.headers
            if len(whole.content) < 500:
                continue
            assert answer.headers["content-encoding"] == "gzip", path
            assert len(raw) < 0.8 * len(whole.content)
            for one in (answer, whole):
                assert "accept-encoding" in one.headers["vary"].lower()
            if path == "/v1/standards":
                assert gzip.decompress(raw) == whole.content


async def test_a_stream_is_never_compressed(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, web):
        for path in ("/worklist/stream", "/v1/alerts/stream"):
            headers = {**_bearer(web), "accept-encoding": "gzip"}
            answer = await web.client.head(path, headers=headers)
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("page", "media_type", "messages"),
    [
        (
            lambda _, error: HTMLResponse("<p>", status_code=error.status),
            "text/html; charset=utf-8",
            [],
        ),
        (lambda _, error: 1 / 0, "application/problem+json", ["the error page failed"]),
    ],
)
async def test_a_bug_is_shown_to_a_browser_as_a_page_and_a_bug_of_the_page_is_logged(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    page: Any,
    media_type: str,
    messages: Sequence[str],
) -> None:
    routes = APIRouter()

    @routes.get("/calculator")
    def bug() -> None:
        raise ZeroDivisionError

    async def ready() -> dict[str, Any]:
        return {}

    credentials = Credentials(tmp_path / "credentials.json")
    token = credentials.create("reader", ["read"], created=at("2025-05-01"))
    app = create_application([routes], credentials, ready, error_page=page)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
        headers = {"authorization": f"Bearer {token}", "accept": BROWSER}
        answer = await client.get("/calculator", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (500, media_type)
    assert [one.getMessage() for one in caplog.records if one.exc_info] == messages
