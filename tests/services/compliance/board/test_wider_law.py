"""What pages say of the forms of the law that the shipped catalogue does not use, in both languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.compliance.board.test_choices import numbers, opened
from tests.services.compliance.board.wider import FILES, IN_ENGLISH, NOW, STORY, WIDER
from tests.services.world import Site, site, world

PAGES = ("/", "/worklist", "/alerts", "/attainment", "/report", "/catalogue", "/calculator")
BUSINESS_DAYS = re.compile(r"jours? ouvrables?|business days?")


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Site]:
    async with world(tmp_path, NOW, catalogue=WIDER) as known, site(known) as found:
        await known.live(*STORY)
        yield found


async def said(web: Site, path: str, **query: str) -> str:
    answer = await shown(web, path, **query)
    assert answer.status_code == 200, path
    said_once = re.sub(r" +", " ", words(answer.text).replace("\xa0", " "))
    return said_once.replace("( ", "(").replace(" )", ")").replace(" .", ".")


@pytest.mark.parametrize("spoken", ["fr", "en"])
async def test_no_page_says_business_days_of_civil_days_or_of_opening_time(
    web: Site, spoken: str
) -> None:
    attainments = (f"/attainment?standard={one}" for one in WIDER.standards)
    lists = ("/", "/worklist", "/alerts", "/attainment", "/report", *attainments)
    for path in (*lists, *(f"/files/{one}" for one in FILES)):
        page = await said(web, path, lang=spoken)
        assert BUSINESS_DAYS.findall(page) == [], path
    for path in ("/worklist.csv", "/attainment.csv", "/report.csv"):
        answer = await shown(web, path, lang=spoken)
        assert answer.status_code == 200, path
        assert BUSINESS_DAYS.findall(answer.text) == [], path


@pytest.mark.parametrize("spoken", ["fr", "en"])
async def test_every_page_of_the_catalogue_is_in_words(web: Site, spoken: str) -> None:
    words_of_catalogue = {word for word in WIDER.words if "-" in word}
    for path in (*PAGES, *(f"/files/{one}" for one in FILES)):
        page = await said(web, path, lang=spoken)
        shown_words = re.sub(r"\S*(https?://|[A-Z]+-)\S*", "", page)
        assert not re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", shown_words), path
        assert [word for word in words_of_catalogue if f" {word} " in shown_words] == [], path


async def test_a_service_has_a_clock_for_each_of_its_standards(web: Site) -> None:
    page = await said(web, "/files/SERVICE")
    assert "Fait le 5 octobre 2026, dans le délai." in page
    assert "Un tiers doit une réponse depuis le 16 novembre 2026, 10 h 00" in page
    assert "avis d’un tiers (demande T1) ; à donner au plus tard le 1er décembre 2026." in page
    assert "Sans prolongation, l’échéance serait le lundi 2 novembre 2026." in page
    assert "Bureau du Nord 1er octobre 2026, 10 h 00 12 octobre 2026, 09 h 00 10 jours" in page
    assert "Bureau du centre 12 octobre 2026, 09 h 00 maintenant 39 jours civils" in page
    assert "sans effet : ce jalon était déjà atteint" in page
    assert "sans effet : le dossier était déjà dans cette unité" in page
    assert "Répondre à une demande d’accès : sans effet : prolongé plus souvent que permis" in page
    begun = await said(web, "/files/BEGUN", lang="en")
    assert "The delay begins when this milestone is reached: complete file." in begun


@pytest.mark.parametrize(
    ("file_id", "sentence"),
    [
        ("LAPSED", "L’attente a pris fin d’elle-même le 5 novembre 2026, 00 h 00, sans réponse."),
        ("LAPSED", "sans effet : l’attente de ces documents avait déjà pris fin d’elle-même"),
        ("LAPSED", "sans effet : une demande de plus que ce qui arrête le délai"),
        ("RESTARTED", "Le délai a recommencé depuis le début le 2 novembre 2026, 10 h 00."),
        (
            "RESTARTED",
            "à donner au plus tard le 25 novembre 2026 ; le délai court pendant ce temps",
        ),
        ("RESTARTS", "Le délai recommencera depuis le début à la réponse."),
        ("DUPLICATE", "Retiré le 5 novembre 2026 : doublon. Hors de la mesure."),
        ("LATE", "sans effet : prolongé après la limite : ne pardonne pas le retard"),
        ("AGREED", "date convenue, jusqu’au 4 décembre 2026"),
        ("EXTENDED", "Sans prolongation, l’échéance aurait été le jeudi 1er octobre 2026."),
        ("EXTENDED", "En retard sans elle."),
        ("EXTENDED", "44 sur 62 jours civils, prolongation comprise"),
        ("EXTENDED", "Délai promis 30 jours civils, et 62 jours civils avec la prolongation"),
        ("SERVICE", "Le délai commence 15 octobre 2026, 10 h 00 Délai promis 2 mois"),
        ("SERVICE", "le délai commence ce jour-là : ne compte pas"),
        ("COUNTER", "Temps d’attente 0 s"),
        ("COUNTER", "10 h sur 12 h il en reste 2 h À traiter au plus tard le 20 novembre 2026"),
        ("EMERGENCY", "240 minutes en tout temps"),
        ("ISSUED", "Autres cibles 4 semaines : tenu"),
        ("ORDINARY", "Calendrier Jours fériés du Nord"),
    ],
)
async def test_a_file_says_what_moved_its_deadline(web: Site, file_id: str, sentence: str) -> None:
    assert sentence in await said(web, f"/files/{file_id}")


async def test_the_days_before_a_restart_have_a_mark_of_their_own(web: Site) -> None:
    page = (await shown(web, "/files/RESTARTED")).text
    assert page.count('<td class="day as-restart') == 14
    assert "avant que le délai ne recommence" in words(page)


async def test_the_worklist_says_what_remains_in_the_unit_of_each_limit(web: Site) -> None:
    french, english = [await said(web, "/worklist", lang=spoken) for spoken in ("fr", "en")]
    assert "COUNTER à risque 2 h jusqu’au 20 nov. 2026, 14 h 00" in french
    assert "COUNTER-LATE overdue 14 h late" in english
    assert "TRACK dans les temps 20 " in french
    assert "COUNTER-WAITS en attente attend un tiers depuis le 19 nov. 2026" in french
    assert "RESTARTS waiting waits for the client since Nov 10, 2026" in english


async def test_long_waits_are_listed_and_counted_apart(web: Site) -> None:
    worklist = await said(web, "/worklist", stage="waiting_long")
    alerts = await said(web, "/alerts", stage="waiting_long")
    every = await said(web, "/alerts")
    assert "LONG attente longue attend le client depuis le 10 sept. 2026" in worklist
    assert "LONG-OTHER attente longue attend un tiers depuis le 10 sept. 2026" in worklist
    assert "TRACK" not in worklist
    assert "LONG attente longue depuis le 23 oct. 2026, 00 h 00 — Répondre" in alerts
    assert "dépassé critique à risque Total attente longue Bureau du centre 2 0 1 3 2" in every
    assert "LONG" not in every


async def test_the_first_page_counts_files_that_wait_for_anyone(web: Site) -> None:
    page = await said(web, "/", lang="fr")
    assert "2 attentes longues" in page and "dans les temps 5 attente longue 2 en attente 2" in page
    assert "Examiner le dossier complet" in page and "en attente 1" in page


@pytest.mark.parametrize("unit", [None, "north"])
async def test_every_number_with_a_link_counts_what_it_opens(web: Site, unit: str | None) -> None:
    token = web.units_token(unit) if unit else web.token
    standards = (f"/attainment?standard={name}" for name in WIDER.standards)
    for page in ("/", "/alerts", "/attainment", *standards):
        text = (await shown(web, page, token=token)).text
        for address, number in numbers(text):
            rows = await opened(web, address, token)
            assert number == len(rows) == len(set(rows)), (page, address)


async def test_a_transferred_file_is_that_of_the_unit_that_has_it(web: Site) -> None:
    north, centre = web.units_token("north"), web.units_token("centre")
    for path, token, status in (
        ("/files/SERVICE", north, 404),
        ("/files/SERVICE", centre, 200),
        ("/files/ORDINARY", centre, 404),
    ):
        assert (await shown(web, path, token=token)).status_code == status


async def test_a_file_of_a_service_has_a_row_for_each_standard_that_is_open(web: Site) -> None:
    page = (await shown(web, "/worklist", lang="en")).text
    rows = [f'id="row-{file}"' for file in ("SERVICE-access", "SERVICE-access-review")]
    assert all(row in page for row in rows) and 'id="row-SERVICE-access-ack"' not in page


async def test_attainment_is_shown_without_extensions_and_against_further_targets(
    web: Site,
) -> None:
    access = await said(web, "/attainment", standard="access", lang="fr")
    permit = await said(web, "/attainment", standard="permit", lang="en")
    assert "100,00 % 1 sur 1" in access and "Sans prolongation : 0,00 % (0 sur 1)" in access
    assert "Further targets" in permit and "4 weeks 95% 100.00% 1 / 1" in permit
    assert "Sans prolongation" not in await said(web, "/attainment", standard="counter", lang="fr")
    report = await said(web, "/report", fiscal_year="2026-2027", lang="en")
    assert "Target of 95% within 4 weeks: 100.00% (1 of 1)" in report
    assert "Attainment without extensions (decided): 0.00% (0 of 1)" in report


async def test_spreadsheets_have_columns_for_further_targets(web: Site) -> None:
    for path, query in (
        ("/attainment.csv", {"standard": "permit"}),
        ("/report.csv", {"fiscal_year": "2026-2027"}),
    ):
        [permit] = [
            row
            for row in sheet(await shown(web, path, lang="fr", **query))
            if row["Engagement (code)"] == "permit" and not row["Unité (code)"]
        ]
        assert [permit[f"Cible 2{name}"] for name in ("", "\u00a0: atteinte", "\u00a0: mesurés")] == [
            "0,95", "1", "1"
        ]  # fmt: skip
    english = (await shown(web, "/report.csv", lang="en", fiscal_year="2026-2027")).text
    assert (
        "Target 2,Target 2: attainment,Target 2: measured,Target 2: on time,Target 2: late"
        in english
    )
    alone = (await shown(web, "/attainment.csv", lang="fr", standard="counter")).text
    assert "Cible 2" not in alone


async def test_the_report_says_for_which_files_a_summary_is_and_names_no_calls_at_a_counter(
    web: Site,
) -> None:
    french = await said(web, "/report", fiscal_year="2026-2027", lang="fr")
    english = await said(web, "/report", fiscal_year="2026-2027", lang="en")
    assert "Délivrer un permis urgent (" in french and "Délivrer un permis ordinaire (" in french
    assert re.search(r"Issue a pressing permit \([^)]+: [^)]+\)", english)
    assert "appels" not in french and "calls" not in english
    counter = await said(web, "/attainment", standard="counter", lang="en")
    assert "calls" not in counter


async def test_fiscal_years_are_those_of_the_catalogue(web: Site) -> None:
    page = await said(web, "/attainment", lang="fr", period="2025-2026")
    report = await said(web, "/report", lang="fr", fiscal_year="2025-2026")
    assert re.search(r"Exercice 2025-2026 \(.{0,3}1er juill?\. 2025 .{1,4} 30 juin 2026\)", page)
    assert "Rapport annuel des engagements, exercice 2025-2026" in report


async def test_the_catalogue_says_each_form_in_words(web: Site) -> None:
    french, english = [await said(web, "/catalogue", lang=spoken) for spoken in ("fr", "en")]
    for sentence in (
        "12 heures aux heures : heures du comptoir",
        "240 minutes en tout temps",
        "à risque à 240 minutes de l’échéance critique à 60 minutes de l’échéance",
        "1 semaine une échéance un jour chômé passe au jour ouvrable suivant, selon : Jours fériés du Nord",
        "volume de documents : 30 jours civils de plus ; au plus 1 fois",
        "date convenue : jusqu’à la date convenue",
        "signalée après 30 jours ouvrables",
        "priorité : urgente",
        "80 % des cas 95 % des cas en 4 semaines",
        "reçu le jour d’ouverture suivant",
        "Prend fin par accusé de réception",
        "Commence par dossier complet",
        "avis d’un tiers : arrête le délai ; un tiers répond.",
        "précision : arrête le délai, qui recommence à la réponse",
        "Bureau du Nord (Jours fériés du Nord)",
        "Motifs de retrait doublon",
    ):
        assert sentence in french, sentence
    for sentence in (
        "at risk 10 civil days before the due date critical 3 civil days before the due date",
        "charges: stops the delay; the client answers; neither the day of the request nor that of the answer counts",
        "supplementary pieces: stops the delay; the client answers; without an answer, the wait ends after 14 civil days; at most 1 time",
        "friendly word: lets the delay run.",
    ):
        assert sentence in english, sentence


async def test_the_calculator_gives_every_deadline_of_a_service(web: Site) -> None:
    page = await said(web, "/calculator", standard="request", received="2026-11-02", lang="en")
    assert "Acknowledge a request for access To be decided by Monday, November 9, 2026." in page
    assert "Answer a request for access To be decided by Wednesday, December 2, 2026." in page
    assert "Examine the complete file To be decided by Saturday, January 2, 2027." in page
    assert "2 months from November 2, 2026, the day of this milestone: complete file" in page


async def test_the_calculator_counts_hours_and_says_when_each_stage_begins(web: Site) -> None:
    query = {"standard": "counter", "received": "2026-11-20T15:30"}
    page = await said(web, "/calculator", **query)
    assert "À traiter avant le 24 novembre 2026, 11 h 30" in page
    assert "12 heures à compter de la réception du 20 novembre 2026" in page
    assert "à risque 23 novembre 2026, 15 h 30" in page
    assert "critique 24 novembre 2026, 10 h 30" in page
    assert BUSINESS_DAYS.findall(page) == []
    refused = await shown(web, "/calculator", standard="counter", received="2026-11-20")
    assert refused.status_code == 422 and "Indiquer aussi l’heure" in words(refused.text)


async def test_the_calculator_asks_what_the_terms_depend_on(web: Site) -> None:
    query = {"standard": "permit", "received": "2026-11-13T18:00", "lang": "en"}
    urgent = await said(web, "/calculator", **query)
    ordinary = await said(web, "/calculator", **query, **{"attribute-priority": "ordinary"})
    north = await said(
        web, "/calculator", standard="access-ack", received="2026-10-06", unit="north", lang="fr"
    )
    assert "2 weeks from the reception" in urgent and "40 civil days from" in ordinary
    assert "To be decided by Monday, November 30, 2026." in urgent
    assert "Further targets 95% of cases within 4 weeks: due on Monday, December 14, 2026" in urgent
    assert "95% of cases within 60 civil days: due on Tuesday, January 12, 2027" in ordinary
    assert "Calendrier : Jours fériés du Nord" in north and "mercredi 14 octobre 2026" in north
    unknown = await shown(web, "/calculator", standard="access", received="2026-10-06", unit="x")
    assert unknown.status_code == 422


async def test_the_deadline_over_http_depends_on_attributes_and_has_every_target(web: Site) -> None:
    query = {"standard": "permit", "received": "2026-11-13T18:00-05:00"}
    urgent = await web.json("/v1/deadline", **query, when="priority:urgent")
    ordinary = await web.json("/v1/deadline", **query, when="priority:ordinary")
    counter = await web.json("/v1/deadline", standard="access", received="2026-11-13")
    assert (urgent["limit"], urgent["due_on"]) == (14, "2026-11-30")
    assert (ordinary["limit"], ordinary["due_on"]) == (40, "2026-12-23")
    assert "further_targets" not in counter
    assert ordinary["further_targets"] == [
        {
            "target_percent": 95,
            "limit": 60,
            "due_on": "2027-01-12",
            "breaches_at": "2027-01-13T00:00:00-05:00",
        }
    ]
    [second] = urgent["further_targets"]
    assert (second["limit"], second["due_on"]) == (28, "2026-12-14")
    for when, code in (
        (None, "missing-attribute"),
        ("priority:mild", "bad-attribute"),
        ("urgent", "bad-attribute"),
        ("colour:red", "bad-attribute"),
    ):
        given = {"when": when} if when else {}
        refused = await web.get("/v1/deadline", **query, **given)
        assert refused.status_code == 422 and refused.json()["type"].endswith(code)
        assert refused.json().get("attributes") == (None if when else "priority")


async def test_a_catalogue_in_english_alone_has_its_own_texts_on_french_pages(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, NOW, catalogue=IN_ENGLISH) as known, site(known) as web:
        await known.live(*STORY)
        french = await said(web, "/files/SERVICE", lang="fr")
        web.client.cookies.clear()
        default = await said(web, "/catalogue")
    assert "Answer a request for access" in french and "Dossiers à traiter" in french
    assert "Limite prolongée le 9 octobre 2026, 10 h 00 : volume of records." in french
    assert "The commitments" in default
