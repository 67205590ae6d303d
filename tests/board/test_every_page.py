"""Every page of the board in both languages, in Chromium: nobody is shut out, everything fits, the keyboard is enough."""

from __future__ import annotations

import pytest

from services.compliance.board.words import COMMON
from shared.text.texts import Language
from tests.board import looking, ministry
from tests.board.browser import WIDTHS, Visitor
from tests.board.conftest import Photographer
from tests.board.pages import LANGUAGES, PAGES, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")
every_page = pytest.mark.parametrize("page", PAGES, ids=str)
in_both_languages = pytest.mark.parametrize("language", LANGUAGES)


@every_page
@in_both_languages
@pytest.mark.parametrize("width", WIDTHS)
async def test_it_fits_and_shuts_nobody_out_in_light_and_dark(
    visitor: Visitor, page: Page, language: Language, width: int, photograph: Photographer
) -> None:
    sheet = await visitor.open(page, language, width=width)
    title = await sheet.locator("h1").inner_text()
    assert title == page.title.within(language)
    assert await sheet.title() == f"{title} — Échéance"
    assert await sheet.locator("html").get_attribute("lang") == language
    assert await looking.layout(sheet) == []
    # Dark changes colours and no place: it is looked at in one width.
    for scheme in ("light", "dark") if width == max(WIDTHS) else ("light",):
        await sheet.emulate_media(color_scheme=scheme)
        await photograph(sheet, f"{page}-{language}-{width}-{scheme}")
        assert await looking.barriers(sheet) == [], scheme


@every_page
@in_both_languages
async def test_the_keyboard_is_enough(visitor: Visitor, page: Page, language: Language) -> None:
    sheet = await visitor.open(page, language)
    assert await looking.walk(sheet) == []
    await sheet.evaluate("() => document.activeElement.blur()")
    await sheet.reload()
    await sheet.keyboard.press("Tab")
    assert await sheet.evaluate("() => document.activeElement.className") == "skip"
    await sheet.keyboard.press("Enter")
    assert await sheet.evaluate("() => document.activeElement.id") == "content"


@pytest.mark.parametrize("page", [page for page in PAGES if page.reading], ids=str)
@in_both_languages
async def test_it_says_the_same_without_scripts(
    visitor: Visitor, page: Page, language: Language
) -> None:
    scripted = await visitor.open(page, language)
    plain = await visitor.open(page, language, scripts=False)
    said = await plain.locator("body").inner_text()
    assert page.title.within(language) in said
    assert said == await scripted.locator("body").inner_text()
    names = any(name in said for name in ministry.PEOPLE)
    assert (COMMON["names_people"].within(language) in said) == names
    assert (COMMON["footer"].within(language) in said) != names
