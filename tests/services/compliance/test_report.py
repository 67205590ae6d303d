"""The report in its four forms and two languages, against what a hand counted; and as it is published,
without a number from 1 to 4."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from services.compliance.attainment.disclosure import SMALL
from services.compliance.attainment.report_formats import NOTE
from tests.builders import decided, received
from tests.services.compliance.board.browsing import words
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
    first = told["rows"][0]
    assert first | FISCAL_YEAR == first
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


@pytest.mark.parametrize(
    ("lang", "said", "other"),
    [
        ("fr", "Réponse aux courriels 80 % 69,23 % 64,29 % sous la cible", "Answer to e-mails"),
        ("en", "Answer to e-mails 80% 69.23% 64.29% below target", "Réponse aux courriels"),
    ],
)
async def test_the_page_says_the_figures_in_each_language(
    web: Site, lang: str, said: str, other: str
) -> None:
    answer = await web.get(REPORT, format="html", lang=lang)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>") and f'<html lang="{lang}">' in answer.text
    assert said in words(answer.text).replace("\u00a0", " ")
    assert "http-equiv" not in answer.text and other not in answer.text


async def test_a_system_without_a_file_has_a_page_and_says_so(tmp_path: Path) -> None:
    async with world(tmp_path) as known, site(known) as web:
        for lang, words in (("fr", "rien de mesuré"), ("en", "nothing measured")):
            page = await text(web, format="html", lang=lang)
            assert words in page and "—" in page
        assert len((await web.json(REPORT))["rows"]) == 10


PUBLISHED = {"fiscal_year": "2025-2026", "audience": "public", "by": "unit"}


def year() -> list[Any]:
    """E-mails of 2025-2026 enough to be told in all, and in one unit few; a Wednesday answer is on time, a Thursday one late."""
    events = []
    for unit, on_time, late in (("montreal", 12, 6), ("laval", 7, 2), ("estrie", 5, 0)):
        for number in range(on_time + late):
            name = f"year-{unit}-{number}"
            day = "2025-06-04" if number < on_time else "2025-06-05"
            events.append(received(name, "2025-06-02 09:00", standard="courriel", unit=unit))
            events.append(decided(name, f"{day} 15:00", "answered"))
    return events


async def test_a_year_is_published_in_four_forms_that_say_the_same(tmp_path: Path) -> None:
    async with lived(tmp_path, *year()) as (_, web):
        answer = await web.json("/v1/report", **PUBLISHED)
        sheet = (await web.get("/v1/report", format="csv", **PUBLISHED)).text
        text = (await web.get("/v1/report", format="markdown", **PUBLISHED)).text
        page = (await web.get("/report", **PUBLISHED)).text
        staff = await web.json("/v1/report", fiscal_year="2025-2026", by="unit")
    total, *units = [row for row in answer["rows"] if row["standard"] == "courriel"]
    # With the six e-mails of February: 29 on time, 9 late, in all; two late in Laval.
    assert (total["measured"], total["on_time"], total["late"]) == (38, 29, 9)
    assert total["withheld"] == [] and len(units) == 6
    assert all(unit["on_time"] is None and "on_time" in unit["withheld"] for unit in units)
    assert "2025-2026,courriel,,0.8,0.763158,38,29,9," in sheet
    assert "2025-2026,courriel,laval,0.8,x,x,x,x," in sheet
    assert "| Réponse aux courriels | 80\u00a0% | 76,32\u00a0% | 29 / 38 |" in text
    assert NOTE.fr in page and "76,32\u00a0%" in page
    assert "Les chiffres par unité sont retenus" in page
    laval = next(row for row in staff["rows"] if row["unit"] == "laval")
    assert (laval["on_time"], laval["late"]) == (7, 2)
    counts = [v for row in answer["rows"] for v in row.values() if isinstance(v, int)]
    assert counts and not set(counts) & set(SMALL)
    cells = re.findall(r'<td class="number">(?:<strong>)?([^<]*)<', page)
    assert cells and not {"1", "2", "3", "4"} & set(cells)


async def test_a_year_that_goes_on_another_period_and_some_units_are_not_published(
    web: Site,
) -> None:
    laval = web.units_token("laval")
    asked = {"path": "/v1/report", "audience": "public"}
    assert await web.refused(**asked) == (422, "year-not-over")
    assert await web.refused(**asked, fiscal_year="2025-05") == (422, "not-a-fiscal-year")
    assert await web.refused(**asked, fiscal_year="2025-2026", token=laval) == (
        403,
        "own-units-only",
    )
