"""Pages of a catalogue with every form of the law, looked at in a browser: nothing shuts readers out, is cut or overlaps."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from shared.text.texts import Language, Text
from tests.board import looking
from tests.board.browser import Visitor, board, visiting
from tests.board.pages import Page
from tests.services.compliance.board.wider import NOW, STORY, WIDER
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATHS = (
    "/",
    "/worklist",
    "/alerts?stage=waiting_long",
    "/attainment?standard=permit",
    "/catalogue",
    "/calculator?standard=request&received=2026-11-02",
    "/calculator?standard=counter&received=2026-11-20T15:30",
    "/calculator?standard=permit&received=2026-11-13T18:00",
    "/files/SERVICE",
    "/files/RESTARTED",
    "/files/LAPSED",
    "/files/COUNTER-LATE",
    "/files/EXTENDED",
)


async def live(known: World) -> None:
    await known.live(*STORY)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reader(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Visitor]:
    folder = tmp_path_factory.mktemp("wider")
    async with board(folder, live, now=NOW, catalogue=WIDER) as (_, address, token):
        someone = Visitor(browser, address, token)
        yield someone
        await someone.leave()


@pytest.mark.parametrize(("width", "language"), [(360, "fr"), (1440, "en")])
@pytest.mark.parametrize("path", PATHS)
async def test_a_page_fits_and_shuts_nobody_out(
    reader: Visitor, path: str, width: int, language: Language
) -> None:
    async with visiting(reader):
        sheet = await reader.open(Page(path, path, Text("", "")), language, width=width)
        assert await looking.layout(sheet) == []
        assert await looking.barriers(sheet) == []
