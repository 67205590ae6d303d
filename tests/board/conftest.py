"""The board, and a browser before it; all of these tests share one event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.board.browser import CHROMIUM, Visitor, board, chromium, visiting
from tests.servers.absence import cannot
from tests.services.world import World

SCREENSHOTS = Path("build/screenshots")
Photographer = Callable[[Page, str], Awaitable[None]]
"""Keeps a picture of all of a page under a name, where pictures are asked for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help=f"leave pictures in {SCREENSHOTS}")


@pytest.fixture(scope="session")
def photograph(request: pytest.FixtureRequest) -> Photographer:
    asked = request.config.getoption("--screenshots", default=False)

    async def keep(sheet: Page, name: str) -> None:
        if asked:
            await sheet.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    return keep


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[World, str, str]]:
    """The world, its address, and a supervisor's token."""
    async with board(tmp_path_factory.mktemp("board")) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        cannot("Chromium", f"there is no {CHROMIUM}; .ci/packages installs it")
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def supervisor(browser: Browser, running: tuple[World, str, str]) -> AsyncIterator[Visitor]:
    _, address, token = running
    someone = Visitor(browser, address, token)
    yield someone
    await someone.leave()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(supervisor: Visitor) -> AsyncIterator[Visitor]:
    """Someone who looks at pages; the test fails if the browser found anything wrong with one."""
    async with visiting(supervisor):
        yield supervisor
