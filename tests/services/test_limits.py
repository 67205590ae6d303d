"""Who asks for too much gets 429 and when to come back; who does not, notices nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.compliance.people import SessionStore, StoredSession
from shared.http import front_door, limits
from shared.http.bodies import LARGE_BODY_BYTES
from shared.http.cookies import SESSION_COOKIE
from shared.http.credentials import Credentials
from shared.http.limits import Limiter, RequestRates, address_of
from shared.http.problems import ProblemError
from shared.http.token_bucket import Rate
from shared.metrics.registry import Metrics
from shared.process import runner
from tests.builders import at
from tests.services.guarded import GuardedSite, guarded_site
from tests.services.world import BEGINNING
from tests.unit.ingest.cloudevents.given import NOW, event, written

BATCH = {"content-type": "application/cloudevents-batch+json"}
SINGLE = {"content-type": "application/cloudevents+json"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is not held back, but where a test says so; and no time passes, however slow the machine."""
    monkeypatch.setattr(limits, "_HELD_SECONDS", 0.0)
    monkeypatch.setattr(Limiter, "_now", lambda _: 0.0)


def problem_of(response: httpx.Response) -> str:
    return str(response.json()["type"]).removeprefix("urn:echeance:problem:")


def reader(at_site: GuardedSite, name: str) -> str:
    return at_site.credentials.create(name, ["read"], created=at(BEGINNING))


async def test_a_token_that_asks_too_often_waits_and_no_other_does(tmp_path: Path) -> None:
    async with guarded_site(tmp_path, requests_per_second=1, burst_seconds=3) as web:
        other = reader(web, "other")
        answers = [await web.get("/v1/standards") for _ in range(6)]
        assert [one.status_code for one in answers] == [200] * 3 + [429] * 3
        refused = answers[-1]
        assert problem_of(refused) == "too-many-requests"
        assert refused.headers["retry-after"] == "1" and refused.json()["seconds"] == 1
        assert (await web.get("/v1/standards", other)).status_code == 200
        assert (await web.client.get("/healthz")).status_code == 200
        assert await web.metric('echeance_http_requests_limited_total{limit="requests"}') == "3.0"


async def test_both_secrets_of_a_name_have_one_allowance(tmp_path: Path) -> None:
    async with guarded_site(tmp_path, requests_per_second=1, burst_seconds=2) as web:
        old = reader(web, "rotated")
        new = web.credentials.rotate(
            "rotated", created=runner.now(), expires=None, overlap=timedelta(days=1)
        )
        statuses = [(await web.get("/v1/standards", one)).status_code for one in (old, new, old)]
        assert statuses == [200, 200, 429]


