"""The board leads to the dashboards: to the one of what a page is about, in its language, and those alone who may see every unit."""

from __future__ import annotations

import re
from pathlib import Path

from deploy.grafana.__main__ import BOARDS
from tests.services.compliance.board.browsing import shown
from tests.services.compliance.lives import NOW
from tests.services.world import site, world

GRAFANA = "https://grafana.example.org/metrics"


def led(page: str) -> list[str]:
    return re.findall(rf'href="({re.escape(GRAFANA)}[^"]*)"', page)


async def test_a_page_leads_to_its_dashboard_in_the_language_of_the_reader(tmp_path: Path) -> None:
    kept = {f"echeance-{board.name}-{language}" for board in BOARDS for language in ("fr", "en")}
    async with world(tmp_path, NOW) as known:
        known.settings = known.settings._replace(grafana_url=f"{GRAFANA}/")
        async with site(known) as web:
            for lang in ("fr", "en"):
                home = led((await shown(web, "/", lang=lang)).text)
                peq = led((await shown(web, "/attainment", standard="peq", lang=lang)).text)
                odd = led((await shown(web, "/worklist", standard='"x', lang=lang)).text)
                assert home == odd == [f"{GRAFANA}/d/echeance-standards-{lang}"]
                assert peq == [f"{GRAFANA}/d/echeance-standard-{lang}?var-standard=peq"]
                assert {re.split(r"/d/|\?", url)[1] for url in home + peq} <= kept


async def test_who_sees_some_units_or_none_is_led_nowhere(tmp_path: Path) -> None:
    async with world(tmp_path, NOW) as known:
        known.settings = known.settings._replace(grafana_url=GRAFANA)
        async with site(known) as web:
            token = web.units_token("laval")
            assert "Laval" in (limited := (await shown(web, "/", token=token)).text)
            public = await web.client.get("/calculator", headers={"accept": "text/html"})
    assert public.status_code == 200
    assert led(limited) == led(public.text) == []


async def test_without_an_address_nothing_is_shown(tmp_path: Path) -> None:
    async with world(tmp_path, NOW) as known, site(known) as web:
        assert "Grafana" not in (await shown(web, "/")).text
