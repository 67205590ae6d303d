"""The page of what is still possible, and its spreadsheet, say what the API does."""

from __future__ import annotations

from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.world import Site


async def test_every_target_leads_to_its_own_page(web: Site) -> None:
    page = (await shown(web, "/forecast")).text
    assert "/forecast?standard=courriel&amp;period=month" in page


async def test_a_target_out_of_reach_is_said_with_the_files_that_are_late(web: Site) -> None:
    page = (await shown(web, "/forecast", standard="courriel")).text
    said = "Impossible\u00a0: 3 en retard, pour 1 permis au plus, même si les 2 encore ouverts"
    assert said in words(page)
    assert (
        "/attainment/files?standard=courriel&amp;period=2026-11&amp;basis=due&amp;part=late" in page
    )


async def test_what_is_needed_is_said_by_day(web: Site) -> None:
    page = (await shown(web, "/forecast", standard="courriel", unit="laval", period="quarter")).text
    assert "cible" in words(page)


async def test_the_spreadsheet_says_what_the_api_does(web: Site) -> None:
    [line, *_] = sheet(await shown(web, "/forecast.csv", standard="courriel"))
    row = (await web.json("/v1/reach", standard="courriel"))["rows"][0]
    assert (line["Dans le délai"], line["En retard"]) == (str(row["on_time"]), str(row["late"]))
    assert line["Impossible"] == "oui"
    assert line["D’ici le"] == ""


async def test_an_unknown_standard_is_not_found(web: Site) -> None:
    assert (await shown(web, "/forecast", standard="none")).status_code == 404
