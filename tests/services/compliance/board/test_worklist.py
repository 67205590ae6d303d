"""The worklist: its filters, its spreadsheet and its stream; which files it lists is held by test_choices."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from shared.text.texts import Language
from tests.builders import CATALOGUE, received
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.world import Site, site, world


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    """Files of two standards and units, of which the first two are overdue."""
    async with world(tmp_path, "2025-04-20") as known, site(known) as found:
        await known.live(
            received("M1", "2025-04-10", standard="courriel"),
            received("M2", "2025-04-11", standard="courriel", unit="laval"),
            received("C1", "2025-04-11", unit="laval"),
        )
        yield found


async def test_the_page_and_its_csv_have_the_same_files(web: Site) -> None:
    chosen = {"standard": "courriel", "stage": "overdue"}
    page = (await shown(web, "/worklist", **chosen)).text
    rows = sheet(await shown(web, "/worklist.csv", **chosen))
    assert [row["Dossier"] for row in rows] == ["M1", "M2"]
    assert re.findall(r'<tr id="row-([^"]+)"', page) == ["M1", "M2"]
    assert {row["Engagement (code)"] for row in rows} == {"courriel"}
    assert '<option value="courriel" selected>' in page
    assert "/worklist.csv?standard=courriel&amp;stage=overdue" in page


async def test_a_reader_chooses_among_own_units_only(web: Site) -> None:
    token = web.units_token("laval")
    page = (await shown(web, "/worklist", token=token)).text
    other = (await shown(web, "/worklist", token=token, unit="montreal")).text
    assert '<option value="montreal"' not in page
    assert "Aucun dossier ouvert ne répond à ce choix." in words(other)


async def test_the_stream_is_refused_for_what_does_not_exist(web: Site) -> None:
    answer = await shown(web, "/worklist/stream", standard="nothing")
    assert answer.status_code == 404


ON_A_SATURDAY = "2026-11-28 10:00"
SAID = {
    "fr": "le délai est épuisé\u00a0; en retard à compter du lundi 30 novembre",
    "en": "the limit has run out; late from Monday, November 30",
}


@pytest.mark.parametrize("spoken", ["fr", "en"])
async def test_every_place_says_from_when_the_file_is_late(
    tmp_path: Path, spoken: Language
) -> None:
    """An e-mail and a request are due on Friday 27 November 2026, another e-mail on Monday."""
    twenty_before = CATALOGUE.calendar("qc-legal").retreat(date(2026, 11, 27), 20)
    async with world(tmp_path, "2026-11-01") as known, site(known) as web:
        await known.live(
            received("MAIL", "2026-11-25 09:00", standard="courriel"),
            received("CAQ", f"{twenty_before} 09:00", standard="caq-etudes"),
            received("LATER", "2026-11-26 09:00", standard="courriel"),
            until=ON_A_SATURDAY,
        )
        page = words((await shown(web, f"/worklist?lang={spoken}")).text)
        csv = sheet(await shown(web, "/worklist.csv"), ";" if spoken == "fr" else ",")
        file = words((await shown(web, "/files/MAIL")).text)
    assert page.count(SAID[spoken]) == 2
    column = "Reste" if spoken == "fr" else "Left"
    assert {row["Dossier" if spoken == "fr" else "File"]: row[column] for row in csv} == {
        "MAIL": SAID[spoken],
        "CAQ": SAID[spoken],
        "LATER": "1 jour ouvrable" if spoken == "fr" else "1 business day",
    }
    assert SAID[spoken][1:] in file
    assert "À décider au plus tard" not in file and "To be decided by" not in file
