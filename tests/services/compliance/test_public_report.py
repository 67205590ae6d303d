"""A year as it is published: the same in all four forms, and no number from 1 to 4 in any."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from services.compliance.attainment.disclosure import SMALL
from services.compliance.attainment.report_formats import NOTE
from tests.builders import decided, received
from tests.services.compliance.lives import lived
from tests.services.world import Site

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


async def test_nothing_small_stands_in_what_is_published(tmp_path: Path) -> None:
    async with lived(tmp_path, *year()) as (_, web):
        answer = await web.json("/v1/report", **PUBLISHED)
        page = (await web.get("/report", **PUBLISHED)).text
    for row in answer["rows"]:
        assert not [v for v in row.values() if isinstance(v, int) and v in SMALL]
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
