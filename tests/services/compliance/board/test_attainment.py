"""The page of attainment, read as a person would: its figures are those of the API, and its numbers open into their files."""

from __future__ import annotations

import html
import json
import re
from datetime import date
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from services.compliance.board.annual import REPORT
from services.compliance.board.attainment_figures import adjacent_periods, period_options
from services.compliance.board.pages.alerts import WORDS as ALERTS
from services.compliance.board.pages.attainment import WORDS as ATTAINMENT
from services.compliance.periods import PERIODS, fiscal_year, parse_period
from services.compliance.projection.corrections import FigurePart
from shared.text import formats
from shared.text.texts import Language
from tests.builders import decided, received, voided, withdrawn
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.compliance.lives import BY_HAND, TODAY, lived
from tests.services.world import Site

BASES = ("decided", "due")
BUDGET: dict[Language, tuple[str, ...]] = {
    "fr": ("Permis", "Utilisés", "Engagés", "Restants"),
    "en": ("Allowed", "Used", "Committed", "Left"),
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


def line(page: str, name: str) -> str:
    """What the row of a table says, found by its first words."""
    for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL):
        said = words(f"<body>{row}").strip()
        if said.startswith(name):
            return said
    raise AssertionError(f"no row {name!r}")


def told(ratio: Fraction | None, spoken: Language) -> str:
    return formats.percent(ratio, spoken)


@pytest.mark.parametrize("spoken", ["fr", "en"])
@pytest.mark.parametrize("basis", BASES)
async def test_rows_say_the_figures_of_the_api(
    tmp_path: Path, spoken: Language, basis: str
) -> None:
    async with lived(tmp_path, *CALLS) as (_, web):
        for asked in BY_HAND:
            query = {"period": asked, "basis": basis}
            page = (await shown(web, "/attainment", standard="courriel", lang=spoken, **query)).text
            answer = await web.json("/v1/attainment", standard="courriel", **query)
            for row in answer["rows"]:
                if row["unit"] is None or not row["measured"]:
                    continue
                name = {"montreal": "Montréal", "laval": "Laval"}[row["unit"]]
                share = told(Fraction(row["on_time"], row["measured"]), spoken)
                late = [row[f"late_{one}"] for one in ("allowed", "committed", "left")]
                figures = [row["on_time"], row["measured"], row["late"], *late]
                numbers = " ".join(formats.number(one, spoken) for one in figures)
                target = formats.target(Fraction(80, 100), spoken)
                assert line(page, name) == f"{name} {target} {share} {numbers}", (asked, basis)


@pytest.mark.parametrize("spoken", ["fr", "en"])
async def test_the_whole_is_told_on_both_bases_beside_its_late_files(
    tmp_path: Path, spoken: Language
) -> None:
    of = "sur" if spoken == "fr" else "of"
    async with lived(tmp_path) as (_, web):
        for asked, by_basis in BY_HAND.items():
            page = words(
                (
                    await shown(web, "/attainment", standard="courriel", period=asked, lang=spoken)
                ).text
            )
            row = next(
                row
                for row in (await web.json("/v1/attainment", standard="courriel", period=asked))[
                    "rows"
                ]
                if row["unit"] is None
            )
            for on_time, measured in by_basis:
                if measured:
                    share = told(Fraction(on_time, measured), spoken)
                    assert f"{share} {on_time} {of} {measured} ·" in page, asked
            said = " ".join(
                f"{name} {formats.number(row[f'late_{figure}'], spoken)}"
                for figure, name in zip(
                    ("allowed", "used", "committed", "left"), BUDGET[spoken], strict=True
                )
            )
            assert said in page, asked


async def test_all_standards_come_worst_first_with_all_together(tmp_path: Path) -> None:
    async with lived(tmp_path, *CALLS) as (_, web):
        page = (await shown(web, "/attainment", period="month")).text
        rows = (await web.json("/v1/attainment", period="month"))["rows"]
    whole = next(row for row in rows if row["standard"] is None)
    share = told(Fraction(whole["on_time"], whole["measured"]), "fr")
    assert f"{share} {whole['on_time']} sur {whole['measured']}" in words(page)
    assert page.index(">Réponse aux courriels</a>") < page.index(">Réponse au téléphone</a>")


