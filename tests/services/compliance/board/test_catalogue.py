"""The catalogue and its calendars, for whoever asks: every commitment in its own words, every day off with its law."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.text import formats
from tests.builders import CATALOGUE, PARTICULAR_DAYS, revised
from tests.services.compliance.board.browsing import BROWSER, part, shown, words
from tests.services.world import Site, site, world


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    """A site without files."""
    async with world(tmp_path) as known, site(known) as found:
        yield found


async def published(web: Site, path: str, spoken: str, **query: Any) -> str:
    """A page as whoever has no token sees it."""
    answer = await web.client.get(path, params={"lang": spoken, **query}, headers=BROWSER)
    return answer.text


def article(page: str, identifier: str) -> str:
    return part(page.replace("card promised", "card"), identifier)


async def test_every_commitment_is_there_in_its_own_words(web: Site) -> None:
    told = (await web.json("/v1/standards"))["standards"]
    for spoken in ("fr", "en"):
        page = await published(web, "/catalogue", spoken)
        for name, standard in told.items():
            said = article(page, name)
            assert standard["name"][spoken] in said and standard["source"][spoken] in said
            assert standard["terms"][0]["summary"][spoken] in said
            assert standard["closes_with"][spoken] in said
    french = await published(web, "/catalogue", "fr")
    warned = "à risque à 1 jour ouvrable de l’échéance critique le dernier jour"
    assert warned in article(french, "courriel")


async def test_the_decisions_that_can_be_reviewed_are_told_in_words(web: Site) -> None:
    french = await published(web, "/catalogue", "fr")
    english = await published(web, "/catalogue", "en")
    assert "après une décision\u00a0: refusé, rejeté." in article(french, "peq")
    assert "after a decision: refused, rejected." in article(english, "peq")


async def test_terms_that_changed_are_told_with_their_dates(tmp_path: Path) -> None:
    changed = revised(
        2,
        (
            "      - limit: {business_days: 2}\n",
            "      - effective_to: 2026-03-31\n        limit: {business_days: 3}\n        target_percent: 70\n"
            "        summary: {fr: Ancien, en: Old}\n      - effective_from: 2026-04-01\n        limit: {business_days: 2}\n",
        ),
    )
    async with world(tmp_path, "2026-11-23 12:00", catalogue=changed) as known, site(known) as web:
        said = article((await shown(web, "/catalogue")).text, "courriel")
    newer, older = said.index("à compter du 1er avril 2026"), said.index("jusqu’au 31 mars 2026")
    assert newer < said.index("pas en vigueur aujourd’hui") and newer < older
    assert said.index("en vigueur") < older and "Ancien" in said


@pytest.mark.parametrize("identifier", ["qc-legal", "qc-public-service"])
@pytest.mark.parametrize("year", [2010, 2026, 2050])
async def test_every_day_off_of_a_year_is_there_with_its_law(
    web: Site, identifier: str, year: int
) -> None:
    told = await web.json(f"/v1/calendars/{identifier}", year=year)
    page = await published(web, f"/calendars/{identifier}", "en", year=year)
    calendar = CATALOGUE.calendar(identifier)
    said = words(page)
    for off in told["holidays"]:
        day = next(one for one in calendar.holidays if one.isoformat() == off["day"])
        written = f"{formats.weekday(day, 'en')}, {formats.day(day, 'en')}"
        assert written in said and off["name"]["en"] in said and off["law"]["en"] in said
    assert page.count('<td class="day as-holiday') == len(told["holidays"])
    cells = len(re.findall(r'<td class="day ', page))
    assert cells == (366 if year % 4 == 0 else 365)
    assert (f"year={year - 1}" in page, f"year={year + 1}" in page) == (year > 2010, year < 2050)


async def test_days_unlike_the_others_of_their_weekday_are_told_with_what_differs(
    tmp_path: Path,
) -> None:
    catalogue = revised(2, PARTICULAR_DAYS)
    async with world(tmp_path, catalogue=catalogue) as known, site(known) as web:
        english = words(
            (await shown(web, "/calendars/qc-public-service", year="2026", lang="en")).text
        )
        french = words(
            (await shown(web, "/calendars/qc-public-service", year="2027", lang="fr")).text
        )
        without = words((await shown(web, "/calendars/qc-legal", year="2026", lang="en")).text)
    working = "Saturday, December 19, 2026 In exchange business day Order 2"
    assert working in english
    assert "Tuesday, December 22, 2026 Festive morning closes at 12:00 Order 1" in english
    assert "complaints open as well from 10:00 to 12:00 open as well from 22:00 to 24:00" in english
    assert "samedi 9 janvier 2027 plaintes ouvert en plus de 10:00 à 12:00" in french
    assert "Particular days" not in without


async def test_a_calendar_or_year_that_is_not_there_is_a_page_that_says_so(web: Site) -> None:
    year = await shown(web, "/calendars/qc-legal", year="2051")
    none = await shown(web, "/calendars/none")
    hostile = await shown(web, "/calendars/%3Cscript%3E" + "x" * 10_000)
    bad = await shown(web, "/calendars/qc-legal", year="' OR 1")
    assert "couvre les années 2010 à 2050" in words(year.text)
    assert [one.status_code for one in (year, none, hostile, bad)] == [404, 404, 404, 422]
    assert all("<script" not in one.text for one in (year, none, hostile, bad))


async def test_what_is_public_is_no_more_than_was_published(tmp_path: Path) -> None:
    async with world(tmp_path) as known, site(known) as web:
        for path in ("/calculator", "/catalogue", "/calendars/qc-legal"):
            assert (await web.client.get(path)).status_code == 200
            assert (await web.client.post(path)).status_code == 401
        private = ("/", "/worklist", "/files/A", "/calculators", "/catalogue.json", "/v1/standards")
        for path in private:
            assert (await web.client.get(path)).status_code == 401
        publisher = web.credentials.create(
            "robot", ["publish"], sources=["urn:x"], created=known.now()
        )
        page = await shown(web, "/catalogue", token=publisher)
    assert page.status_code == 200 and "Se connecter" in page.text
