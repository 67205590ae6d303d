"""The board, and a browser before it; all of these tests share one event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.board.browser import CHROMIUM, Visitor, board, chromium
from tests.servers.absence import cannot
from tests.services.world import World

SCREENSHOTS = Path("build/screenshots")


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


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, running: tuple[World, str, str]) -> AsyncIterator[Visitor]:
    """Someone who looks at pages; the test fails if the browser found anything wrong with one."""
    _, address, token = running
    someone = Visitor(browser, address, token)
    yield someone
    await someone.leave()
    assert not someone.complaints
