"""The page of what is still possible, and its spreadsheet, say what the API does."""

from __future__ import annotations

from pathlib import Path

from tests.builders import received
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.compliance.lives import lived
from tests.services.world import Site


async def test_every_target_leads_to_its_own_page(web: Site) -> None:
    page = (await shown(web, "/forecast")).text
    assert "/forecast?standard=courriel&amp;period=month" in page


async def test_a_target_out_of_reach_is_said_with_the_files_that_are_late(web: Site) -> None:
    page = (await shown(web, "/forecast", standard="courriel")).text
    said = "3 en retard, pour 1 permis au plus\u00a0: il faut décider dans le délai tous ceux qui sont encore ouverts (2), et 7 de plus"
    assert said in words(page)
    assert (
        "/attainment/files?standard=courriel&amp;period=2026-11&amp;basis=due&amp;part=late" in page
    )


async def test_what_is_needed_is_said_with_its_day(tmp_path: Path) -> None:
    files = [
        received(f"C{number}", "2026-10-30 09:00", standard="caq-etudes") for number in range(10)
    ]
    async with lived(tmp_path, *files) as (_, web):
        page = (await shown(web, "/forecast", standard="caq-etudes", period="month")).text
        home = (await shown(web, "/")).text
    said = "Des 10 dossiers ouverts qui arrivent à échéance d’ici le 30 novembre 2026, il faut en décider 8 dans le délai."
    assert said in words(page)
    assert "Des 10 ouverts à échéance ce mois-ci, 8 à décider dans le délai" in words(home)


async def test_the_spreadsheet_says_what_the_api_does(web: Site) -> None:
    [line, *_] = sheet(await shown(web, "/forecast.csv", standard="courriel"))
    row = (await web.json("/v1/reach", standard="courriel"))["rows"][0]
    assert (line["Dans le délai"], line["En retard"]) == (str(row["on_time"]), str(row["late"]))
    assert line["À décider de plus, parmi d’autres"] == str(row["needed_of_others"])
    assert (line["D’ici le"], line["À décider d’ici là"]) == ("2026-11-23", "1")


async def test_an_unknown_standard_is_not_found(web: Site) -> None:
    assert (await shown(web, "/forecast", standard="none")).status_code == 404
