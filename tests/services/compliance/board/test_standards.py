"""The home page: what a person reads there is what the API answers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from services.compliance.board.pages.standards import WORDS as STANDARDS
from services.compliance.board.words.common import COMMON, SIGN_IN
from shared.text import formats
from tests.services.compliance.board.browsing import part, shown, words
from tests.services.compliance.lives import lived


async def test_a_card_says_the_figures_of_the_api(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        french = part((await shown(web, "/")).text, "courriel")
        english = part((await shown(web, "/", lang="en")).text, "courriel")
        for period in ("month", "fiscal-year"):
            for basis in ("decided", "due"):
                answer = await web.json(
                    "/v1/attainment", standard="courriel", period=period, basis=basis
                )
                row = next(row for row in answer["rows"] if row["unit"] is None)
                ratio = Fraction(row["on_time"], row["measured"])
                read = f"{formats.percent(ratio, 'fr')} {row['on_time']} sur {row['measured']}"
                assert read in french
                assert f"{row['on_time']} of {row['measured']}" in english
        report = await web.json("/v1/report")
    row = next(row for row in report["rows"] if row["standard"] == "courriel")
    budget = [
        formats.number(row[f"late_{name}"], "fr")
        for name in ("allowed", "used", "committed", "left")
    ]
    assert "Permis {} Utilisés {} Engagés {} Restants {}".format(*budget) in french
    assert "dépassé 1" in french and "en attente du client 1" in french


async def test_the_worst_standard_stands_first(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        page = (await shown(web, "/")).text
        rows = (await web.json("/v1/report"))["rows"]
    places = [page.index(f'id="{row["standard"]}"') for row in rows]
    assert places == sorted(places)


async def test_a_reader_of_one_unit_sees_its_figures_alone(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        token = web.units_token("laval")
        page = (await shown(web, "/", token=token)).text
        report = await web.json("/v1/report", token=token)
    row = next(row for row in report["rows"] if row["standard"] == "courriel")
    assert f"{row['on_time']} sur {row['measured']}" in part(page, "courriel")
    assert "Unités\u00a0: Laval" in words(page)


def test_every_word_is_there_in_both_languages() -> None:
    for words_of in (COMMON, SIGN_IN, STANDARDS):
        for name, text in words_of.items():
            assert text.fr and text.en, name
