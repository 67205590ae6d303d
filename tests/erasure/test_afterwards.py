"""Who asks for a forgotten file, posts of it or breaks something under its key writes its identifier nowhere anew."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from shared.audit.chain import digest_of
from shared.audit.record import decode_record
from shared.audit.store import AuditStore
from shared.errors import UnavailableError
from tests.builders import decided, members, received
from tests.erasure.forgotten import files_naming, forgotten
from tests.services.guarded import GuardedSite, guarded_site
from tests.unit.ingest.cloudevents.given import SOURCE

GONE = "Dossier-Secret-9"
KEPT = "Dossier-Ouvert-1"
NOW = "2025-05-02 12:00"


async def forget(web: GuardedSite) -> None:
    """A file that ended is forgotten and erased; another is open."""
    await web.known.live(received(KEPT, "2025-04-28 09:00"), received(GONE, "2025-04-28 09:00"))
    await web.known.live(decided(GONE, "2025-04-29 09:00"))
    await web.known.live(forgotten(GONE, NOW))
    assert (await web.known.embedded.clean(web.known.now)).erased == 1


async def post(web: GuardedSite, event: object, **headers: str) -> int:
    headers |= {"authorization": f"Bearer {web.token}"}
    headers |= {"content-type": "application/cloudevents+json"}
    answer = await web.client.post("/v1/events", content=json.dumps(event), headers=headers)
    return answer.status_code


async def test_whoever_asks_for_a_forgotten_file_writes_its_identifier_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "echeance")
    async with guarded_site(tmp_path, log_format="json") as web:
        await forget(web)
        assert files_naming(tmp_path, [GONE]) == {}
        asked = [
            f"/v1/files/{GONE}",
            f"/files/{GONE}",
            f"/v1/files/{GONE}/nothing",
            f"/v1/attainment?unit={GONE}&standard={GONE}&unit=laval",
            f"/v1/audit?file={GONE}",
            f"/audit?file={GONE}",
        ]
        for path in asked:
            await web.get(path, accept="text/html" if path.startswith("/audit") else "*/*")
        await web.get("/v1/standards", **{"x-request-id": GONE})
        await web.get(f"/v1/files/{GONE}", "ech_" + "A" * 43, **{"x-request-id": GONE})
        await web.get(f"/v1/files/{KEPT}", **{"x-request-id": "r-7"})
        await web.get(f"/v1/files/{KEPT}?unit=laval", **{"x-request-id": KEPT})
        # Of another's source, without its data, and as it was once: that changes nothing.
        at = "2025-04-28T09:00:00-04:00"
        assert await post(web, members("received", GONE, at, {"unit": "laval"})) == 403
        assert await post(web, members("received", GONE, at, {}, source=SOURCE)) == 422
        assert await post(web, members("withdrawn", GONE, at, {}, source=SOURCE)) == 202
        await web.known.live()
        records = await web.stop()
        lines = [(one.route, one.file, one.file_forgotten) for one in records if one.route]
        assert ("/v1/files/{file_id}", "", True) in lines
        assert ("/files/{file_id}", "", True) in lines
        assert lines.count(("/v1/files/{file_id}", KEPT, False)) == 2
        [about] = [one for one in records if one.route == "/v1/attainment"]
        assert (about.units, about.standards) == (["laval"], ())
        ids = [one.request for one in records]
        assert "r-7" in ids and KEPT not in ids  # which its file would leave behind
        dropped = await web.metric("echeance_audit_unnamed_total")
        store = AuditStore(web.known.embedded.database)
        heads = [*(await store.heads()).items()]
        assert (await store.verify(heads)).faults == []
        items = (await web.get("/v1/audit?limit=50")).json()["records"]
        assert sum(one["file_forgotten"] for one in items) == 3
        page = await web.get("/audit", accept="text/html")
        assert page.text.count("dossier oublié") == 3
        assert (await web.known.embedded.clean(web.known.now)).erased == 1
    assert float(dropped) == 5.0
    assert files_naming(tmp_path, [GONE]) == {}
    assert files_naming(tmp_path, [KEPT]) != {}
    logged = [one.getMessage() for one in caplog.records if one.name.startswith("echeance")]
    assert not any(GONE in message for message in logged)
    printed = capfd.readouterr().err
    assert KEPT in printed and GONE not in printed


async def test_a_record_that_waits_while_its_file_is_forgotten_is_sealed_to_the_same_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The append that failed may have been taken: the line that is repeated is no other record."""
    async with guarded_site(tmp_path) as web:
        await web.known.live(received(GONE, "2025-04-28 09:00"), decided(GONE, "2025-04-29 09:00"))
        await web.get(f"/v1/files/{GONE}")
        tried: list[bytes] = []
        write = web.recorder._sink.write

        async def broken(lines: list[bytes], writer: str) -> None:
            tried.extend(lines)
            raise UnavailableError("away")

        monkeypatch.setattr(web.recorder._sink, "write", broken)
        assert not await web.recorder.flush()
        [first] = tried
        assert GONE.encode() in first
        head = web.recorder._chain.head
        monkeypatch.setattr(web.recorder._sink, "write", write)
        await web.known.live(forgotten(GONE, NOW))
        assert await web.recorder.flush()
        [line] = [one async for one in web.store.lines()]
        assert b'"file":' not in line and head.seq == 0
        # Both lines, as a topic has them where the first append was taken.
        both = [(one, decode_record(one)) for one in (first, line)]
        assert digest_of(*both[0]) == digest_of(*both[1])


async def test_what_breaks_under_the_key_of_a_forgotten_file_is_erased_as_well(
    tmp_path: Path,
) -> None:
    async with guarded_site(tmp_path) as web:
        await forget(web)
        await web.known.append_raw((GONE, b'{"broken": "Dossier-Secret-9"}'), (KEPT, b"{"))
        await web.known.live()
        async for _ in web.known.embedded.index_letters(web.known.now):
            pass
        assert files_naming(tmp_path, [GONE]) != {}
        assert (await web.known.embedded.clean(web.known.now)).erased == 1
        assert files_naming(tmp_path, [GONE]) == {}
        assert [one.key for one in await web.known.dead_letters()] == [KEPT.encode()]