@pytest.mark.parametrize(("basis", "part"), list(product(BASES, get_args(FigurePart))))
async def test_a_number_opens_into_its_files(tmp_path: Path, basis: str, part: str) -> None:
    async with lived(tmp_path) as (_, web):
        query = {"standard": "courriel", "period": "2026-2027", "basis": basis}
        page = (await shown(web, "/attainment", **query)).text
        link = re.search(rf'href="(/attainment/files\?[^"]*basis={basis}&amp;part={part})"', page)
        assert link
        files = await shown(web, html.unescape(link[1]))
        answer = await web.json("/v1/attainment/files", part=part, limit=500, **query)
        row = (await web.json("/v1/attainment", **query))["rows"][0]
    named = re.findall(r'href="/files/([^"]+)"', files.text)
    assert named == [one["file_id"] for one in answer["files"]] != []
    counted = {"numerator": "on_time", "denominator": "measured", "late": "late"}[part]
    assert len(named) == row[counted]


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
        exported = json.loads((await shown(web, "/attainment.json", **query)).text)
        mail = (await shown(web, "/attainment", standard="courriel")).text
    assert [(f["on_time"], f["of"]) for f in row["formulas"].values()] == [(6, 9), (6, 10), (6, 11)]
    for name, formula in row["formulas"].items():
        share = told(Fraction(formula["on_time"], formula["of"]), "fr")
        said = f"{ATTAINMENT[name].fr} {share} {formula['on_time']} / {formula['of']}"
        assert said in words(page)
    assert exported["formulas"] == row["formulas"]
    assert "Autres formules" not in mail


async def test_exports_say_what_the_page_shows(tmp_path: Path) -> None:
    query = {"standard": "courriel", "period": "2026-11"}
    async with lived(tmp_path) as (_, web):
        page = (await shown(web, "/attainment", **query)).text
        french = await shown(web, "/attainment.csv", **query)
        text = await shown(web, "/attainment.md", **query)
        data = await shown(web, "/attainment.json", **query)
        english = await shown(web, "/attainment.csv", lang="en", **query)
        for form in ("csv", "md", "json"):
            link = f"/attainment.{form}?standard=courriel&amp;period=2026-11&amp;basis=decided"
            assert link in page
    told_rows = data.json()["rows"]
    rows = sheet(french)
    assert [row["Unité (code)"] for row in rows] == ["", "laval", "montreal"]
    assert [row["Unité"] for row in rows] == ["toutes les unités", "Laval", "Montréal"]
    for row, same in zip(rows, told_rows, strict=True):
        assert row["Dans le délai (décidés)"] == str(same["on_time"])
        assert row["En retard (décidés)"] == str(same["late"])
        assert row["Atteinte (décidés)"].replace(",", ".") == f"{same['attainment']:g}"
    assert {row["Cible"] for row in rows} == {"0,8"}
    assert {row["Target"] for row in sheet(english, ",")} == {"0.8"}
    assert "| Réponse aux courriels | 80\u00a0% | 60,00\u00a0% | 3 / 5 |" in text.text
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


async def test_a_reader_of_one_unit_sees_its_figures_alone(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
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


async def test_a_period_without_anything_says_so(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
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


def test_every_word_is_there_in_both_languages() -> None:
    for words_of in (ATTAINMENT, ALERTS, REPORT):
        for name, text in words_of.items():
            assert text.fr and text.en, name


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
    assert "Retards : 2 permis, 4 utilisés, 5 engagés, −3 restants." in page
    assert "60,00 % parmi les appels répondus, ou abandonnés après la limite" in page
    assert "L’exercice n’est pas terminé" in page


async def _report(web: Site, lang: str) -> str:
    answer: Any = await shown(web, "/report", lang=lang)
    assert answer.status_code == 200
    return words(answer.text).replace("\u00a0", " ")
