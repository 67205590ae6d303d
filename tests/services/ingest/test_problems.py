"""Every error has one form and two languages, and every answer carries its headers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from shared.http.problems import language_of
from shared.process import runner
from tests.services.ingest.door import house
from tests.unit.ingest.cloudevents.given import HeldLog, system


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/nowhere", 404, "not-found"),
        ("/v1/events", 405, "method-not-allowed"),
        ("/who?age=old", 422, "invalid-parameters"),
        ("/bug", 500, "internal-error"),
        ("/who?age=%ED%A0%80~/", 422, "invalid-parameters"),
    ],
)
async def test_every_error_is_a_problem_in_the_language_asked_for(
    tmp_path: Path, path: str, status: int, kind: str
) -> None:
    async with house(tmp_path) as at:
        french = await at.get(path, at.reader)
        english = await at.get(path, at.reader, **{"accept-language": "en-CA,en;q=0.9,fr;q=0.5"})
        for response, language in ((french, "fr"), (english, "en")):
            assert response.headers["content-type"] == "application/problem+json"
            assert response.headers["content-language"] == language
            assert response.json()["type"] == f"urn:echeance:problem:{kind}"
            assert response.json()["status"] == response.status_code == status
        assert french.json()["title"] != english.json()["title"]


async def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        for path in (
            "/healthz",
            "/who",
            "/nowhere",
            "/bug",
            "/sign-in",
            f"/sign-in?token={at.reader}",
        ):
            headers = (await at.get(path, at.reader)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cache-control"] == "no-store"
            assert "default-src 'self'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]


async def test_a_bug_is_still_an_error_for_the_server_to_log(tmp_path: Path) -> None:
    async with (
        house(tmp_path) as at,
        httpx.AsyncClient(transport=httpx.ASGITransport(at.app)) as raw,
    ):
        with pytest.raises(ZeroDivisionError):
            await raw.get("http://echeance/bug", headers={"authorization": f"Bearer {at.reader}"})


async def test_no_socket_is_opened(tmp_path: Path) -> None:
    sent = []

    async def send(message: object) -> None:
        sent.append(message)

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async with house(tmp_path) as at:
        await at.app({"type": "websocket", "path": "/socket", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_a_real_server_answers_a_client_that_sends_too_much(tmp_path: Path) -> None:
    async with (
        system(HeldLog(), tmp_path) as ingest,
        runner.serving(ingest.app, "127.0.0.1", 0) as server,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = f"POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ingest.token}\r\n"
        head += "content-type: application/cloudevents+json\r\ntransfer-encoding: chunked\r\n\r\n"
        writer.write(head.encode() + (b"10000\r\n" + b" " * 65_536 + b"\r\n") * 2)
        assert b" 413 " in await reader.readline()
        writer.close()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "fr"),
        ("", "fr"),
        ("en", "en"),
        ("EN-us", "en"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.9,fr", "fr"),
        ("de,en;q=0.3", "en"),
        ("en,fr", "fr"),
        ("*", "fr"),
        ("en;q=0", "fr"),
        ("en;q=é", "fr"),
        (",;=," * 50, "fr"),
    ],
)
def test_french_is_the_language_unless_english_is_preferred(
    header: str | None, language: str
) -> None:
    assert language_of(header) == language
