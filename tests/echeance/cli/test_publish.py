"""``echeance publish``, and what it published, to the byte, whatever becomes known later."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from tests.builders import decided, received
from tests.echeance.command import done, english, lived, told
from tests.services.world import site, world

EVENTS = (
    *(received(f"A-{n}", "2025-10-01 09:00") for n in range(12)),
    *(decided(f"A-{n}", "2025-10-10 09:00", "accepted") for n in range(12)),
)
NOW = "2026-11-23 12:00"


async def test_an_edition_stays_as_it_was_published(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    async with world(data, NOW) as known, site(known) as web:
        await known.live(*EVENTS)
        empty = (await web.get("/editions", headers={"accept-language": "en"})).text
        assert "Nothing has been published yet." in empty
        command = ("publish", "2025-2026", "--by", "Direction", "--data", data, "--out", out)
        said = await asyncio.to_thread(done, *command, variables=english())
        assert said.splitlines()[0] == "edition 1 of 2025-2026"
        await known.live(
            received("LATE", "2025-10-01 09:00", recorded="2026-11-23 13:00"),
            until="2026-11-23 13:30",
        )
        [edition] = (await web.json("/v1/editions"))["editions"]
        assert (edition["number"], edition["published_by"]) == (1, "Direction")
        assert (edition["fiscal_year"], edition["revision"]) == ("2025-2026", 3)
        for document in edition["documents"]:
            written = (out / document["name"]).read_bytes()
            answer = await web.get(f"/v1/editions/1/{document['name']}")
            assert answer.content == written
            digest = hashlib.sha256(written).hexdigest()
            assert document["sha256"] == digest
            assert answer.headers["etag"] == f'"{digest}"'
            assert f"  {digest}  {document['name']}" in said
            assert document["bytes"] == len(written)
        page = (await web.get("/editions")).text
        assert all(document["sha256"] in page for document in edition["documents"])
        limited = web.units_token("laval")
        for path in ("/v1/editions", "/v1/editions/1/report.csv", "/editions"):
            assert (await web.get(path, token=limited)).status_code == 403
        assert await web.refused("/v1/editions/2/report.csv") == (404, "unknown-document")
        await known.embedded.reset_computed()
        await known.live()
        again = await web.get("/v1/editions/1/report.json")
        assert again.content == (out / "report.json").read_bytes()


def test_what_may_not_be_published_is_told(tmp_path: Path) -> None:
    data = lived(tmp_path / "data", *EVENTS, now=NOW)

    def refusal(*arguments: object) -> str:
        return told("publish", *arguments, "--data", data, variables=english())

    assert "published once it is over" in refusal("2029-2030", "--by", "X")
    assert "is a fiscal year" in refusal("2025-10", "--by", "X")
    assert "Write a period" in refusal("yesterday", "--by", "X")
    long = told("publish", "2025-2026", "--by", "x" * 300, "--data", data, status=2)
    assert "200" in long
    assert "no data" in told(
        "publish", "2025-2026", "--by", "X", "--data", tmp_path / "none", variables=english()
    )
