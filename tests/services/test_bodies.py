"""A body is read within bounds of size and time, whoever sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from services.compliance.board import Board
from services.compliance.board.pages import sign_in
from services.compliance.people.keeper import SessionKeeper, SessionLimits
from services.compliance.people.store import SessionStore
from shared.http import front_door
from shared.http.bodies import body_of
from shared.http.credentials import Credentials
from shared.http.problems import ProblemError
from tests.builders import CATALOGUE
from tests.services.world import world


def request(*parts: bytes, headers: Mapping[str, str] | None = None, ends: bool = True) -> Request:
    """A request whose body comes in these parts; one that does not end is silent after them."""
    sent = list(parts)

    async def receive() -> dict[str, Any]:
        if not sent and not ends:
            await asyncio.Event().wait()
        part = sent.pop(0) if sent else b""
        return {"type": "http.request", "body": part, "more_body": bool(sent) or not ends}

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request({"type": "http", "headers": raw}, receive)


async def test_a_body_within_the_bounds_is_read() -> None:
    assert await body_of(request(b"ab", b"c"), most_bytes=3, seconds=60) == b"abc"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request(b"ab", b"cd", b"e" * 100), 413),
        (request(headers={"content-length": "4"}), 413),
        (request(headers={"content-length": "9" * 5_000}), 413),
        (request(b"ab", ends=False), 408),
        (request(ends=False), 408),
    ],
)
async def test_one_beyond_them_is_refused(asked: Request, status: int) -> None:
    with pytest.raises(ProblemError) as refused:
        await body_of(asked, most_bytes=3, seconds=0.001)
    assert refused.value.status == status


async def test_the_sign_in_form_does_not_wait_for_ever(tmp_path: Path) -> None:
    async def silent() -> Any:
        yield b"token="
        await asyncio.Event().wait()

    app = FastAPI()
    async with world(tmp_path) as known:
        board = Board(known.embedded.compliance, CATALOGUE, known.now)
        tokens, limit = Credentials(tmp_path / "credentials.json"), timedelta(hours=1)
        limits = SessionLimits(limit, limit, 1, limit)
        people = SessionKeeper(SessionStore(known.embedded.database), tokens, known.now, limits)
        app.include_router(sign_in.router(board, people, form_seconds=0.001))
        front_door.secure(app, tokens)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as client:
            answer = await client.post("/sign-in", content=silent())
    assert answer.status_code == 408
