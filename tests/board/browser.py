"""Debian's Chromium before the real board: one server, one browser and one visitor for all tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

import httpx
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from echeance.system import site
from shared.domain.catalogue import Catalogue
from shared.http.cookies import LANGUAGE_COOKIE, SESSION_COOKIE
from shared.http.credentials import Credentials
from shared.process import runner
from shared.text.texts import Language
from tests.board import ministry, pages
from tests.builders import CATALOGUE, at
from tests.services.audit_records import add_records
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
        token = credentials.create(
            ministry.SUPERVISOR, ["read", "explain", "audit"], created=at(now)
        )
        async with (
            site.embedded_site(known.embedded, credentials, known.settings, known.now) as served,
            runner.serving(
                served.app, "127.0.0.1", 0, close_streams=served.close_streams
            ) as server,
        ):
            await refresh(served.background)
            await add_records(known)
            yield known, f"http://127.0.0.1:{server.port}", token


async def session_of(address: str, token: str) -> str:
    """The identifier of a new session of a token's owner."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as browser:
        answer = await browser.post("/sign-in", data={"token": token})
        assert answer.status_code == 303, answer.text
        return browser.cookies[SESSION_COOKIE]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; each visitor has profiles of their own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=_FLAGS
        )
        yield browser
        await browser.close()


class Visitor:
    """Someone who looks at pages, each in a profile without cookies; ``complaints`` is what the browser found wrong with them.

    Sheets are kept from one visit to the next, and with them what the browser caches: starting the process of a new one takes longer
    than opening a page.
    """

    def __init__(self, browser: Browser, address: str, token: str) -> None:
        self._browser = browser
        self._address = address
        self._token = token
        self._session = ""
        self._kept: dict[bool, list[Page]] = {True: [], False: []}
        self._shown: dict[Page, pages.Page] = {}
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
        """A page as it stands once it has been drawn; each that is open has a profile of its own."""
        free = [sheet for sheet in self._kept[scripts] if sheet not in self._shown]
        sheet = free[0] if free else await self._new(scripts)
        self._shown[sheet] = page
        await sheet.set_viewport_size({"width": width, "height": WIDTHS[width]})
        await sheet.emulate_media(color_scheme=scheme)
        cookies = {LANGUAGE_COOKIE: language} | (
            {SESSION_COOKIE: await self._session_identifier()} if page.signed_in else {}
        )
        await sheet.context.add_cookies(
            [
                {"name": name, "value": value, "url": self._address}
                for name, value in cookies.items()
            ]
        )
        answer = await sheet.goto(self._address + page.path, wait_until="load")
        assert answer is not None and answer.status == page.status, answer
        return sheet

    async def _session_identifier(self) -> str:
        if not self._session:
            self._session = await session_of(self._address, self._token)
        return self._session

    async def _new(self, scripts: bool) -> Page:
        context = await self._browser.new_context(
            java_script_enabled=scripts,
            locale="de",  # neither: the language is that of the cookie
        )
        sheet = await context.new_page()
        sheet.on("console", lambda message: self._said(sheet, message))
        sheet.on("pageerror", lambda error: self._complain(sheet, str(error)))
        self._kept[scripts].append(sheet)
        return sheet

    def _said(self, sheet: Page, message: ConsoleMessage) -> None:
        """An error that the browser tells; that a page which says so is not found is none."""
        page = self._shown.get(sheet)
        status = page.status if page else 200
        expected = status != 200 and f"status of {status}" in message.text
        if message.type == "error" and not expected:
            self._complain(sheet, message.text)

    def _complain(self, sheet: Page, what: str) -> None:
        self.complaints.append(f"{self._shown.get(sheet)}: {what}")

    async def end_visit(self) -> None:
        """Turn away from every page, and sign out."""
        for sheet in self._shown:
            await sheet.unroute_all()
            await sheet.goto("about:blank")
            await sheet.context.clear_cookies()
        self._shown.clear()

    async def leave(self) -> None:
        """Close every sheet."""
        for sheet in [*self._kept[True], *self._kept[False]]:
            await sheet.context.close()


@asynccontextmanager
async def visiting(visitor: Visitor) -> AsyncIterator[None]:
    """One visit; it fails if the browser found anything wrong with a page."""
    try:
        yield
    finally:
        await visitor.end_visit()
        complaints, visitor.complaints = visitor.complaints, []
    assert not complaints
