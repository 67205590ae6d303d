"""``POST /v1/hooks/{name}`` as other systems meet it, on a real log."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from prometheus_client import CollectorRegistry

from services.ingest.hooks.api import MOST_BODIES, MOST_BODY_BYTES
from services.ingest.hooks.loading import Hooks, load_hooks
from services.ingest.service import service
from shared.domain.events import Event, decode_event
from shared.domain.strict_yaml import FaultsError
from shared.http.application import create_application
from shared.http.credentials import Credentials
from shared.log.ports import Appender
from shared.log.sqlite import SqliteLog
from shared.log.step_lock import StepLock
from shared.metrics.registry import Metrics
from shared.settings import read_settings
from tests.builders import CATALOGUE
from tests.unit.ingest.cloudevents.given import (
    NOW,
    SOURCE,
    AbsentLog,
    System,
    sqlite_log,
    stored,
    system,
)

SECRET = "it is a secret to everybody"
HOOKS = """\
hooks:
  signed:
    mapping: caq.yaml
    signature: slack
    secrets: [{file: old.secret}, {environment: ECHEANCE_HOOK_SECRET_CAQ}]
    token: caq
  timeless: {mapping: caq.yaml, signature: github, secrets: [{file: old.secret}], token: caq}
  orphan: {mapping: caq.yaml, signature: github, secrets: [{file: old.secret}], token: nobody}
  open: {mapping: caq.yaml}
origins: {emitter.example.com: 120, any.example.com: "*"}
"""
MAPPING = f"""\
source: {SOURCE}
columns: {{file_id: /file, activity: /type, time: /time}}
activities: {{opened: received, asked: documents_requested, closed: decided}}
standard: caq-etudes
unit: {{column: /unit, slugify: true}}
outcome: accepted
"""
OPENED = {"file": "CAQ-1", "type": "opened", "time": "2025-04-28T10:00:00Z", "unit": "Montreal"}


def hooks_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = HOOKS, secret: str = SECRET
) -> Hooks:
    (folder / "hooks.yaml").write_text(text, encoding="utf-8")
    (folder / "caq.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "old.secret").write_text(secret + "\n", encoding="utf-8")
    monkeypatch.setenv("ECHEANCE_HOOK_SECRET_CAQ", "the one that comes after it")
    return load_hooks(folder / "hooks.yaml", CATALOGUE)


def slack(body: bytes, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    content = f"v0:{seconds}:".encode() + body
    digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return {"x-slack-signature": f"v0={digest}", "x-slack-request-timestamp": seconds}


def github(body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}"}


class Site(NamedTuple):
    ingest: System

    async def send(
        self, name: str, body: Any, headers: Mapping[str, str] | None = None, **more: str
    ) -> httpx.Response:
        """A delivery; signed as its hook wants where no headers are given."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if headers is None:
            headers = {"signed": slack, "timeless": github, "orphan": github}[name](raw)
        sent = {"content-type": "application/json", "accept-language": "en", **headers, **more}
        return await self.ingest.client.post(f"/v1/hooks/{name}", content=raw, headers=sent)

    @property
    def token(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.ingest.token}"}

    def counted(self, name: str, outcome: str) -> float | None:
        registry: CollectorRegistry = self.ingest.metrics.registry
        labels = {"hook": name, "outcome": outcome}
        return registry.get_sample_value("echeance_hook_deliveries_total", labels)


