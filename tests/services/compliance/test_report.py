"""The report in its four forms and two languages, against what a hand counted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.builders import decided, received
from tests.services.compliance.lives import lived
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


async def test_the_json_report_is_what_a_hand_counts(web: Site) -> None:
    told = await web.json(REPORT)
    assert (told["period"], told["first"], told["last"], told["today"]) == (
        "2026-2027",
        "2026-04-01",
        "2027-03-31",
        "2026-11-23",
    )
    assert told["rows"][0] == FISCAL_YEAR
    assert len(told["rows"]) == 10


async def test_a_past_fiscal_year_is_reported_as_it_is_known_now(web: Site) -> None:
    [row] = [
        row
        for row in (await web.json(REPORT, fiscal_year="2025-2026"))["rows"]
        if row["standard"] == "courriel"
    ]
    assert (row["measured"], row["on_time"], row["received"], row["late_left"]) == (6, 5, 6, 0)


async def test_commitments_come_worst_first(tmp_path: Path) -> None:
    complaint = [
        received("C", "2026-10-01", standard="plainte"),
        decided("C", "2026-11-20", "answered"),
    ]
    async with lived(tmp_path, *complaint) as (_, web):
        rows = (await web.json(REPORT))["rows"]
    assert [row["standard"] for row in rows if row["measured"]] == ["plainte", "courriel"]
    assert not any(row["measured"] for row in rows[2:])


@pytest.mark.parametrize(
    ("form", "media_type", "said"),
    [
        ("csv", "text/csv", "2026-2027,courriel,,0.8,0.692308,0.642857,13,9,4,"),
        ("markdown", "text/markdown", "| Réponse aux courriels | 80 % | 69,23 % | 9 / 13 |"),
    ],
)
async def test_the_other_forms_have_its_figures(
    web: Site, form: str, media_type: str, said: str
) -> None:
    answer = await web.get(REPORT, format=form)
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert said in answer.text.replace("\u00a0", " ")


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
    web: Site, lang: str, name: str, verdict: str, percent: str
) -> None:
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
