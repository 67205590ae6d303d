"""The home page of a system without a file says how to begin, and no longer does once there is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_structured
from shared.text.texts import Language
from tests.board import looking
from tests.board.browser import Visitor, board
from tests.board.conftest import SCREENSHOTS
from tests.board.ministry import NOW
from tests.board.pages import PAGES
from tests.builders import CATALOGUE, at
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
[HOME] = [page for page in PAGES if page.path == "/"]
BEGIN: dict[Language, str] = {
    "fr": "Aucun dossier n’est connu. Pour commencer",
    "en": "No file is known yet. To begin",
}


async def nothing(_: World) -> None:
    """A life in which nothing happens."""


async def looked_at(visitor: Visitor, language: Language, width: int) -> Page:
    sheet = await visitor.open(HOME, language, width=width)
    assert await sheet.locator("#begin").inner_text() == BEGIN[language]
    assert "echeance import --suggest" in await sheet.locator(".begin").inner_text()
    assert await looking.layout(sheet) == []
    assert await looking.barriers(sheet) == []
    name = f"standards-begin-{language}-{width}-light.png"
    await sheet.screenshot(path=SCREENSHOTS / name, full_page=True)
    return sheet


async def test_an_empty_system_says_how_to_begin(browser: Browser, tmp_path: Path) -> None:
    async with board(tmp_path, nothing) as (known, address, token):
        visitor = Visitor(browser, address, token)
        await looked_at(visitor, "fr", 360)
        sheet = await looked_at(visitor, "en", 1440)
        [posted] = re.findall(r"-d '(.*?)'", await sheet.locator(".begin").inner_text(), re.S)
        event = parse_structured(posted.encode(), Rules(catalogue=CATALOGUE, now=at(NOW)))
        await known.live(event)
        await sheet.locator("#begin").wait_for(state="detached")  # the page that is open is told
        await visitor.leave()
        assert not visitor.complaints