@asynccontextmanager
async def site(log: Appender, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    async with system(log, folder, hooks=hooks_of(folder, monkeypatch)) as ingest:
        yield Site(ingest)


async def events(log: SqliteLog) -> list[Event]:
    return [decode_event(record.value) for record in await stored(log)]


def code(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:echeance:problem:")


async def test_a_signed_delivery_is_durable_and_what_says_nothing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sqlite_log(tmp_path) as log, site(log, tmp_path, monkeypatch) as known:
        accepted = await known.send("signed", [OPENED, {**OPENED, "type": "read"}])
        [event] = await events(log)
        assert accepted.status_code == 202
        [receipt] = accepted.json()["receipts"]
        assert (receipt["id"], receipt["subject"]) == (event.id, "CAQ-1")
        assert accepted.json()["ignored_as"] == {"read": 1}
        ignored = await known.send("signed", {**OPENED, "type": "read"})
        assert (ignored.status_code, ignored.json()["ignored"]) == (200, 1)
        rotated = slack(b"[]", secret="the one that comes after it")
        assert (await known.send("signed", b"[]", rotated)).status_code == 200
        assert known.counted("signed", "accepted") == 1
        assert known.counted("signed", "ignored") == 2
        # A later retry, with a signature of its own, says the same event.
        body = json.dumps(OPENED).encode()
        again = slack(body, NOW + timedelta(seconds=9))
        assert (await known.send("signed", body, again)).json()["receipts"][0]["id"] == event.id


async def test_a_signed_delivery_is_accepted_once_and_only_while_it_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps(OPENED).encode()
    async with sqlite_log(tmp_path) as log, site(log, tmp_path, monkeypatch) as known:
        assert (await known.send("signed", body)).status_code == 202
        replayed = await known.send("signed", body)
        assert (replayed.status_code, code(replayed)) == (409, "hook-replayed")
        stale = await known.send("signed", body, slack(body, NOW - timedelta(seconds=301)))
        assert (stale.status_code, code(stale)) == (401, "hook-stale")
        assert "300 s" in stale.json()["detail"]
        assert len(await stored(log)) == 1
        assert known.counted("signed", "replayed") == known.counted("signed", "stale") == 1
        # Without a signed time a repetition cannot be told from a retry: it is the same event.
        first, second = [await known.send("timeless", body) for _ in range(2)]
        assert first.json()["receipts"][0]["id"] == second.json()["receipts"][0]["id"]


async def test_a_delivery_that_was_not_accepted_may_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site(AbsentLog(), tmp_path, monkeypatch) as known:
        for _ in range(2):
            answer = await known.send("signed", OPENED)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert known.counted("signed", "unavailable") == 2
        wrong = {**OPENED, "unit": "nowhere"}
        assert [(await known.send("signed", wrong)).status_code for _ in range(2)] == [422, 422]


async def test_whoever_has_no_right_does_not_learn_which_hooks_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps(OPENED).encode()
    async with sqlite_log(tmp_path) as log, site(log, tmp_path, monkeypatch) as known:
        other = known.ingest.credentials.create("x", ["publish"], created=NOW, sources=["urn:x"])
        reader = known.ingest.credentials.create("r", ["read"], created=NOW)
        callers: list[dict[str, str]] = [
            {},
            {"authorization": f"Bearer {other}"},
            {"authorization": f"Bearer {reader}"},
            {"authorization": "Bearer nothing"},
            slack(body, secret="a secret that is wrong"),
        ]
        for headers in callers:
            answers = [await known.send(one, body, headers) for one in ("signed", "open", "none")]
            assert {one.status_code for one in answers} == {401}
            assert len({(one.text, str(one.headers)) for one in answers}) == 1
        assert (await known.send("signed", body, known.token)).status_code == 401
        assert await stored(log) == []
        assert (
            known.counted("(unknown)", "unauthorized") == known.counted("open", "unauthorized") == 5
        )


async def test_a_hook_has_the_permissions_of_a_token_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sqlite_log(tmp_path) as log, site(log, tmp_path, monkeypatch) as known:
        tokens = known.ingest.credentials
        orphan = await known.send("orphan", OPENED)
        assert (orphan.status_code, code(orphan)) == (403, "hook-without-token")
        tokens.create("nobody", ["publish"], created=NOW, sources=["urn:x"])
        assert code(await known.send("orphan", OPENED)) == "hook-without-token"
        tokens.revoke("caq")
        tokens.create("caq", ["publish"], created=NOW, sources=[SOURCE], units=["laval"])
        assert code(await known.send("timeless", OPENED)) == "unit-not-allowed"
        laval = {**OPENED, "unit": "Laval"}
        assert (await known.send("timeless", laval)).status_code == 202
        tokens.create("y", ["publish"], created=NOW, sources=["urn:y"], prefixes=["CAQ-"])
        assert code(await known.send("timeless", laval)) == "file-reserved"
        tokens.revoke("caq")
        assert code(await known.send("timeless", laval)) == "hook-without-token"
        assert len(await stored(log)) == 1


async def test_what_is_refused_is_refused_whole_with_every_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sqlite_log(tmp_path) as log, site(log, tmp_path, monkeypatch) as known:
        wrong = [OPENED, {**OPENED, "time": "?"}, {**OPENED, "unit": "nowhere", "file": "é"}]
        answer = await known.send("timeless", wrong)
        assert answer.status_code == 422
        assert [(one["index"], one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
            (1, "/time", "time_unreadable"),
            (2, "/file", "identifier_invalid"),
        ]
        assert [
            (one["index"], one["pointer"], one["code"])
            for one in (await known.send("timeless", {**OPENED, "unit": "x"})).json()["errors"]
        ] == [(0, "/data/unit", "unknown_word")]
        for body, headers, status, found in (
            (b"{", {}, 400, "malformed-events"),
            (b'{"a":1,"a":2}', {}, 400, "malformed-events"),
            (b"{}", {"content-type": "text/html"}, 415, "unsupported-media-type"),
            (b"{}", {"content-encoding": "gzip"}, 415, "unsupported-encoding"),
            (b" " * (MOST_BODY_BYTES + 1), {}, 413, "too-large"),
            (b"[" + b"{}," * 1_000 + b"{}]", {}, 422, "invalid-events"),
            (b"{}", {"ce-type": "opened"}, 400, "malformed-events"),
        ):
            refused = await known.send("timeless", body, github(body), **headers)
            assert (refused.status_code, code(refused)) == (status, found), body[:20]
        assert await stored(log) == []


async def test_bodies_of_strangers_are_bounded_in_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = asyncio.Semaphore(0), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.release()
        await ended.wait()
        yield b"{}"

    async with sqlite_log(tmp_path) as log, site(log, tmp_path, monkeypatch) as known:
        post = known.ingest.client.post
        held = [
            asyncio.create_task(post("/v1/hooks/x", content=slow())) for _ in range(MOST_BODIES)
        ]
        for _ in held:
            await begun.acquire()
        busy = await known.send("timeless", OPENED)
        assert (busy.status_code, code(busy)) == (429, "too-busy")
        ended.set()
        assert {(await one).status_code for one in held} == {401}
        assert (await known.send("timeless", OPENED)).status_code == 202


async def test_cloudevents_come_in_every_mode_where_a_token_vouches_for_their_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = MAPPING.replace("/file", "/subject").replace("/unit", "/data/unit")
    async with sqlite_log(tmp_path) as log:
        hooks_of(tmp_path, monkeypatch)
        (tmp_path / "caq.yaml").write_text(mapping, encoding="utf-8")
        hooks = load_hooks(tmp_path / "hooks.yaml", CATALOGUE)
        async with system(log, tmp_path, hooks=hooks) as ingest:
            known = Site(ingest)
            event = {"specversion": "1.0", "type": "opened", "source": "x", "id": "1"}
            event |= {"subject": "CAQ-1", "time": OPENED["time"]}
            data = {"unit": "Laval"}
            binary = {f"ce-{name}": value for name, value in event.items()} | known.token
            whole = {**event, "data": data}
            structured = {**known.token, "content-type": "application/cloudevents+json"}
            batch = {**known.token, "content-type": "application/cloudevents-batch+json"}
            answers = [
                await known.send("open", data, binary),
                await known.send("open", whole, structured),
                await known.send("open", [whole], batch),
            ]
            assert [one.status_code for one in answers] == [202, 202, 202]
            assert len({one.json()["receipts"][0]["id"] for one in answers}) == 1


async def test_the_handshake_depends_on_the_origin_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sqlite_log(tmp_path) as log, site(log, tmp_path, monkeypatch) as known:

        async def ask(name: str, **headers: str) -> httpx.Response:
            sent = {key.replace("_", "-"): value for key, value in headers.items()}
            return await known.ingest.client.options(f"/v1/hooks/{name}", headers=sent)

        for name in ("signed", "open", "none"):
            granted = await ask(name, webhook_request_origin="Emitter.example.com")
            assert granted.headers["webhook-allowed-origin"] == "Emitter.example.com"
            assert granted.headers["webhook-allowed-rate"] == "120"
            assert granted.headers["allow"] == "POST, OPTIONS"
            denied = await ask(name, webhook_request_origin="evil.example.com")
            assert denied.status_code == 403
            assert not [one for one in denied.headers if one.startswith("webhook-")]
            assert (await ask(name)).status_code == 403
        for origin, asked, rate in (
            ("emitter.example.com", "20", "20"),
            ("emitter.example.com", "500", "120"),
            ("emitter.example.com", "-1", "120"),
            ("any.example.com", "20", "*"),
        ):
            answer = await ask("signed", webhook_request_origin=origin, webhook_request_rate=asked)
            assert answer.headers["webhook-allowed-rate"] == rate


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("signature: slack", "signature: slak", "hooks.signed.signature: write github, slack"),
        ("  signed:", "  Signed:", "is not the name of a webhook"),
        ("old.secret}, {env", "none.secret}, {env", "5:15: hooks.signed.secrets.0: this file"),
        ("ECHEANCE_HOOK_SECRET_CAQ", "HOME", "write a variable such as ECHEANCE_HOOK_SECRET_"),
        ("HOOK_SECRET_CAQ", "HOOK_SECRET_NONE", "5:35: hooks.signed.secrets.1: this secret has"),
        ("    token: caq\n", "", "signature, secrets and token go together"),
        ("any.example.com", "https://any", "is not a DNS name"),
        ("signature: slack", "signature: standard-webhooks", "this secret is not base64"),
    ],
)
def test_a_fault_of_the_file_has_its_place_and_shows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, fault: str
) -> None:
    with pytest.raises(FaultsError) as caught:
        hooks_of(tmp_path, monkeypatch, HOOKS.replace(old, new, 1))
    said = caught.value.within("en") + caught.value.within("fr")
    assert fault in said
    assert SECRET not in said and "comes after" not in said


