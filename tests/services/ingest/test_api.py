"""``POST /v1/events`` as a publisher meets it, on a real log."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.ingest.api import RequestLimits
from shared.domain.events import decode_event
from tests.unit.ingest.cloudevents.given import (
    BATCH,
    LINES,
    SOURCE,
    STRUCTURED,
    AbsentLog,
    event,
    sqlite_log,
    stored,
    system,
    written,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "ingest"


async def test_an_event_is_accepted_with_a_receipt_and_is_in_the_log(tmp_path: Path) -> None:
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as ingest:
        response = await ingest.post(written(event()))
        [record] = await stored(log)
        assert response.status_code == 202
        [receipt] = response.json()["receipts"]
        assert receipt.pop("partition") in range(8)
        assert receipt == {
            "source": SOURCE,
            "id": "evt-1",
            "subject": "CAQ-2025-000123",
            "offset": 0,
        }
        assert decode_event(record.value).id == "evt-1"


async def test_a_batch_is_accepted_whole_or_not_at_all(tmp_path: Path) -> None:
    good = [event(id=f"e{number}", subject=f"F-{number}") for number in range(2_000)]
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as ingest:
        refused = await ingest.post(written([*good, event(id="")]), BATCH)
        assert refused.status_code == 422
        [fault] = refused.json()["errors"]
        assert (fault["index"], fault["pointer"]) == (2_000, "/id")
        assert await stored(log) == []
        accepted = await ingest.post(written(good), BATCH)
        assert [one["id"] for one in accepted.json()["receipts"]] == [one["id"] for one in good]
        assert len(await stored(log)) == 2_000
        assert (await ingest.post(b"[]", BATCH)).json() == {"receipts": []}


@pytest.mark.parametrize(
    ("lines", "status", "accepted", "rejected"),
    [
        ([written(event()), written(event(id="e2"))], 202, 2, 0),
        ([written(event()), b"{", written(event(time="2025-04-28"))], 207, 1, 2),
        ([b"{"], 422, 0, 1),
        ([b""], 202, 0, 0),
        ([written(event(id=f"e{number}")) for number in range(2_500)], 202, 2_500, 0),
    ],
)
async def test_each_line_has_its_verdict(
    tmp_path: Path, lines: list[bytes], status: int, accepted: int, rejected: int
) -> None:
    async with sqlite_log(tmp_path) as log, system(log, tmp_path) as ingest:
        response = await ingest.post(b"\n".join(lines) + b"\n", LINES)
        body = response.json()
        assert response.status_code == status
        assert (body["accepted"], body["rejected"]) == (accepted, rejected)
        assert len(body["verdicts"]) == accepted + rejected
        assert len(await stored(log)) == accepted
        for verdict in body["verdicts"]:
            assert (verdict["status"] == "rejected") == bool(verdict.get("errors"))


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_refusal_reads_as_the_golden_file_says(tmp_path: Path, language: str) -> None:
    sent = event(subject="Jean Tremblay", data={"standard": "caq", "unit": "montreal", "nom": "x"})
    async with system(AbsentLog(), tmp_path) as ingest:
        response = await ingest.post(written([event(), sent]), BATCH, language=language)
    golden = json.loads((GOLDEN / f"problem.{language}.json").read_text(encoding="utf-8"))
    assert response.json() == golden
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["content-language"] == language


@pytest.mark.parametrize(
    ("headers", "body", "status", "kind"),
    [
        (STRUCTURED, b"{", 400, "malformed-events"),
        (STRUCTURED, b"[" * 65_000, 400, "malformed-events"),
        (STRUCTURED, b"x" * 65_537, 413, "too-large"),
        (STRUCTURED, b'{"a":"\\ud800"}', 422, "invalid-events"),
        (STRUCTURED, b'{"\\ud800":"\\ud800","specversion":"\\ud800"}', 422, "invalid-events"),
        (STRUCTURED, b'{"\\ud800":1,"\\ud800":1}', 400, "malformed-events"),
        (BATCH, b"[" * 1_000_000, 400, "malformed-events"),
        (BATCH, b"[" + b"{}," * 5_000 + b"{}]", 422, "invalid-events"),
        ({"content-type": "text/plain"}, b"", 415, "unsupported-media-type"),
        ({"content-type": "\xe9"}, b"", 415, "unsupported-media-type"),
        (
            {"content-encoding": "gzip", **STRUCTURED},
            gzip.compress(b"{}"),
            415,
            "unsupported-encoding",
        ),
    ],
)
async def test_nothing_that_is_sent_is_answered_by_a_500(
    tmp_path: Path, headers: dict[str, str], body: bytes, status: int, kind: str
) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    async with system(AbsentLog(), tmp_path) as ingest:
        response = await ingest.post(body, raw)
    assert (response.status_code, response.json()["type"]) == (
        status,
        f"urn:echeance:problem:{kind}",
    )
    assert len(response.json().get("errors", [])) <= 100


async def test_a_repeated_header_is_refused(tmp_path: Path) -> None:
    repeated = [(f"ce-{name}", str(value)) for name, value in event().items() if name != "data"]
    repeated += [("ce-id", "evt-2"), ("content-type", "application/json")]
    async with system(AbsentLog(), tmp_path) as ingest:
        response = await ingest.post(b"{}", repeated)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "repeated_header"


@pytest.mark.parametrize("headers", [STRUCTURED, BATCH, LINES])
async def test_an_endless_body_is_cut_at_the_limit(tmp_path: Path, headers: Any) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    limits = RequestLimits(body_bytes=1_000_000)
    async with system(AbsentLog(), tmp_path, limits=limits) as ingest:
        response = await ingest.post(endless(), headers)
    assert response.status_code == 413
    assert sent <= 1_000_000 + 65_536


async def test_an_announced_length_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    async with system(AbsentLog(), tmp_path) as ingest:
        for length in ("65537", "9" * 5_000):
            response = await ingest.post(unread(), {**STRUCTURED, "content-length": length})
            assert response.status_code == 413
