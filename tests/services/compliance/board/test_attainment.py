"""The pages of attainment and of the standards, read as a person would: its figures are those of the API, and its numbers open into their files."""

from __future__ import annotations

import html
import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.compliance.board.attainment_figures import adjacent_periods, period_options
from services.compliance.board.pages.attainment import WORDS as ATTAINMENT
from services.compliance.periods import PERIODS, fiscal_year, parse_period
from shared.text import formats
from shared.text.texts import Language
from tests.builders import decided, received, voided, withdrawn
from tests.services.compliance.board.browsing import part, sheet, shown, words
from tests.services.compliance.lives import BY_HAND, TODAY, lived
from tests.services.world import Site

BUDGET: dict[Language, dict[str, str]] = {
    "fr": {"allowed": "Permis", "used": "Utilisés", "committed": "Engagés", "left": "Restants"},
    "en": {"allowed": "Allowed", "used": "Used", "committed": "Committed", "left": "Left"},
}
CALLS = [
    event
    for number in range(9)
    for event in (
        received(f"call-{number}", "2026-11-16 09:00", standard="telephone", unit="laval"),
        decided(f"call-{number}", f"2026-11-16 09:0{2 if number < 6 else 5}", "answered"),
    )
] + [
    received("gone-late", "2026-11-16 09:00", standard="telephone", unit="laval"),
    withdrawn("gone-late", "2026-11-16 09:10"),
    received("gone-early", "2026-11-16 09:00", standard="telephone", unit="laval"),
    withdrawn("gone-early", "2026-11-16 09:01"),
]


def told(ratio: Fraction | None, spoken: Language) -> str:
    return formats.percent(ratio, spoken)


@pytest.mark.parametrize("spoken", ["fr", "en"])
async def test_the_whole_is_told_on_both_bases_beside_its_late_files(
    web: Site, spoken: Language
) -> None:
    of = "sur" if spoken == "fr" else "of"
    for asked, by_basis in BY_HAND.items():
        query = {"standard": "courriel", "period": asked}
        page = words((await shown(web, "/attainment", lang=spoken, **query)).text)
        rows = (await web.json("/v1/attainment", **query))["rows"]
        [whole] = [row for row in rows if row["unit"] is None]
        for on_time, measured in by_basis:
            if measured:
                share = told(Fraction(on_time, measured), spoken)
                assert f"{share} {on_time} {of} {measured} ·" in page, asked
        late = (
            f"{name} {formats.number(whole[f'late_{figure}'], spoken)}"
            for figure, name in BUDGET[spoken].items()
        )
        assert " ".join(late) in page, asked


async def test_all_standards_come_worst_first_with_all_together(tmp_path: Path) -> None:
    async with lived(tmp_path, *CALLS) as (_, web):
        page = (await shown(web, "/attainment", period="month")).text
        rows = (await web.json("/v1/attainment", period="month"))["rows"]
    whole = next(row for row in rows if row["standard"] is None)
    share = told(Fraction(whole["on_time"], whole["measured"]), "fr")
    assert f"{share} {whole['on_time']} sur {whole['measured']}" in words(page)
    assert page.index(">Réponse aux courriels</a>") < page.index(">Réponse au téléphone</a>")


