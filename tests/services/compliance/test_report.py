"""The report in its four forms and two languages, against what a hand counted."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from services.compliance.attainment.report import build
from services.compliance.board.annual import REPORT as WORDS
from services.compliance.periods import parse_period
from tests.builders import CATALOGUE, decided, received
from tests.services.compliance.lives import TODAY, lived
from tests.services.world import Site, site, world

REPORT = "/v1/report"
FISCAL_YEAR = {
    "standard": "courriel",
    "unit": None,
    "target": 0.8,
    "attainment": 0.692308,
    "attainment_due": 0.642857,
    "measured": 13,
    "on_time": 9,
    "late": 4,
    "measured_due": 14,
    "on_time_due": 9,
    "late_due": 5,
    "late_allowed": 2,
    "late_used": 4,
    "late_committed": 5,
    "late_left": -3,
    "received": 18,
    "withdrawn": 1,
    "open": 3,
    "waiting": 1,
    "overdue": 1,
}


async def text(web: Site, **asked: Any) -> str:
    answer = await web.get(REPORT, **asked)
    assert answer.status_code == 200
    return answer.text.replace("\u00a0", " ").replace("\u202f", " ")


async def test_the_json_report_is_what_a_hand_counts(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        told = await web.json(REPORT)
    assert (told["period"], told["first"], told["last"], told["today"]) == (
        "2026-2027",
        "2026-04-01",
        "2027-03-31",
        "2026-11-23",
    )
    assert told["rows"][0] == FISCAL_YEAR
    assert len(told["rows"]) == 10


async def test_a_past_fiscal_year_is_reported_as_it_is_known_now(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        [row] = [
            row
            for row in (await web.json(REPORT, fiscal_year="2025-2026"))["rows"]
            if row["standard"] == "courriel"
        ]
    assert (row["measured"], row["on_time"], row["received"], row["late_left"]) == (6, 5, 6, 0)


async def test_a_standard_with_nothing_measured_has_no_attainment_and_comes_last(
    tmp_path: Path,
) -> None:
    async with lived(tmp_path, received("A", "2026-11-20")) as (_, web):
        first, *others = (await web.json(REPORT))["rows"]
    assert first["standard"] == "courriel"
    for row in others:
        assert row["attainment"] is None and row["attainment_due"] is None
        assert (row["late_allowed"], row["late_left"]) == (0, 0)
    assert {row["standard"]: row["open"] for row in others}["caq-etudes"] == 1


async def test_commitments_come_worst_first(tmp_path: Path) -> None:
    complaint = [
        received("C", "2026-10-01", standard="plainte"),
        decided("C", "2026-11-20", "answered"),
    ]
    async with lived(tmp_path, *complaint) as (known, _):
        built = await build(
            known.embedded.compliance, CATALOGUE, parse_period("month", TODAY), TODAY
        )
    measured = [row.standard for row in built.rows if row.decided.measured]
    assert measured == ["plainte", "courriel"]
    assert [row.margin() for row in built.rows] == sorted(row.margin() for row in built.rows)


async def test_the_csv_report_has_the_figures_of_the_json_one(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        answer = await web.get(REPORT, format="csv")
        told = (await web.json(REPORT))["rows"]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    read = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(read) == len(told) == 10
    for line, row in zip(read, told, strict=True):
        assert line.pop("period") == "2026-2027"
        assert line == {name: "" if value is None else str(value) for name, value in row.items()}


async def test_the_markdown_report_reads_in_french(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        answer = await web.get(REPORT, format="markdown")
        told = await text(web, format="markdown")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    lines = told.splitlines()
    assert lines[0] == "# Déclaration de services à la clientèle, octobre 2021"
    assert lines[2] == "Période : 2026-2027 (du 1er avril 2026 au 31 mars 2027)"
    assert lines[4].startswith("| Engagement | Cible | Atteinte (décidés) |")
    assert lines[6] == (
        "| Réponse aux courriels | 80 % | 69,23 % | 9 / 13 | 64,29 % | 2 / 5 | −3 | 3 | 1 | 1 |"
    )
    assert "| Programme de l’expérience québécoise | 90 % | — | 0 / 0 | — |" in told


async def test_the_markdown_report_reads_in_english(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        lines = (await text(web, format="markdown", lang="en")).splitlines()
    assert lines[0] == "# Declaration of services to the public, October 2021"
    assert lines[2] == "Period: 2026-2027 (April 1, 2026 to March 31, 2027)"
    assert lines[6] == (
        "| Answer to e-mails | 80% | 69.23% | 9 / 13 | 64.29% | 2 / 5 | −3 | 3 | 1 | 1 |"
    )


def figures(page: str) -> list[str]:
    """The words of the first row of the page's first table, as a person reads them."""
    row = page[page.index("<tbody>") : page.index("</tr>", page.index("<tbody>"))]
    cells = re.sub(r"<[^>]+>", "|", row).split("|")
    return [cell.strip() for cell in cells if cell.strip()]


@pytest.mark.parametrize(
    ("lang", "name", "verdict", "percent"),
    [
        ("fr", "Réponse aux courriels", "sous la cible", "69,23 %"),
        ("en", "Answer to e-mails", "below target", "69.23%"),
    ],
)
async def test_the_page_says_the_figures_in_each_language(
    tmp_path: Path, lang: str, name: str, verdict: str, percent: str
) -> None:
    async with lived(tmp_path) as (_, web):
        answer = await web.get(REPORT, format="html", lang=lang)
        page = await text(web, format="html", lang=lang)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert page.startswith("<!doctype html>") and f'<html lang="{lang}">' in page
    assert figures(page)[:3] == [name, "80 %" if lang == "fr" else "80%", percent]
    assert figures(page)[4] == verdict
    assert "http-equiv" not in page
    other = "Answer to e-mails" if lang == "fr" else "Réponse aux courriels"
    assert other not in page


async def test_a_system_without_a_file_has_a_page_and_says_so(tmp_path: Path) -> None:
    async with world(tmp_path) as known, site(known) as web:
        for lang, words in (("fr", "rien de mesuré"), ("en", "nothing measured")):
            page = await text(web, format="html", lang=lang)
            assert words in page and "—" in page
        assert len((await web.json(REPORT))["rows"]) == 10


def test_every_word_of_the_report_is_there_in_both_languages() -> None:
    for words in WORDS.values():
        assert words.fr and words.en
