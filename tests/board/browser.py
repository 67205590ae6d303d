"""Debian's Chromium before the real board: one server and one browser for all tests, a profile of its own for each."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright

from echeance.system import site
from shared.domain.catalogue import Catalogue
from shared.http.cookies import LANGUAGE_COOKIE, SESSION_COOKIE
from shared.http.credentials import Credentials
from shared.process import runner
from shared.text.texts import Language
from tests.board import ministry, pages
from tests.builders import CATALOGUE, at
from tests.services.world import World, refresh, world

CHROMIUM: Final = Path("/usr/bin/chromium")
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Scheme = Literal["light", "dark"]
WIDTHS: Final = {360: 740, 1440: 900}
"""The widths at which every page is looked at, each with the height of such a screen, in CSS pixels."""


@asynccontextmanager
async def board(
    folder: Path,
    live: Callable[[World], Awaitable[None]] = ministry.live,
    *,
    now: str = ministry.NOW,
    catalogue: Catalogue = CATALOGUE,
) -> AsyncIterator[tuple[World, str, str]]:
    """A world with the ministry in it, or another life, the address its board answers at, and the token of one who may read everything."""
    async with world(folder, now, catalogue=catalogue, public_results="on") as known:
        await live(known)
        credentials = Credentials(folder / "credentials.json")
        token = credentials.create("supervisor", ["read", "explain"], created=at(now))
        async with (
            site.embedded_site(known.embedded, credentials, known.settings, known.now) as served,
            runner.serving(
                served.app, "127.0.0.1", 0, close_streams=served.close_streams
            ) as server,
        ):
            await refresh(served.background)
            yield known, f"http://127.0.0.1:{server.port}", token


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; each visitor has a profile of its own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=_FLAGS
        )
        yield browser
        await browser.close()


class Visitor:
    """Someone who looks at pages, in a fresh profile for each; ``complaints`` is what the browser found wrong with them."""

    def __init__(self, browser: Browser, address: str, token: str) -> None:
        self._browser = browser
        self._address = address
        self._token = token
        self.complaints: list[str] = []

    async def open(
        self,
        page: pages.Page,
        language: Language,
        *,
        width: int = 1440,
        scheme: Scheme = "light",
        scripts: bool = True,
    ) -> Page:
        """A page as it stands once it has been drawn."""
        context = await self._browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme=scheme,
            java_script_enabled=scripts,
            locale="de",  # neither: the language is that of the cookie
        )
        await context.add_cookies(
            [{"name": LANGUAGE_COOKIE, "value": language, "url": self._address}]
        )
        if page.signed_in:
            await context.add_cookies(
                [{"name": SESSION_COOKIE, "value": self._token, "url": self._address}]
            )
        sheet = await context.new_page()
        sheet.on("console", lambda message: self._said(page, message))
        sheet.on("pageerror", lambda error: self.complaints.append(f"{page}: {error}"))
        answer = await sheet.goto(self._address + page.path, wait_until="load")
        assert answer is not None and answer.status == page.status, answer
        return sheet

    def _said(self, page: pages.Page, message: ConsoleMessage) -> None:
        """An error that the browser tells; that a page which says so is not found is none."""
        expected = page.status != 200 and f"status of {page.status}" in message.text
        if message.type == "error" and not expected:
            self.complaints.append(f"{page}: {message.text}")

    async def leave(self) -> None:
        """Close every page."""
        for context in self._browser.contexts:
            with contextlib.suppress(Error):
                await context.close()
