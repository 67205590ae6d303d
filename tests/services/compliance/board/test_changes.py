"""What changed, read as a person would: natural numbers first, what got worse first, and what chance makes of it."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from services.compliance.board.pages.changes import WORDS
from shared.text.texts import Language
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.world import Site


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        (
            "fr",
            [
                "Réponse aux courriels — Montréal 1 en retard sur 4; avant : 0 en retard sur 2; 1 au-delà de ce que"
                " la cible permet (avant : 0). Atteinte : −25,0 points. Le hasard explique cet écart.",
                "les autres s’arrêtent au même point, après 16 jours ouvrables.",
                "2 en retard sur 5 60,00 % 1 1 en retard sur 3 66,67 % −6,7 le hasard l’explique rien de mesuré —",
                "du 1er nov. 2026 au 23 nov. 2026",
                "octobre 2026 du 1er oct. 2026 au 23 oct. 2026",
                "novembre 2025 du 1er nov. 2025 au 24 nov. 2025",
            ],
        ),
        (
            "en",
            [
                "1 late of 4; before: 0 late of 2; 1 beyond what the target allows (before: 0). Attainment: −25.0"
                " points. Chance explains this difference.",
                "the others stop at the same point, after 16 business days.",
                "2 late of 5 60.00% 1 1 late of 3 66.67% −6.7 chance explains it",
            ],
        ),
    ],
)
async def test_natural_numbers_come_first_and_the_same_point_is_said(
    web: Site, spoken: Language, said: list[str]
) -> None:
    page = words((await shown(web, "/changes", lang=spoken, standard="courriel")).text)
    page = " ".join(page.split()).replace(" ; ", "; ")
    for one in said:
        assert one in page, one


async def test_the_spreadsheet_has_a_row_for_each_standard_and_unit(web: Site) -> None:
    answer = await shown(web, "/changes.csv", standard="courriel")
    name = unquote(answer.headers["content-disposition"])
    assert "ce-qui-a-changé_courriel_2026-11_dossiers-décidés_2026-11-23.csv" in name
    rows = {line["Unité (code)"]: line for line in sheet(answer)}
    assert rows.keys() == {"", "laval", "montreal"}
    montreal = rows["montreal"]
    assert montreal["Au (avant)"] == "2026-10-23"
    assert (montreal["En retard (période)"], montreal["Mesurés (période)"]) == ("1", "4")
    assert (montreal["Écart (points) (avant)"], montreal["Le hasard (avant)"]) == (
        "-25",
        WORDS["explained"].fr,
    )
    assert montreal["Écart (points) (il y a un an)"] == ""


async def test_a_reader_of_some_units_sees_what_changed_in_these(web: Site) -> None:
    token = web.units_token("laval")
    rows = (await web.json("/v1/changes", token=token, standard="courriel"))["rows"]
    assert [(row["unit"], row["current"]["measured"]) for row in rows] == [(None, 1), ("laval", 1)]
    page = words((await shown(web, "/changes", token=token, standard="courriel")).text)
    assert "Laval" in page and "Montréal" not in page.partition("Par engagement")[2]
    assert "1 en retard sur 1" in page and "2 en retard sur 5" not in page


async def test_a_unit_that_is_chosen_is_compared_alone(web: Site) -> None:
    page = words((await shown(web, "/changes", unit="montreal")).text)
    assert "1 en retard sur 4" in page and "2 en retard sur 5" not in page
    rows = (await web.json("/v1/changes", unit="montreal"))["rows"]
    assert {row["unit"] for row in rows} == {None, "montreal"}


async def test_what_cannot_be_compared_is_refused_in_words(web: Site) -> None:
    assert await web.refused("/v1/changes", standard="none") == (404, "unknown-standard")
    assert await web.refused("/v1/changes", unit="none") == (404, "unknown-unit")
    assert await web.refused("/v1/changes", period="yesterday") == (422, "bad-period")
    assert (await shown(web, "/changes", period="yesterday")).status_code == 422
