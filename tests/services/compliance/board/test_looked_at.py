"""The head of every page: a file is found by its number, and the unit that is looked at is remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.builders import decided, received
from tests.services.compliance.board.browsing import BROWSER, words
from tests.services.world import Site, site, world

COOKIE = "echeance_unit"
UNKNOWN = "Aucun dossier de ce numéro n’est connu"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    """Files of two units, of which one is decided."""
    async with world(tmp_path, "2025-04-20") as known, site(known) as found:
        await known.live(
            received("M1", "2025-04-10", standard="courriel"),
            received("L1", "2025-04-11", standard="courriel", unit="laval"),
            decided("L1", "2025-04-14"),
        )
        yield found


async def opened(
    web: Site, path: str, *, token: str | None = None, unit: str | None = None
) -> httpx.Response:
    """What a browser gets that remembers a unit; redirects are not followed."""
    web.client.cookies.clear()
    headers = {**BROWSER, "authorization": f"Bearer {token or web.token}"}
    if unit is not None:
        headers["cookie"] = f"{COOKIE}={unit}"
    return await web.client.get(path, headers=headers)


@pytest.mark.parametrize("number", ["M1", "%20L1%20", "m1"])
async def test_a_number_leads_to_its_file_also_once_it_is_decided(web: Site, number: str) -> None:
    found = await opened(web, f"/files?file={number}")
    assert found.status_code == 303
    page = await opened(web, found.headers["location"])
    assert page.status_code == 200 and "courriels" in words(page.text)


async def test_what_is_not_there_and_what_is_not_theirs_are_answered_alike(web: Site) -> None:
    token, answers = web.units_token("laval"), []
    for number in ("M1", "NOTHING", "%2F%2Fevil.example", "<script>", "", "a%0d%0ab", "é" * 500):
        found = await opened(web, f"/files?file={number}", token=token)
        if found.status_code == 303:
            assert found.headers["location"] == f"/files/{number}"
            found = await opened(web, found.headers["location"], token=token)
        main = found.text[found.text.index("<main") : found.text.index("</main>")]
        answers.append((found.status_code, main))
    assert len(set(answers)) == 1
    assert answers[0][0] == 404 and UNKNOWN in answers[0][1]


async def test_a_unit_that_was_chosen_is_where_pages_begin_until_all_are_chosen(web: Site) -> None:
    chosen = await opened(web, "/worklist?unit=laval")
    assert f"{COOKIE}=laval; HttpOnly" in chosen.headers["set-cookie"]
    assert "SameSite=lax" in chosen.headers["set-cookie"]
    for path, query in (("/worklist", ""), ("/attainment", "standard=courriel&"), ("/alerts", "")):
        begun = await opened(web, f"{path}?{query}".rstrip("?&"), unit="laval")
        assert (begun.status_code, begun.headers["location"]) == (303, f"{path}?{query}unit=laval")
    for path in ("/worklist?unit=", "/worklist?unit=montreal", "/worklist.csv", "/catalogue"):
        assert (await opened(web, path, unit="laval")).status_code == 200
    every = await opened(web, "/worklist?unit=", unit="laval")
    assert (
        f'{COOKIE}=""' in every.headers["set-cookie"] and "Max-Age=0" in every.headers["set-cookie"]
    )


async def test_every_page_says_which_unit_is_looked_at(web: Site) -> None:
    for path in ("/files/M1", "/catalogue", "/worklist?unit=laval", "/files/NOTHING"):
        page = (await opened(web, path, unit="laval")).text
        assert '<option value="laval" selected>' in page, path
        # On paper only where the figures are of that unit.
        printed = "Unité regardée\u00a0: Laval" in words(page)
        assert printed == ("unit=" in path), path


@pytest.mark.parametrize("unit", ["montreal", "nothing", "x" * 300, "%3Cscript%3E"])
async def test_a_unit_that_a_reader_may_not_see_is_never_remembered(web: Site, unit: str) -> None:
    token = web.units_token("laval", "estrie")
    assert "set-cookie" not in (await opened(web, f"/worklist?unit={unit}", token=token)).headers
    page = await opened(web, "/worklist", token=token, unit=unit)
    assert page.status_code == 200
    assert '<option value="montreal"' not in page.text and "Toutes mes unités" in page.text
