"""``echeance preview`` as an operator runs it, beside a system at work; and its page."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.builders import CATALOGUE, decided, received, revised
from tests.echeance.command import done, english, lived, told
from tests.services.world import site, world

NOW = "2026-11-23 12:00"
CANDIDATE = revised(2, ("business_days: 20", "business_days: 12"))
EVENTS = (
    received("LATE", "2026-11-02 09:00"),
    received("ENDED", "2026-10-01 09:00"),
    decided("ENDED", "2026-10-26 10:00", "accepted"),
)


def written(folder: Path, text: str = CANDIDATE.text) -> Path:
    path = folder / "candidate.yaml"
    path.write_text(text, encoding="utf-8")
    return path


async def test_it_compares_beside_a_system_at_work_and_the_page_shows_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with world(data, NOW) as known, site(known) as web:
        await known.live(*EVENTS)
        digest = await known.embedded.compliance.digest()
        empty = await web.get("/preview", headers={"accept-language": "en"})
        assert "No preview has been made." in empty.text
        command = ("preview", written(tmp_path), "--data", data)
        said = await asyncio.to_thread(done, *command, variables=english())
        assert said.splitlines()[0].startswith("Catalogue mifi-2021-10: revision 3 → 4, as of ")
        assert said.splitlines()[1] == "2 of 2 files would change."
        assert "cases would become late: ENDED" in said
        assert "October 2026, decided: 1 of 1 (100.00%) → 0 of 1 (0.00%)" in said
        page = await web.get("/preview", headers={"accept-language": "fr"})
        assert page.status_code == 200
        assert "2 dossiers sur 2 changeraient" in page.text
        assert 'href="/files/ENDED"' in page.text
        limited = await web.get("/preview", token=web.units_token("laval"))
        assert limited.status_code == 403
        assert await known.embedded.compliance.digest() == digest
        await known.live(received("NEXT", "2026-11-23 10:00"))
        assert await known.tallies("received") == {"begun": 3}


def test_json_has_everything_and_is_for_programs(tmp_path: Path) -> None:
    data = lived(tmp_path / "data", *EVENTS, now=NOW)
    document = json.loads(done("preview", written(tmp_path), "--data", data, "--json"))
    assert (document["revision_before"], document["revision_after"]) == (3, 4)
    assert document["files"] == 2
    [standard] = [one for one in document["standards"] if one["standard"] == "caq-etudes"]
    assert standard["limit_after"] == {"fr": "12 jours ouvrables", "en": "12 business days"}
    assert standard["cycles"]["newly_late"] >= 1


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    data = lived(tmp_path / "data", *EVENTS, now=NOW)

    def refusal(text: str) -> str:
        return told("preview", written(tmp_path, text), "--data", data, variables=english())

    assert "this is the catalogue in use (revision 3): nothing to compare" in refusal(
        CATALOGUE.text
    )
    same = CATALOGUE.text.replace("business_days: 20", "business_days: 12")
    assert "another text under the same revision: raise `revision`" in refusal(same)
    other = CANDIDATE.text.replace("catalogue: mifi-2021-10", "catalogue: another")
    assert "the catalogue given is 'another'" in refusal(other)
    without = CANDIDATE.text.replace("caq-etudes", "caq-autres")
    assert "no longer has caq-etudes, which files were received under" in refusal(without)
    assert "no data" in told(
        "preview", written(tmp_path), "--data", tmp_path / "none", variables=english()
    )
