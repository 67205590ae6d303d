"""The HTTP server of a process."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI

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
