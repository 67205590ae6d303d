"""A fiscal year for the public: the archive, what publishing it records, and the page of the current year."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared.domain.events import Event
from tests.builders import at, decided, received
from tests.services.compliance.board.browsing import words
from tests.services.compliance.lives import lived
from tests.services.world import Site, site, world

ARCHIVE = "/v1/publication/2025-2026.zip"


def mails(unit: str, on_time: int, late: int, monday: str = "2025-06-02") -> Sequence[Event]:
    """E-mails that came on a Monday: answered the same day, or after the 15th of the next month."""
    events: list[Event] = []
    answered = f"{monday[:5]}{int(monday[5:7]) + 1:02}-16 15:00"
    for number in range(on_time + late):
        name = f"{unit}-{monday}-{number}-{on_time}"
        end = f"{monday} 15:00" if number < on_time else answered
        events.append(received(name, f"{monday} 09:00", standard="courriel", unit=unit))
        events.append(decided(name, end, "answered"))
    return events


def rows(archive: bytes) -> Mapping[str, tuple[str, str]]:
    """Files on time and measured of e-mails, by unit."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        text = opened.read("attainment.csv").decode()
    return {
        line["unit"]: (line["on_time"], line["measured"])
        for line in csv.DictReader(io.StringIO(text))
        if line["standard"] == "courriel" and line["measured"] != "0"
    }


async def test_the_archive_has_the_figures_of_the_report(tmp_path: Path) -> None:
    async with lived(tmp_path, *mails("montreal", 33, 6), *mails("laval", 30, 4)) as (_, web):
        answer = await web.get(ARCHIVE)
        assert answer.headers["content-type"] == "application/zip"
        assert 'filename="service-standards-2025-2026.zip"' in answer.headers["content-disposition"]
        report = await web.json("/v1/report", fiscal_year="2025-2026", audience="public", by="unit")
        again = await web.get(ARCHIVE)
    assert again.content == answer.content
    assert rows(answer.content) == {
        row["unit"] or "": (str(row["on_time"]), str(row["measured"]))
        for row in report["rows"]
        if row["standard"] == "courriel" and row["measured"]
    }
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        package = json.loads(opened.read("datapackage.json"))
        assert opened.testzip() is None
    assert package["name"] == "service-standards-2025-2026"


def director_of(web: Site) -> str:
    return web.credentials.create("director", ["read", "explain"], created=at("2025-04-01 09:00"))


async def published(web: Site, director: str, year: int = 2025) -> bytes:
    answer = await web.client.post(
        f"/v1/publication/{year}-{year + 1}", headers={"authorization": f"Bearer {director}"}
    )
    assert answer.status_code == 200
    return answer.content


async def test_what_was_published_stands_until_enough_has_changed(tmp_path: Path) -> None:
    async with lived(tmp_path, *mails("montreal", 33, 6), *mails("laval", 30, 4)) as (known, web):
        director = director_of(web)
        first = await published(web, director)
        assert await published(web, director) == first
        await known.live(*mails("laval", 1, 1, "2025-07-07"))
        staff = await web.json("/v1/report", fiscal_year="2025-2026", by="unit")
        laval = next(row for row in staff["rows"] if row["unit"] == "laval")
        assert laval["measured"] == 36
        assert rows((await web.get(ARCHIVE)).content) == rows(first)
        assert rows(await published(web, director)) == rows(first)
        await known.live(*mails("laval", 6, 4, "2025-07-14"))
        assert rows(await published(web, director))["laval"] == ("37", "46")


async def test_only_readers_of_every_unit_publish_a_year_that_is_over(web: Site) -> None:
    laval = web.units_token("laval")
    assert await web.refused(path=ARCHIVE, token=laval) == (403, "own-units-only")
    assert await web.refused(path="/v1/publication/2026-2027.zip") == (422, "year-not-over")
    assert await web.refused(path="/v1/publication/2025-05.zip") == (422, "not-a-fiscal-year")


async def test_a_token_that_only_reads_publishes_nothing(web: Site) -> None:
    """What is recorded as published bounds what can be published after it."""
    answer = await web.client.post(
        "/v1/publication/2025-2026", headers={"authorization": f"Bearer {web.token}"}
    )
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:echeance:problem:no-scope")


async def results(web: Site, lang: str = "fr") -> str:
    answer = await web.client.get("/results", params={"lang": lang})
    assert answer.status_code == 200
    return words(answer.text).replace("\u00a0", " ")


async def test_the_current_year_is_shown_to_nobody_unless_the_body_wants_it(web: Site) -> None:
    assert (await web.client.get("/results")).status_code == 401
    assert (await web.get("/results")).status_code == 404
    assert "/results" not in (await web.get("/")).text


async def test_anybody_reads_the_months_that_are_over_and_have_enough_files(tmp_path: Path) -> None:
    async with (
        world(tmp_path, "2026-05-29 12:00", public_results="on") as known,
        site(known) as web,
    ):
        await known.live(*mails("laval", 30, 0, "2026-05-04"))
        assert "pas encore publié" in await results(web)
        # Fewer than 30 came after May: what is left of the year could be subtracted.
        await known.live(*mails("laval", 18, 2, "2026-06-08"), until="2026-06-29 12:00")
        assert "0 sur" not in await results(web)
        await known.live(*mails("laval", 28, 4, "2026-07-06"), until="2026-08-31 12:00")
        shown = await results(web)
        assert "100,00 % 0 sur 48 30 juin 2026 cible atteinte" in shown
        english = await results(web, lang="en")
        assert "100.00% 0 of 48 June 30, 2026 target reached" in english
        assert 'href="/results"' in (await web.client.get("/calculator")).text
        # A correction changes nothing that was said; July waits for files of later months.
        await known.live(*mails("montreal", 1, 0, "2026-05-11"), until="2026-09-30 12:00")
        assert "0 sur 48 30 juin 2026" in await results(web)
        await known.live(*mails("laval", 60, 0, "2026-08-24"), until="2026-10-01 12:00")
        assert "2 sur 79 31 juillet 2026" in await results(web)
        # The year is over: its figures have at least 30 files more than was said of it.
        await known.live(until="2027-04-01 12:00")
        assert rows(await published(web, director_of(web), 2026))[""] == ("137", "143")
        assert "pas encore publié" in await results(web)
