"""What a body says of a commitment in a fiscal year: who may write it, every version, every form of the report."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.compliance.explanations import LONGEST_EXPLANATION
from tests.builders import at, decided, received
from tests.services.compliance.board.browsing import BROWSER, sheet, shown, words
from tests.services.world import Site, site, world

YEAR, STANDARD = "2024-2025", "courriel"
OWN_SITE = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
FRENCH = "Deux postes étaient vacants.\n\nIls sont pourvus depuis mars."
ENGLISH = "Two positions were vacant. <b>They are filled.</b>"
FORM = {"standard": STANDARD, "fiscal_year": YEAR, "version": "0", "fr": FRENCH, "en": ENGLISH}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    """A year that is over, with a file."""
    async with world(tmp_path, "2025-04-20") as known, site(known) as found:
        await known.live(
            received("M1", "2025-02-10", standard=STANDARD), decided("M1", "2025-02-11")
        )
        yield found


def writer(web: Site, name: str = "director") -> str:
    return web.credentials.create(name, ["read", "explain"], created=at("2025-04-01 09:00"))


async def sent(
    web: Site, token: str | None, headers: Mapping[str, str] | None = None, **changed: Any
) -> httpx.Response:
    """The form as a browser sends it, whose session has a token."""
    web.client.cookies.clear()
    cookie = {} if token is None else {"cookie": f"echeance_session={await web.session(token)}"}
    return await web.client.post(
        "/report/explanation",
        data=FORM | changed,
        headers={**BROWSER, **(headers or OWN_SITE), **cookie},
    )


async def report(web: Site, **asked: str) -> httpx.Response:
    return await shown(web, "/report", fiscal_year=YEAR, **asked)


async def test_it_is_in_every_form_of_both_reports_in_both_languages(web: Site) -> None:
    written = await sent(web, writer(web))
    assert written.status_code == 303
    assert written.headers["location"] == f"/report?fiscal_year={YEAR}&audience=staff#{STANDARD}"
    for audience in ("staff", "public"):
        asked = {"fiscal_year": YEAR, "audience": audience}
        french, english = [
            words((await report(web, audience=audience, lang=lang)).text) for lang in ("fr", "en")
        ]
        assert "Ils sont pourvus depuis mars." in french and "Two positions" not in french
        assert "<b>They are filled.</b>" in english
        assert ("par director" in french) == (audience == "staff")
        assert ("nomme des personnes" in french) == (audience == "staff")
        answer = await web.json("/v1/report", **asked)
        one = answer["explanations"][0]
        assert (one["standard"], one["version"], one["fr"]) == (STANDARD, 1, FRENCH)
        assert ("written_by" in one) == (audience == "staff")
        table = (await web.get("/v1/report", format="csv", **asked)).text
        assert "explanation_fr,explanation_en" in table and "Deux postes" in table
        markdown = (await web.get("/v1/report", format="markdown", **asked)).text
        assert "## Explications" in markdown and "> Deux postes étaient vacants." in markdown
        document = (await web.get("/v1/report", format="html", lang="en", **asked)).text
        assert html.escape(ENGLISH) in document and "<form" not in document
        rows = sheet(await shown(web, "/report.csv", lang="fr", **asked))
        texts = {row["Engagement (code)"]: row["Explication"] for row in rows}
        assert texts == {**dict.fromkeys(texts, ""), STANDARD: FRENCH}


async def test_each_version_is_kept_and_an_empty_one_takes_back_the_one_before(web: Site) -> None:
    token = writer(web)
    await sent(web, token)
    await sent(web, token, version="1", fr="Autre texte.", en="")
    page = words((await report(web, token=token, lang="fr")).text)
    assert "Autre texte." in page and "Version 2" in page and "Versions (2)" in page
    assert "Ils sont pourvus depuis mars." in page
    assert "Autre texte." in words((await report(web, lang="en")).text)
    await sent(web, token, version="2", fr="", en="")
    page = (await report(web, token=token, lang="fr")).text
    assert "Versions (3)" in page and '<div class="explained">' not in page
    assert "explanations" not in await web.json("/v1/report", fiscal_year=YEAR)


async def test_of_two_who_write_at_once_the_second_replaces_nothing(web: Site) -> None:
    token = writer(web)
    await sent(web, token)
    late = await sent(web, token, fr="Plus tard.")
    assert late.status_code == 409 and "rien n’a été remplacé" in words(late.text)
    assert (await web.json("/v1/report", fiscal_year=YEAR))["explanations"][0]["fr"] == FRENCH


@pytest.mark.parametrize(
    "changed",
    [
        {"standard": "nothing"},
        {"standard": ""},
        {"fiscal_year": "2025-01"},
        {"fiscal_year": "yesterday"},
        {"version": "-1"},
        {"version": "x"},
        {"fr": "x" * (LONGEST_EXPLANATION + 1)},
        {"en": "x" * 100_000},
    ],
)
async def test_what_is_no_explanation_is_refused(web: Site, changed: dict[str, str]) -> None:
    answer = await sent(web, writer(web), None, **changed)
    assert answer.status_code in (404, 409, 413, 422)
    assert "explanations" not in await web.json("/v1/report", fiscal_year=YEAR)


async def test_only_a_token_with_the_right_writes_and_only_from_this_site(web: Site) -> None:
    token, reading = writer(web), web.token
    refused = [
        await sent(web, reading),
        await sent(web, None),
        await sent(web, token, {**OWN_SITE, "sec-fetch-site": "cross-site"}),
        await sent(web, token, {**OWN_SITE, "sec-fetch-site": "same-site"}),
        await sent(
            web,
            token,
            {"content-type": OWN_SITE["content-type"], "origin": "https://elsewhere.example"},
        ),
    ]
    assert [one.status_code for one in refused] == [403, 401, 403, 403, 403]
    assert "explanations" not in await web.json("/v1/report", fiscal_year=YEAR)
    assert '<form method="post" action="/report/explanation"' not in (await report(web)).text
    assert (
        '<form method="post" action="/report/explanation"' in (await report(web, token=token)).text
    )


async def test_a_session_that_may_explain_may_still_publish_nothing(web: Site) -> None:
    web.client.cookies.clear()
    session = await web.session(writer(web))
    headers = {"cookie": f"echeance_session={session}", **OWN_SITE}
    answer = await web.client.post("/v1/events", headers=headers, content=b"{}")
    assert answer.status_code == 401
