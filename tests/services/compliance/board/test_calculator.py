"""The calculator: a form in an address, for whoever asks; its dates are the API's, and what cannot be read is told field by field."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from services.compliance.board.pages.calculator import WORDS as CALCULATOR
from shared.text import formats
from tests.builders import CATALOGUE
from tests.services.compliance.board.browsing import BROWSER, shown, words
from tests.services.world import Site, site, world


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    """A site without files."""
    async with world(tmp_path) as known, site(known) as found:
        yield found


async def asked(web: Site, **form: str | list[str]) -> httpx.Response:
    """The page, as somebody without a token sees it."""
    return await web.client.get("/calculator", params=form, headers=BROWSER)


@pytest.mark.parametrize("standard", [name for name in CATALOGUE.standards if name != "telephone"])
@pytest.mark.parametrize(
    ("received", "waits"),
    [
        ("2026-12-21", []),
        ("2026-11-28", [("2026-12-01", "2026-12-04")]),
        ("2026-08-31", [("2026-08-31", "2026-09-15"), ("2026-09-10", "2026-10-02")]),
    ],
)
async def test_the_dates_are_those_of_the_api(
    web: Site, standard: str, received: str, waits: list[tuple[str, str]]
) -> None:
    told = await web.json(
        "/v1/deadline",
        standard=standard,
        received=received,
        waiting=["/".join(wait) for wait in waits],
    )
    began, ended = [one for one, _ in waits], [one for _, one in waits]
    form: dict[str, str | list[str]] = {"requested": began, "answered": ended}
    page = await asked(web, standard=standard, received=received, **form)
    assert page.status_code == 200
    said = words(page.text)
    assert f"au plus tard le {formats.weekday(date.fromisoformat(told['due_on']), 'fr')} " in said
    assert formats.day(date.fromisoformat(told["due_on"]), "fr") in said
    for stage in told["stages"][1:]:
        assert formats.day(date.fromisoformat(stage["begins_on"]), "fr") in said
    totals = re.findall(
        r'<td class="day as-counted[^"]*">.*?<b aria-hidden="true">([^<]*)</b>', page.text
    )
    assert int(totals[-1]) == told["limit"]
    assert page.text.count('class="day as-counted is-due"') == 1


@pytest.mark.parametrize("standard", CATALOGUE.standards)
async def test_a_standard_alone_opens_on_the_present(tmp_path: Path, standard: str) -> None:
    async with world(tmp_path, "2026-11-28 10:30") as known, site(known) as web:
        page = await asked(web, standard=standard)
        empty = await asked(web, standard=standard, received="")
    assert page.status_code == 200 and "À corriger" not in page.text
    written = "2026-11-28T10:30" if standard == "telephone" else "2026-11-28"
    assert f'value="{written}"' in page.text
    assert 'class="saying"' in page.text
    assert empty.status_code == 422 and "Indiquer la date de réception." in empty.text


async def test_a_limit_in_minutes_asks_for_the_time_and_runs_in_opening_hours(web: Site) -> None:
    day = await asked(web, standard="telephone", received="2025-04-29")
    moment = await asked(web, standard="telephone", received="2025-04-29T16:28")
    told = await web.json(
        "/v1/deadline", standard="telephone", received="2025-04-29T16:28:00-04:00"
    )
    assert day.status_code == 422 and "Indiquer aussi l’heure" in day.text
    assert 'type="datetime-local" value="2025-04-29T09:00"' in day.text
    assert told["breaches_at"].startswith("2025-04-30T10:31:00")
    assert "À traiter avant le 30 avril 2025, 10 h 31." in words(moment.text).replace("\xa0", " ")
    assert 'class="day as-counted is-due"' in moment.text and "is-late" not in moment.text


async def test_a_first_visit_offers_today_and_says_nothing_of_mistakes(tmp_path: Path) -> None:
    async with world(tmp_path, "2026-11-23 12:00") as known, site(known) as web:
        page = await asked(web)
        signed_in = await shown(web, "/calculator")
    assert page.status_code == 200 and 'value="2026-11-23" required' in page.text
    assert "À corriger" not in page.text
    assert 'href="/worklist"' not in page.text and "Se connecter" in page.text
    assert 'href="/worklist"' in signed_in.text and "Se déconnecter" in signed_in.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (
            {"standard": "none", "received": "?", "requested": "2026-01-01"},
            ["unknown_standard", "unreadable", "both_dates"],
        ),
        ({"requested": "2026-12-01", "answered": "2049-12-01"}, []),
        ({"standard": "'; DROP TABLE tallies; --"}, ["unknown_standard"]),
        ({"received": "<script>alert(1)</script>"}, ["unreadable"]),
        ({"received": "x" * 10_000}, ["unreadable"]),
        ({"requested": "\u202e\ud7ff\U0001f4a9", "answered": "2026-12-01"}, ["both_dates"]),
    ],
)
async def test_what_cannot_be_read_is_told_beside_its_field(
    web: Site, form: dict[str, str], said: list[str]
) -> None:
    whole = {"standard": "caq-etudes", "received": "2026-11-23", **form}
    page = await asked(web, **whole)
    assert page.status_code == (422 if said else 200)
    assert "<script" not in page.text and "DROP TABLE" not in page.text
    assert len(page.text) < 500_000
    for word in said:
        told = CALCULATOR[word].fr
        assert page.text.count(f"{told}</a>") == page.text.count(f"{told}</span>") == 1
    assert page.text.count("aria-invalid") == len(said)


async def test_more_waits_than_there_is_room_for_are_refused(web: Site) -> None:
    many = await asked(web, standard="peq", received="2026-01-05", requested=["2026-01-06"] * 11)
    full = await asked(
        web,
        standard="peq",
        received="2026-01-05",
        requested=["2026-01-06"] * 10,
        answered=["2026-01-07"] * 10,
    )
    assert many.status_code == 422 and "Retour aux engagements" in many.text
    assert full.status_code == 200 and full.text.count('name="requested"') == 10
