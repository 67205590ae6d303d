"""The HTTP server of a process."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request

from shared.process import runner


async def test_a_request_on_a_kept_connection_is_answered_when_the_server_is_told_to_end():
    ending = asyncio.Event()
    app = FastAPI()
    app.get("/")(lambda: "here")
    kept = httpx.Limits(max_connections=1)
    async with (
        httpx.AsyncClient(limits=kept) as client,
        runner.serving(app, "127.0.0.1", 0, close_streams=ending.set) as server,
    ):
        address = f"http://127.0.0.1:{server.port}/"
        before = await client.get(address)
        server.should_exit = True
        await ending.wait()
        answer = await client.get(address)
    assert "connection" not in before.headers
    assert answer.json() == "here"
    assert answer.headers["connection"] == "close", "and the next goes elsewhere"


@pytest.mark.parametrize(
    ("believed", "client", "scheme"),
    [("127.0.0.1", "192.0.2.7", "https"), ("198.51.100.1", "127.0.0.1", "http")],
)
async def test_what_a_proxy_says_of_its_client_is_believed_of_the_proxies_named_alone(
    believed: str, client: str, scheme: str, monkeypatch: pytest.MonkeyPatch
):
    """Of what stands there the proxy added the last; what precedes it is the client's to write."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", believed)
    app = FastAPI()

    @app.get("/")
    def seen(request: Request) -> tuple[str | None, str]:
        return request.client and request.client.host, request.url.scheme

    sent = {"x-forwarded-for": "203.0.113.9, 192.0.2.7", "x-forwarded-proto": "https"}
    async with (
        httpx.AsyncClient(trust_env=False) as asking,
        runner.serving(app, "127.0.0.1", 0) as server,
    ):
        answer = await asking.get(f"http://127.0.0.1:{server.port}/", headers=sent)
    assert answer.json() == [client, scheme]
