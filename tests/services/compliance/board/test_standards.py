"""The home page: what a person reads there is what the API answers."""

from __future__ import annotations

from tests.services.compliance.board.browsing import part, shown, words
from tests.services.world import Site


async def test_the_worst_standard_stands_first(web: Site) -> None:
    page = (await shown(web, "/")).text
    rows = (await web.json("/v1/report"))["rows"]
    places = [page.index(f'id="{row["standard"]}"') for row in rows]
    assert places == sorted(places)


async def test_a_reader_of_one_unit_sees_its_figures_alone(web: Site) -> None:
    token = web.units_token("laval")
    page = (await shown(web, "/", token=token)).text
    report = await web.json("/v1/report", token=token)
    row = next(row for row in report["rows"] if row["standard"] == "courriel")
    assert f"{row['on_time']} sur {row['measured']}" in part(page, "courriel")
    assert "Unités\u00a0: Laval" in words(page)
