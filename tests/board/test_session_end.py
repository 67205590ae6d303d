"""A page that is left open shows nothing any more once its session has ended, in a real browser and within what is promised."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Response, Route

from services.compliance.board.words import SIGN_IN
from shared.http import event_stream, front_door
from shared.http.cookies import LANGUAGE_COOKIE, SESSION_COOKIE
from shared.text.texts import Language
from tests.board import ministry
from tests.board.browser import session_of
from tests.board.conftest import Photographer
from tests.board.pages import LANGUAGES
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
Running = tuple[World, str, str]
PROMISED_SECONDS = 15
"""From the end of a session to that of what its pages show; five are the browser's."""
FOLLOWS = "/worklist?unit=laval"
STANDS = f"/files/{ministry.STORIED}"
"""A page that follows what happens, and one that does not."""


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    opened = await browser.new_context(locale="de")
    yield opened
    await opened.close()


async def left_open(context: BrowserContext, address: str, path: str) -> Page:
    """A page, once its stream is answered."""
    sheet = await context.new_page()
    async with sheet.expect_response(lambda answer: "/stream?" in answer.url) as stream:
        await sheet.goto(address + path)
    assert (await stream.value).status == 200
    return sheet


async def keep(context: BrowserContext, address: str, **cookies: str) -> None:
    await context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
    )


async def sign_in(context: BrowserContext, running: Running) -> None:
    """Begin a session in a browser, in place of the one it has."""
    _, address, token = running
    await keep(context, address, **{SESSION_COOKIE: await session_of(address, token)})


def asked(sheet: Page) -> Mapping[str, list[str]]:
    parts = urlsplit(sheet.url)
    assert parts.path == "/sign-in", sheet.url
    return parse_qs(parts.query)


async def test_pages_that_are_left_open_go_when_their_session_ends(
    browser: Browser, running: Running, photograph: Photographer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert event_stream.CHECK_SECONDS + front_door._RECENT_SECONDS < PROMISED_SECONDS - 5
    monkeypatch.setattr(event_stream, "CHECK_SECONDS", 0.5)
    monkeypatch.setattr(front_door, "_RECENT_SECONDS", 0.2)
    _, address, token = running
    people = {one: await browser.new_context(locale="de") for one in LANGUAGES}
    open_pages: list[tuple[Language, str, Page]] = []
    for language, context in people.items():
        session = await session_of(address, token)
        await keep(context, address, **{SESSION_COOKIE: session, LANGUAGE_COOKIE: language})
        open_pages += [
            (language, path, await left_open(context, address, path)) for path in (FOLLOWS, STANDS)
        ]
        # From elsewhere: the browser still has its cookie, and is told nothing.
        async with httpx.AsyncClient(base_url=address, trust_env=False) as elsewhere:
            await elsewhere.post("/sign-out", headers={"cookie": f"{SESSION_COOKIE}={session}"})
    async with asyncio.timeout(5):
        for language, path, sheet in open_pages:
            await sheet.wait_for_url("**/sign-in?*")
            assert asked(sheet) == {"next": [path], "ended": ["1"]}
            assert SIGN_IN["ended"].within(language) in await sheet.inner_text("main")
    await photograph(open_pages[0][2], "session-ended-fr")
    for context in people.values():
        await context.close()


async def test_a_page_goes_when_somebody_else_signs_in_beside_it(
    context: BrowserContext, running: Running
) -> None:
    """Its stream would go on in their session, with what it showed to whoever was there before."""
    _, address, _ = running
    await sign_in(context, running)
    sheet = await left_open(context, address, STANDS)
    await sign_in(context, running)
    async with sheet.expect_navigation() as again:
        stream = await sheet.query_selector("[hidden]")
        assert stream is not None
        await sheet.evaluate("(one) => one._htmx.sse.reader.cancel()", stream)
    assert (await again.value).status == 200 and urlsplit(sheet.url).path == STANDS


async def test_a_page_that_the_browser_kept_is_asked_for_again(
    context: BrowserContext, running: Running
) -> None:
    """Playwright turns the cache of whole pages off: the event by which a page comes out of it is sent by hand."""
    _, address, _ = running
    await sign_in(context, running)
    sheet = await left_open(context, address, STANDS)
    await context.clear_cookies()
    async with sheet.expect_navigation():
        await sheet.evaluate(
            "() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
        )
    assert asked(sheet) == {"next": [STANDS]}


async def test_a_stream_that_cannot_be_had_at_first_is_asked_for_again_and_nothing_is_lost(
    context: BrowserContext, running: Running
) -> None:
    _, address, _ = running
    await sign_in(context, running)
    sheet = await context.new_page()
    await sheet.clock.install()

    async def away(route: Route) -> None:
        problem = {"content-type": "application/problem+json"}
        await route.fulfill(status=503, headers=problem, body='{"title": "away"}')

    def is_stream(answer: Response) -> bool:
        return "/worklist/stream" in answer.url

    await sheet.route("**/worklist/stream?*", away, times=1)
    async with sheet.expect_response(is_stream) as first:
        await sheet.goto(address + FOLLOWS)
    assert (await first.value).status == 503
    async with sheet.expect_response(is_stream) as second:
        shown = await sheet.inner_text("#live")
        await sheet.clock.run_for(3_000)
    assert (await second.value).status == 200
    assert "Laval" in shown and "away" not in shown
