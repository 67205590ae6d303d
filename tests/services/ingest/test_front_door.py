"""The front door: nobody unknown passes, and a browser signs in once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.http.credentials import Credentials
from tests.services.ingest.door import house
from tests.unit.ingest.cloudevents.given import NOW, STRUCTURED, event, written

COOKIE = "echeance_session"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_is_open_to_all(tmp_path: Path, path: str) -> None:
    async with house(tmp_path) as at:
        assert (await at.get(path)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/who", "/docs", "/openapi.json", "/nowhere", "/healthz/", "//healthz", "/v1/events", "/metrics"]
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
async def test_every_other_address_refuses_who_is_not_known(
    tmp_path: Path, method: str, path: str
) -> None:
    async with house(tmp_path) as at:
        response = await at.client.request(method, path)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer ech_x", "bearer é", "{token}"]
)
async def test_what_is_not_a_bearer_token_is_refused(tmp_path: Path, authorization: str) -> None:
    async with house(tmp_path) as at:
        sent = authorization.format(token=at.reader).encode()
        response = await at.client.get("/who", headers={b"authorization": sent})
        assert response.status_code == 401
        twice = [("authorization", f"Bearer {at.reader}")] * 2
        assert (await at.client.get("/who", headers=twice)).status_code == 401


async def test_reading_takes_read_and_publishing_takes_publish(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        assert (await at.get("/who", at.reader)).json() == "reader"
        assert (await at.get("/who", at.publisher)).status_code == 403
        for token, status in ((at.reader, 403), (at.publisher, 202)):
            headers = {**STRUCTURED, "authorization": f"Bearer {token}"}
            response = await at.client.post("/v1/events", content=written(event()), headers=headers)
            assert response.status_code == status


async def test_a_revoked_token_is_refused_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        assert (await at.get("/who", at.reader)).status_code == 200
        Credentials(at.file).revoke("reader")
        assert (await at.get("/who", at.reader)).status_code == 401


async def test_tokens_that_cannot_be_checked_are_not_accepted(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.file.write_bytes(b"{")
        response = await at.get("/who", at.reader)
        assert response.status_code == 503
        assert response.headers["retry-after"]
        assert (await at.get("/healthz")).status_code == 200


async def test_a_file_that_cannot_be_looked_at_accepts_nobody(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.file.unlink()
        at.file.symlink_to(at.file)  # no process, root's neither, can follow it
        assert (await at.get("/who", at.reader)).status_code == 503
        assert (await at.get("/healthz")).status_code == 200


async def test_signing_in_gives_a_cookie_that_reads_and_never_publishes(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        response = await at.get(f"/sign-in?token={at.reader}")
        assert (response.status_code, response.headers["location"]) == (303, "/")
        cookie = response.headers["set-cookie"]
        assert cookie == f"{COOKIE}={at.reader}; HttpOnly; Path=/; SameSite=lax"
        assert (await at.get("/who")).json() == "reader"
        assert (await at.client.post("/v1/events")).status_code == 401
        at.client.cookies.clear()
        assert (await at.get("/who", cookie=f"a=b; {COOKIE}={at.reader}")).json() == "reader"
        assert (await at.get("/who", cookie=f"{COOKIE}=x")).status_code == 401
        assert (await at.get("/who", cookie="\x01=;;;==")).status_code == 401


async def test_signing_in_over_tls_gives_a_cookie_for_tls_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        response = await at.client.get(f"https://echeance/sign-in?token={at.reader}")
        assert "; Secure" in response.headers["set-cookie"]


@pytest.mark.parametrize(
    ("public_url", "scheme", "expected"),
    [
        ("https://echeance.example.org", "http", True),
        ("https://echeance.example.org/delais", "http", True),
        ("http://echeance.example.org", "http", False),
        ("http://echeance.example.org", "https", True),
        ("", "http", False),
    ],
)
async def test_the_cookie_is_for_tls_alone_where_people_reach_the_system_by_it(
    tmp_path: Path, public_url: str, scheme: str, expected: bool
) -> None:
    """Also behind a proxy that does not say what it was asked by."""
    async with house(tmp_path, public_url=public_url) as at:
        response = await at.client.get(f"{scheme}://echeance/sign-in?token={at.reader}")
        assert ("; Secure" in response.headers["set-cookie"]) == expected
        assert ("strict-transport-security" in response.headers) == expected


@pytest.mark.parametrize(
    ("site", "status"),
    [("cross-site", 403), ("same-site", 403), ("none", 303), ("same-origin", 303)],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
async def test_a_link_signs_somebody_in_unless_another_site_follows_it(
    tmp_path: Path, site: str, status: int, accept: str
) -> None:
    async with house(tmp_path) as at:
        headers = {"sec-fetch-site": site, "accept": accept}
        response = await at.client.get(f"/sign-in?token={at.reader}", headers=headers)
        assert response.status_code == status
        assert ("set-cookie" in response.headers) == (status == 303)


@pytest.mark.parametrize("how", ["authorization", "cookie"])
async def test_a_stream_ends_at_its_next_line_once_the_token_is_revoked(
    tmp_path: Path, how: str
) -> None:
    """A heartbeat is enough; another token's stream goes on."""
    async with house(tmp_path) as at:
        other = Credentials(at.file).create("other", ["read"], created=NOW)
        headers = {"authorization": f"Bearer {at.reader}", "cookie": f"{COOKIE}={at.reader}"}
        revoked = asyncio.create_task(at.client.get("/ticks", headers={how: headers[how]}))
        going_on = asyncio.create_task(at.get("/ticks", other))
        async with asyncio.timeout(20):
            while min(at.ticks["reader"], at.ticks["other"]) < 3:  # noqa: ASYNC110 — they call nobody back
                await asyncio.sleep(0)
        Credentials(at.file).revoke("reader")
        async with asyncio.timeout(20):
            assert (await revoked).status_code == 200
        assert at.ticks["reader"] < 0  # what made the lines has ended too
        assert not going_on.done()
        at.file.write_bytes(b"{")  # nobody can be known: nobody is told more
        async with asyncio.timeout(20):
            await going_on


async def test_signing_in_takes_a_token_that_reads(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        for query, status in (("", 401), ("?token=x", 401), (f"?token={at.publisher}", 403)):
            response = await at.get("/sign-in" + query)
            assert response.status_code == status
            assert "set-cookie" not in response.headers
        assert (await at.client.post(f"/sign-in?token={at.reader}")).status_code == 401
