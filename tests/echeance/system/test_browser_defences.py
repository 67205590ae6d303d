"""What the whole site answers is what a browser, a cache or another site can do least harm with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from shared.http.application import create_application
from shared.http.credentials import Credentials
from shared.process import runner
from tests.services.world import Site, world_and_site

READ = (
    *(
        "/",
        "/worklist",
        "/worklist.csv",
        "/changes.csv",
        "/attainment.csv",
        "/report",
        "/results",
        "/sign-in",
    ),
    *("/v1/standards", "/v1/alerts", "/v1/attainment?period=2025-03", "/openapi.json", "/metrics"),
    *("/nowhere", "/v1/files/none", "/healthz", "/readyz"),
)
SCRIPTABLE = ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml")
OUTSIDE = "https://elsewhere.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with world_and_site(tmp_path_factory.mktemp("site")) as (_, site):
        yield site


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", READ)
async def test_a_text_says_that_it_is_utf_8_and_nothing_is_guessed(web: Site, path: str) -> None:
    headers = (await web.get(path, headers={"accept": "text/html,*/*;q=0.1"})).headers
    kind, _, parameters = headers["content-type"].partition(";")
    if kind.startswith("text/") or kind.endswith("+xml"):
        assert "charset=utf-8" in parameters.lower()
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", READ)
async def test_no_other_site_may_read_frame_or_keep_an_answer(web: Site, path: str) -> None:
    headers = (await web.get(path, headers={"origin": OUTSIDE})).headers
    assert not [name for name in headers if name.startswith("access-control-")]
    policy = {one.strip() for one in headers["content-security-policy"].split(";")}
    assert {"default-src 'self'", "object-src 'none'", "base-uri 'none'"} <= policy
    assert "frame-ancestors 'none'" in policy
    assert headers["cache-control"] == "no-store"


async def test_a_preflight_of_another_site_is_refused(web: Site) -> None:
    asked = {"origin": OUTSIDE, "access-control-request-method": "POST"}
    for path in ("/v1/events", "/v1/standards", "/report/explanation"):
        answer = await web.client.options(path, headers=asked)
        assert answer.status_code in (401, 403, 405)
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "DEBUG", "__CLASS__"])
async def test_no_other_method_is_answered_and_none_repeats_what_was_sent(
    web: Site, method: str
) -> None:
    for path in ("/", "/v1/events", "/v1/standards", "/static/board.css"):
        answer = await web.client.request(
            method,
            path,
            headers={"authorization": f"Bearer {web.token}", "x-mine": "kept to myself"},
        )
        assert answer.status_code in (404, 405), path
        assert "kept to myself" not in answer.text and web.token not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static",
        "/.git/config",
        "/static/../layout.html",
        "/static/%2e%2e/layout.html",
        "/.env",
    ],
)
async def test_nothing_but_the_sites_own_files_is_listed_or_served(web: Site, path: str) -> None:
    assert (await web.get(path)).status_code == 404


async def test_what_is_downloaded_has_a_name_of_ours_and_is_no_page(web: Site) -> None:
    for path in ("/worklist.csv", "/changes.csv", "/attainment.csv"):
        headers = (await web.get(f"{path}?filename=evil.html")).headers
        assert headers["content-disposition"].startswith("attachment; filename=")
        assert "evil" not in headers["content-disposition"]
        assert not headers["content-type"].startswith(SCRIPTABLE)


async def test_no_function_of_the_client_is_called_back(web: Site) -> None:
    answer = await web.get("/v1/standards?callback=steal")
    assert answer.headers["content-type"] == "application/json" and "steal(" not in answer.text


@pytest.mark.parametrize(
    ("public_url", "scheme", "policy"),
    [
        ("", "http", None),
        ("http://board.example", "http", None),
        ("", "https", "max-age=31536000"),
        ("https://board.example", "http", "max-age=31536000; includeSubDomains"),
        ("https://shared.example/delays", "http", "max-age=31536000"),
    ],
)
async def test_over_tls_a_browser_is_told_to_come_by_tls_alone_and_nobody_is_redirected(
    tmp_path: Path, public_url: str, scheme: str, policy: str | None
) -> None:
    """A program that came without is not led on silently: its token would have been sent in the clear."""

    async def ready() -> dict[str, object]:
        return {}

    credentials = Credentials(tmp_path / "credentials.json")
    token = credentials.create("reader", ["read"], created=runner.now())
    app = create_application([], credentials, ready, public_url=public_url)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url=f"{scheme}://board.example"
    ) as client:
        for path, status in (("/healthz", 200), ("/nowhere", 404), ("/v1/events", 404)):
            answer = await client.get(path, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == status
            assert answer.headers.get("strict-transport-security") == policy


async def test_signing_out_has_the_browser_forget_what_it_stored(web: Site) -> None:
    answer = await web.client.post("/sign-out", headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"cache", "storage"'


async def test_a_parameter_is_read_from_its_own_place_alone(web: Site) -> None:
    """Neither a cookie, a header nor a body stands for a parameter of the address; of two the last holds, everywhere."""
    asked = {"authorization": f"Bearer {web.token}", "cookie": "limit=0", "limit": "0"}
    answer = await web.client.request("GET", "/v1/files", headers=asked, content=b"limit=0")
    assert answer.status_code == 200
    assert (await web.get("/v1/files?limit=1&limit=0")).status_code == 422
    assert (await web.get("/v1/files?limit=0&limit=1")).status_code == 200
