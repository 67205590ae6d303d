"""A file's page: what a person reads there is what the API answers, for whoever may see it, whatever its events carry."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.compliance.board.pages.file import WORDS as FILE
from shared.domain.events import (
    OPERATOR,
    AllowanceRaised,
    AllowanceRaisedData,
    Assigned,
    AssignedData,
    Event,
)
from shared.domain.vocabulary import ANOMALIES, EFFECTS, EVENTS, STATUSES, UNITS
from shared.text import formats
from tests.builders import (
    ZONE,
    answered,
    at,
    decided,
    received,
    reopened,
    requested,
    voided,
    withdrawn,
)
from tests.services.compliance.board.browsing import shown, words
from tests.services.world import Site, World, site, world

NOW = "2025-06-20 12:00"
STORY = [
    requested("A", "2025-04-25 10:00"),
    received("A", "2025-04-28 10:00", attributes={"evaluation": "initiale"}),
    requested("A", "2025-05-02 10:00", "r1"),
    answered("A", "2025-05-12 10:00", "r1"),
    decided("A", "2025-05-15 09:00", "refused", named="mistake"),
    voided("A", "2025-05-16 09:00", "mistake"),
    decided("A", "2025-05-30 15:00", "refused"),
    reopened("A", "2025-06-03 09:00"),
    received("months", "2025-03-31 10:00", standard="peq"),
    received("call", "2025-06-19 16:29", standard="telephone"),
    decided("call", "2025-06-20 08:01:30", "answered"),
    received("waiting", "2025-06-02 10:00", unit="laval"),
    requested("waiting", "2025-06-10 10:00", "r9"),
    received("gone", "2025-06-02 10:00", standard="courriel"),
    withdrawn("gone", "2025-06-03 10:00"),
    received("overdue", "2025-04-28 10:00", standard="accompagnement"),
    requested("early", "2025-06-02 10:00"),
]
FILES = sorted({event.file_id for event in STORY})


@asynccontextmanager
async def lived(folder: Path, story: Sequence[Event] = STORY) -> AsyncIterator[tuple[World, Site]]:
    async with world(folder, NOW) as known, site(known) as web:
        await known.live(*story)
        yield known, web


def counted(page: str) -> list[int]:
    """The running counts on the walls of a page, of days that have come."""
    cells = re.findall(
        r'<td class="day as-counted([^"]*)">.*?<b aria-hidden="true">([^<]*)</b>', page
    )
    return [int(total) for flags, total in cells if "is-ahead" not in flags]


def cells(page: str, mark: str) -> int:
    return len(re.findall(rf'<td class="day as-{mark}[ "]', page))


@pytest.mark.parametrize("file_id", [name for name in FILES if name not in ("call", "early")])
async def test_the_counter_and_every_day_are_those_of_the_api(tmp_path: Path, file_id: str) -> None:
    async with lived(tmp_path) as (_, web):
        told = await web.json(f"/v1/files/{file_id}")
        ledger = await web.json(f"/v1/files/{file_id}/ledger")
        french = (await shown(web, f"/files/{file_id}")).text
        english = words((await shown(web, f"/files/{file_id}", lang="en")).text)
    cycle = told["cycles"][-1]
    days = "business days" if cycle["limit_unit"] == "business_days" else "civil days"
    assert f"{cycle['counted']} of {cycle['limit']} {days}" in english
    if cycle["due_on"]:
        assert formats.day(date.fromisoformat(cycle["due_on"]), "en") in english
        assert formats.day(date.fromisoformat(cycle["due_on"]), "fr") in words(french)
    totals = [day["total"] for one in reversed(ledger) for day in one["days"] if day["counted"]]
    assert counted(french) == totals
    for reason, mark in (("waiting", "waiting"), ("weekend", "weekend"), ("holiday", "holiday")):
        api = sum(day["why"]["reason"] == reason for one in ledger for day in one["days"])
        ahead = french.count(f"as-{mark} is-ahead") + french.count(f"as-{mark} is-due is-ahead")
        assert cells(french, mark) - ahead == api, reason


async def test_a_call_is_told_in_minutes_and_seconds(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        cycle = (await web.json("/v1/files/call"))["cycles"][0]
        page = words((await shown(web, "/files/call")).text).replace("\xa0", " ")
    assert (cycle["counted"], cycle["limit"]) == (150, 180)
    assert "2 min 30 s sur 3 min" in page and "Décidé le 20 juin 2025, dans le délai." in page


async def test_it_says_the_holiday_and_its_law_who_is_waited_for_and_what_changed_nothing(
    tmp_path: Path,
) -> None:
    async with lived(tmp_path) as (_, web):
        page = words((await shown(web, "/files/A")).text).replace("\xa0", " ")
        waiting = words((await shown(web, "/files/waiting")).text).replace("\xa0", " ")
    assert (
        "19 mai 2025 : Journée nationale des patriotes (Loi d’interprétation, art. 61(23))" in page
    )
    assert "en attente du client, depuis le 2 mai 2025, 10 h 00 (demande r1)" in page
    assert "sans effet : daté d’avant la réception de la demande" in page
    assert "annulé le 16 mai 2025, 09 h 00" in page
    assert "un nouveau cycle commence" in page and "Révision possible jusqu’au 28 août 2025" in page
    assert "Rendre une décision relative à une demande de sélection temporaire" in page
    assert "évaluation : initiale" in page
    assert "Le client doit des documents depuis le 10 juin 2025, 10 h 00" in waiting
    assert "S’ils arrivaient aujourd’hui, l’échéance serait le" in waiting


@pytest.mark.parametrize(
    ("alertmanagers", "delivery"),
    [((), "No Alertmanager is set up"), (("http://127.0.0.1:9",), "not delivered yet")],
)
async def test_the_alerts_of_the_file_and_their_life(
    tmp_path: Path, alertmanagers: tuple[str, ...], delivery: str
) -> None:
    async with world(tmp_path, NOW, alertmanagers=alertmanagers) as known, site(known) as web:
        await known.live(*STORY)
        told = (await web.json("/v1/alerts", standard="accompagnement"))["alerts"]
        page = words((await shown(web, "/files/overdue", lang="en")).text)
    assert [one["stage"] for one in told] == ["overdue"]
    raised = formats.moment(at(NOW), ZONE, "en")
    assert f"overdue 1 {raised} {delivery} active" in page


async def test_a_file_of_another_unit_or_that_is_not_there_is_told_as_the_api_does(
    tmp_path: Path,
) -> None:
    async with lived(tmp_path) as (_, web):
        token = web.units_token("laval")
        answers = [
            await shown(web, f"/files/{name}", token=token)
            for name in (
                "A",
                "early",
                "nothing",
                "x" * 10_000,
                "%3Cscript%3E",
                "%F0%9F%92%A9",
                "a%27--",
            )
        ]
        mine = await shown(web, "/files/waiting", token=token)
        unlimited = await shown(web, "/files/early")
        api = await web.get("/v1/files/A", token=token)
    assert api.status_code == 404 and mine.status_code == 200
    for answer in answers:
        assert answer.status_code == 404
        assert "Aucun dossier de ce numéro n’est connu" in words(answer.text)
        assert "<script>" not in answer.text
    assert "La réception de ce dossier n’est pas connue" in words(unlimited.text)


@pytest.mark.parametrize(
    "query",
    [
        {"month": "2025-13"},
        {"month": "0000-01"},
        {"cycle": "x"},
        {"events": "0"},
        {"month": "' OR 1"},
    ],
)
async def test_an_address_that_cannot_be_read_is_refused_as_a_page(
    tmp_path: Path, query: dict[str, str]
) -> None:
    async with lived(tmp_path) as (_, web):
        answer = await shown(web, "/files/A", **query)
    assert answer.status_code == 422 and "Retour aux engagements" in answer.text


async def test_whatever_an_event_carries_shows_as_text(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>"
    hostile = [
        received(
            "H", "2025-06-02 10:00", attributes={bad: '" onmouseover="x'}, source=f"urn:{bad}"
        ),
        requested("H", "2025-06-03 10:00", bad, named=bad),
        requested("H", "2025-06-04 10:00", "\u202e\u0000'; DROP TABLE alerts; --" + "x" * 10_000),
        decided("H", "2025-06-05 10:00", bad, named="{{ 7 * 7 }}"),
        voided("H", "2025-06-06 10:00", bad),
    ]
    async with lived(tmp_path, hostile) as (_, web):
        page = await shown(web, "/files/H")
    assert page.status_code == 200
    assert "<script" not in page.text.lower() and '" onmouseover' not in page.text
    assert bad in words(page.text) and "{{ 7 * 7 }}" in page.text and "DROP TABLE" in page.text


async def test_what_an_operator_wrote_is_told_with_its_effect(tmp_path: Path) -> None:
    given = Assigned(
        id="given-1",
        source=OPERATOR,
        file_id="A",
        time=at("2025-06-20 11:00"),
        recorded_at=at("2025-06-20 11:00"),
        data=AssignedData(source=STORY[0].source),
    )
    raised = AllowanceRaised(
        id="raised-1",
        source=OPERATOR,
        file_id="A",
        time=at("2025-06-20 11:00"),
        recorded_at=at("2025-06-20 11:00"),
        data=AllowanceRaisedData(source=STORY[0].source, events=2_000),
    )
    async with lived(tmp_path, [*STORY, given, raised]) as (_, web):
        answer = await shown(web, "/files/A")
    assert answer.status_code == 200
    page = words(answer.text)
    assert "dossier confié à une source" in page
    assert EFFECTS["gives"].fr in page
    assert "plus d’événements permis à une source" in page
    assert EFFECTS["makes_room"].fr in page


async def test_a_long_life_is_laid_out_a_year_at_a_time_and_its_events_a_hundred_at_a_time(
    tmp_path: Path,
) -> None:
    long = [received("L", "2019-01-02 10:00")]
    for number in range(990):
        day = date(2019, 1, 3) + timedelta(days=2 * number)
        long.append(
            requested("L", f"{day} 10:00", f"r{number}")
            if number % 2
            else answered("L", f"{day} 10:00", "r0")
        )
    async with lived(tmp_path, long) as (_, web):
        page = (await shown(web, "/files/L")).text
        earlier = re.search(r'href="(/files/L\?cycle=1&amp;month=[^"#]*)', page)
        assert earlier is not None
        before = (await shown(web, earlier[1].replace("&amp;", "&"))).text
        last = (await shown(web, "/files/L", events="1000")).text
    assert page.count('<table class="wall">') == before.count('<table class="wall">') == 13
    captions = (
        re.findall(r"<caption>(\w+ \d{4})</caption>", page),
        re.findall(r"<caption>(\w+ \d{4})</caption>", before),
    )
    assert not set(captions[0]) & set(captions[1])
    assert page.count('<tr class="fate-') == 100 and "1 à 100 de 991" in words(page)
    assert "901 à 991 de 991" in words(last)
    assert len(page) < 600_000


async def test_rows_of_the_worklist_lead_to_their_file(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        page = (await shown(web, "/worklist")).text
        for address in re.findall(r'<a href="(/files/[^"]+)"', page):
            assert (await shown(web, address)).status_code == 200
    open_files = ("A", "months", "waiting", "overdue")
    assert {f"/files/{name}" for name in open_files} == set(
        re.findall(r'<a href="(/files/[^"]+)"', page)
    )


def test_every_word_is_there_in_both_languages() -> None:
    for known in (FILE, ANOMALIES, EVENTS, STATUSES, UNITS):
        for name, text in known.items():
            assert text.fr and text.en, name