async def test_files_come_in_pages_each_once(tmp_path: Path) -> None:
    many = [
        event
        for number in range(120)
        for event in (
            received(f"M-{number:03}", "2026-10-05 09:00", standard="courriel"),
            decided(f"M-{number:03}", f"2026-10-0{6 + number % 2} 15:00", "answered"),
        )
    ]
    read: list[str] = []
    async with lived(tmp_path, *many) as (_, web):
        address: str | None = "/attainment/files?standard=courriel&period=2026-10"
        while address:
            page = (await shown(web, address)).text
            read += re.findall(r'href="/files/([^"]+)"', page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = html.unescape(following[1]) if following else None
    assert len(read) == len(set(read)) == 123


async def test_calls_have_the_other_usual_formulas_by_name(tmp_path: Path) -> None:
    async with lived(tmp_path, *CALLS) as (_, web):
        query = {"standard": "telephone", "period": "2026-11"}
        page = (await shown(web, "/attainment", **query)).text
        row = (await web.json("/v1/attainment", **query))["rows"][0]
        due = (await web.json("/v1/attainment", basis="due", **query))["rows"][0]
        exported = (await shown(web, "/attainment.json", **query)).json()
        mail = (await shown(web, "/attainment", standard="courriel")).text
    assert [(f["on_time"], f["of"]) for f in row["formulas"].values()] == [(6, 9), (6, 10), (6, 11)]
    assert due["formulas"] is None
    for name, formula in row["formulas"].items():
        share = told(Fraction(formula["on_time"], formula["of"]), "fr")
        said = f"{ATTAINMENT[name].fr} {share} {formula['on_time']} / {formula['of']}"
        assert said in words(page)
    assert exported["formulas"] == row["formulas"]
    assert "Autres formules" not in mail


async def test_exports_say_what_the_page_shows(web: Site) -> None:
    query = {"standard": "courriel", "period": "2026-11"}
    page = (await shown(web, "/attainment", **query)).text
    french = await shown(web, "/attainment.csv", **query)
    text = await shown(web, "/attainment.md", **query)
    english = await shown(web, "/attainment.csv", lang="en", **query)
    for form in ("csv", "md", "json"):
        link = f"/attainment.{form}?standard=courriel&amp;period=2026-11&amp;basis=decided"
        assert link in page
    rows = sheet(french)
    assert [row["Unité (code)"] for row in rows] == ["", "laval", "montreal"]
    assert [row["Unité"] for row in rows] == ["toutes les unités", "Laval", "Montréal"]
    assert {row["Cible"] for row in rows} == {"0,8"}
    assert {row["Target"] for row in sheet(english, ",")} == {"0.8"}
    assert "| Réponse aux courriels — Laval | 80\u00a0% | 0,00\u00a0% | 0 / 1 |" in text.text
    assert french.headers["content-disposition"].endswith(
        "filename*=UTF-8''atteinte_courriel_2026-11_dossiers-d%C3%A9cid%C3%A9s_2026-11-23.csv"
    )


async def test_corrections_since_publication_are_counted_and_listed(tmp_path: Path) -> None:
    async with lived(tmp_path) as (known, web):
        name = "montreal-2026-10-19-0"
        await known.live(
            voided(name, "2026-11-23 10:00", f"{name}-decided-2026-10-21T15:00"),
            decided(name, "2026-10-29 09:00", "answered", recorded="2026-11-23 10:01"),
        )
        query = {"standard": "courriel", "period": "2026-10"}
        page = words((await shown(web, "/attainment", **query)).text)
        listed = (await shown(web, "/attainment/corrections", **query)).text
        other = words((await shown(web, "/attainment", standard="courriel", period="2026-09")).text)
        rows = sheet(await shown(web, "/attainment/corrections.csv", **query))
        kept = (await web.json("/v1/corrections"))["corrections"]
    of_basis = [one for one in kept if one["basis"] == "decided"]
    assert of_basis
    assert "Aucune." in other and "Voir les corrections" in page
    assert listed.count('href="/files/montreal-2026-10-19-0"') == len(of_basis) == len(rows)
    assert {(row["Avant"], row["Maintenant"]) for row in rows} >= {("dans le délai", "en retard")}


async def test_a_reader_of_one_unit_sees_its_figures_alone(web: Site) -> None:
    token = web.units_token("laval")
    query = {"standard": "courriel", "period": "2026-2027"}
    page = (await shown(web, "/attainment", token=token, **query)).text
    files = (await shown(web, "/attainment/files", token=token, **query)).text
    other = (await shown(web, "/attainment/files", token=token, unit="montreal", **query)).text
    exported = (await shown(web, "/attainment.csv", token=token, **query)).text
    report = (await shown(web, "/report.csv", token=token)).text
    assert "Montréal" not in page and "4 sur 6" in words(page)
    assert set(re.findall(r'href="/files/(\w+)', files)) == {"laval"}
    assert "/files/" not in other and "montreal" not in exported and "montreal" not in report


async def test_a_period_without_anything_says_so(web: Site) -> None:
    page = words((await shown(web, "/attainment", period="2012-Q1")).text)
    later = words((await shown(web, "/attainment", period="2027-2028")).text)
    for one in (page, later):
        assert "Rien n’a été mesuré dans cette période" in one
    assert "Autre période" not in page  # it is a label, which is no text
    assert "1er trimestre 2012" in page


@pytest.mark.parametrize(
    ("asked", "before", "after"),
    [
        ("2026-01", "2025-12", "2026-02"),
        ("2026-Q1", "2025-Q4", "2026-Q2"),
        ("2026-2027", "2025-2026", "2027-2028"),
        ("rolling-30", None, None),
        ("rolling-90-to-2026-03-31", None, None),
        ("1000-01", None, "1000-02"),
        ("2998-2999", "2997-2998", "2999-3000"),
    ],
)
def test_the_periods_beside_one_are_of_its_kind(
    asked: str, before: str | None, after: str | None
) -> None:
    assert adjacent_periods(parse_period(asked, TODAY)) == (before, after)


def test_every_period_offered_can_be_asked_for() -> None:
    found = period_options(date(2026, 3, 31))
    assert found.fiscal_years[0] == fiscal_year(2025)
    for one in (*found.months, *found.quarters, *found.fiscal_years):
        assert parse_period(one.name, TODAY) == one and found.has(one.name)
    assert all(found.has(one) for one in PERIODS) and not found.has("2012-Q1")
    assert len(found.months) == 24 and found.months[23].name == "2024-04"


async def test_the_report_has_the_summaries_of_the_catalogue_and_its_style_within_a_file(
    tmp_path: Path,
) -> None:
    async with lived(tmp_path, *CALLS) as (_, web):
        page = await _report(web, "fr")
        english = await _report(web, "en")
    assert (
        "Ce qui est mesuré Répondre à un courriel dans un délai de 2 jours ouvrables suivant sa réception, dans 80 % des cas."
        in page
    )
    assert "Answer an e-mail within 2 business days of receiving it, in 80% of cases." in english
    assert "Retards permis : 2 ; utilisés : 4 ; engagés : 5 ; restants : −3." in page
    assert "60,00 % parmi les appels répondus, ou abandonnés après la limite" in page
    assert "L’exercice n’est pas terminé" in page


async def _report(web: Site, lang: str) -> str:
    answer: Any = await shown(web, "/report", lang=lang)
    assert answer.status_code == 200
    return words(answer.text).replace("\u00a0", " ")


async def test_the_worst_standard_stands_first_on_the_home_page(web: Site) -> None:
    page = (await shown(web, "/")).text
    rows = (await web.json("/v1/report"))["rows"]
    places = [page.index(f'id="{row["standard"]}"') for row in rows]
    assert places == sorted(places)


async def test_a_reader_of_one_unit_has_its_figures_on_the_home_page(web: Site) -> None:
    token = web.units_token("laval")
    page = (await shown(web, "/", token=token)).text
    report = await web.json("/v1/report", token=token)
    row = next(row for row in report["rows"] if row["standard"] == "courriel")
    assert f"{row['on_time']} sur {row['measured']}" in part(page, "courriel")
    assert "Unités\u00a0: Laval" in words(page)