async def test_without_a_token_the_address_has_an_allowance_of_its_own(tmp_path: Path) -> None:
    async with guarded_site(tmp_path, anonymous_requests_per_second=1, burst_seconds=2) as web:
        statuses = [(await web.client.get("/calculator")).status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        assert (await web.client.get("/v1/files/A")).status_code == 429
        assert (await web.get("/v1/standards")).status_code == 200
        for path in ("/healthz", "/readyz", "/static/board.css"):
            assert (await web.client.get(path)).status_code in (200, 404), path


async def test_invalid_tokens_of_an_address_are_slowed_and_its_valid_ones_are_not(
    tmp_path: Path,
) -> None:
    async with guarded_site(tmp_path) as web:
        wrong = "ech_" + "A" * 43
        answers = [await web.get("/v1/standards", wrong) for _ in range(40)]
        statuses = [one.status_code for one in answers]
        assert statuses[:30] == [401] * 30 and set(statuses[30:]) == {429}
        assert problem_of(answers[-1]) == "too-many-failures"
        form = {"token": wrong}
        assert (await web.client.post("/sign-in", data=form)).status_code == 429
        assert (await web.get("/v1/standards")).status_code == 200
        failures = await web.metric('echeance_sign_in_failures_total{reason="unknown_token"}')
        assert float(failures) == 41


async def test_invalid_tokens_are_slowed_on_public_pages_too(tmp_path: Path) -> None:
    async with guarded_site(tmp_path) as web:
        wrong = "ech_" + "A" * 43
        statuses = [(await web.get("/calculator", wrong)).status_code for _ in range(31)]
        assert statuses == [200] * 30 + [429]
        assert (await web.client.get("/calculator")).status_code == 200


async def test_an_address_that_has_nothing_left_begins_and_looks_up_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, find = [], SessionStore.find

    async def noting(store: SessionStore, key: str) -> StoredSession | None:
        reading.append(key)
        return await find(store, key)

    monkeypatch.setattr(SessionStore, "find", noting)
    async with guarded_site(tmp_path, anonymous_requests_per_second=0.01, burst_seconds=300) as web:
        inner = web.client._transport
        assert isinstance(inner, httpx.ASGITransport)
        async with (
            httpx.AsyncClient(transport=inner, base_url="http://echeance") as person,
            httpx.AsyncClient(transport=inner, base_url="http://echeance") as stranger,
        ):
            assert (await person.post("/sign-in", data={"token": web.token})).status_code == 303
            assert (await person.get("/v1/standards")).status_code == 200
            link, elsewhere = f"/sign-in?token={web.token}", {"sec-fetch-site": "cross-site"}
            assert (await stranger.post("/sign-out", headers=elsewhere)).status_code == 403
            assert (await stranger.get(link)).status_code == 303
            assert (await stranger.post("/sign-out", headers=elsewhere)).status_code == 429
            stranger.cookies.clear()
            assert (await stranger.get(link)).status_code == 429
            async with web.known.embedded.database.reading() as connection:
                counted = await connection.execute(text("SELECT COUNT(*) FROM sessions"))
                assert counted.scalar_one() == 2
            reading.clear()
            for number in range(10, 15):
                cookie = {"cookie": f"{SESSION_COOKIE}={number}" + "A" * 41}
                answer = await stranger.get("/v1/standards", headers=cookie)
                assert (answer.status_code, problem_of(answer)) == (429, "too-many-requests")
            assert reading == []
            assert (await person.get("/v1/standards")).status_code == 200
            assert len(reading) == 1


async def test_too_many_late_answers_end_their_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_MOST_HELD", 0)
    async with guarded_site(tmp_path, requests_per_second=1, burst_seconds=1) as web:
        first, second = [await web.get("/v1/standards") for _ in range(2)]
        assert (first.status_code, "connection" in first.headers) == (200, False)
        assert (second.status_code, second.headers["connection"]) == (429, "close")


async def test_who_shows_no_certificate_is_recorded_and_limited(tmp_path: Path) -> None:
    async with guarded_site(tmp_path, anonymous_requests_per_second=0.01, burst_seconds=100) as web:
        inner = web.client._transport
        assert isinstance(inner, httpx.ASGITransport) and isinstance(inner.app, FastAPI)
        front_door.require_client_certificates(inner.app)
        answers = [await web.get("/v1/files/X-1") for _ in range(2)]
        assert [one.status_code for one in answers] == [403, 429]
        assert answers[0].headers["x-content-type-options"] == "nosniff"
        assert problem_of(answers[0]) == "client-certificate-required"
        assert (await web.client.get("/healthz")).status_code == 200
        told = [(one.status, one.reason) for one in await web.stop() if one.kind == "access"]
        assert told == [(403, "client_certificate_required"), (429, "too_many_requests")]


def test_an_application_without_a_front_door_requires_no_certificates() -> None:
    with pytest.raises(ValueError, match="without a front door"):
        front_door.require_client_certificates(FastAPI())


async def test_who_sent_too_many_bytes_waits_until_they_are_paid_off(tmp_path: Path) -> None:
    async with guarded_site(tmp_path, bytes_per_second=1_000, burst_seconds=1) as web:
        headers = {**SINGLE, "authorization": f"Bearer {web.token}"}
        large = written(event()) + b" " * 20_000
        first = await web.client.post("/v1/events", content=large, headers=headers)
        assert first.status_code == 202, "what has begun is read whole"
        second = await web.client.post("/v1/events", content=written(event()), headers=headers)
        assert (second.status_code, problem_of(second)) == (429, "too-many-bytes")
        assert 15 <= int(second.headers["retry-after"]) <= 21
        assert (await web.get("/v1/standards", reader(web, "other"))).status_code == 200


async def test_who_was_sent_too_many_bytes_waits_too(tmp_path: Path) -> None:
    async with guarded_site(tmp_path, bytes_per_second=1_000, burst_seconds=1) as web:
        statuses = [(await web.get("/v1/standards")).status_code for _ in range(2)]
        assert statuses == [200, 429]


async def test_a_refusal_is_late_so_that_a_connection_asks_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_HELD_SECONDS", 0.2)
    async with guarded_site(tmp_path, requests_per_second=1, burst_seconds=1) as web:
        await web.get("/v1/standards")
        clock = asyncio.get_running_loop().time
        began = clock()
        await asyncio.gather(*(web.get("/v1/standards") for _ in range(10)))
        assert 0.1 <= clock() - began < 1


async def test_large_bodies_of_a_token_wait_for_each_other_and_small_ones_do_not(
    tmp_path: Path,
) -> None:
    async with guarded_site(tmp_path) as web:
        release = asyncio.Event()
        one = written(event())

        async def body(held: asyncio.Event | None) -> AsyncIterator[bytes]:
            yield b"[" + one + b" " * (LARGE_BODY_BYTES + 1)
            if held is not None:
                await held.wait()
            yield b"]"

        def post(content: Any, headers: dict[str, str]) -> asyncio.Task[httpx.Response]:
            sent = {**headers, "authorization": f"Bearer {web.token}"}
            return asyncio.create_task(web.client.post("/v1/events", content=content, headers=sent))

        first = post(body(release), BATCH)
        await asyncio.sleep(0.05)
        second = post(body(None), BATCH)
        small = await post(one, SINGLE)
        assert small.status_code == 202
        await asyncio.sleep(0.05)
        assert not first.done() and not second.done()
        release.set()
        assert [(await each).status_code for each in (first, second)] == [202, 202]


async def test_a_large_body_that_is_given_up_leaves_the_next_its_turn(tmp_path: Path) -> None:
    async with guarded_site(tmp_path) as web:
        headers = {**BATCH, "authorization": f"Bearer {web.token}"}
        padding = b" " * LARGE_BODY_BYTES
        contents = (b"[" + padding + b"}", b"[" + written(event()) + padding + b"]")
        statuses = [
            (await web.client.post("/v1/events", content=content, headers=headers)).status_code
            for content in contents
        ]
        assert statuses == [400, 202]


async def test_a_turn_is_not_waited_for_for_ever() -> None:
    limiter = Limiter(RequestRates(*[Rate(0, 0)] * 3), Metrics(lambda: NOW))
    one, other = ({"client": (f"192.0.2.{number}", 1)} for number in (1, 2))
    turn = await limiter.large_body(None, one)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await limiter.large_body(None, one)
    (await limiter.large_body(None, other)).end()
    turn.end()
    (await limiter.large_body(None, one)).end()
    assert limiter._lines == {}


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("testclient:x", 1), "testclient:x"),
        (None, ""),
    ],
)
def test_an_address_of_ipv6_counts_as_its_network(client: Any, address: str) -> None:
    assert address_of({"type": "http", "client": client}) == address


def test_many_addresses_take_bounded_memory() -> None:
    limiter = Limiter(RequestRates(*[Rate(1, 1)] * 3), Metrics(lambda: NOW), clock=lambda: 0.0)
    for number in range(20_000):
        limiter.admit_address({"client": (f"10.0.{number >> 8}.{number & 255}", 1)})
    assert len(limiter._addresses) == 10_000
    with pytest.raises(ProblemError):
        limiter.admit_address({"client": ("10.0.78.31", 1)})


async def test_an_expired_token_is_refused_in_words_that_say_so(tmp_path: Path) -> None:
    async with guarded_site(tmp_path) as web:
        credentials = Credentials(web.credentials.path)
        made = at(BEGINNING)
        token = credentials.create("old", ["read"], created=made, expires=made + timedelta(days=1))
        response = await web.get("/v1/standards", token)
        assert (response.status_code, problem_of(response)) == (401, "expired-token")
        assert "invalid_token" in response.headers["www-authenticate"]
        assert await web.metric('echeance_sign_in_failures_total{reason="expired_token"}') == "1.0"