def test_no_description_of_a_hook_shows_its_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = hooks_of(tmp_path, monkeypatch)
    assert "secret to everybody" not in repr(hooks)
    with pytest.raises(FaultsError, match="fewer than 16 characters"):
        hooks_of(tmp_path, monkeypatch, secret="short")


async def test_the_service_reads_the_file_that_its_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks_of(tmp_path, monkeypatch)
    settings = read_settings({"ECHEANCE_HOOKS": str(tmp_path / "hooks.yaml")})
    body = json.dumps(OPENED).encode()
    credentials = Credentials(tmp_path / "credentials.json")
    async with (
        sqlite_log(tmp_path) as log,
        service(
            settings, log, CATALOGUE, credentials, Metrics(lambda: NOW), lambda: NOW, StepLock()
        ) as ingest,
    ):
        credentials.create("caq", ["publish"], created=NOW, sources=[SOURCE])
        app = create_application(ingest.routes, credentials, ready)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            answer = await client.post("/v1/hooks/signed", content=body, headers=slack(body))
        assert answer.status_code == 202
        assert len(await stored(log)) == 1
    (tmp_path / "caq.yaml").write_text("source: nowhere else\n", encoding="utf-8")
    with pytest.raises(FaultsError, match=r"caq\.yaml"):
        async with service(
            settings, log, CATALOGUE, credentials, Metrics(lambda: NOW), lambda: NOW, StepLock()
        ):
            pass


async def ready() -> Mapping[str, Any]:
    return {}
