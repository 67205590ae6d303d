"""Links that lead to the board from elsewhere, as a browser follows them: those of a mail read on the web, and one that would sign in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route

from shared.http.cookies import SESSION_COOKIE
from tests.board.conftest import Photographer
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
Running = tuple[World, str, str]
WEBMAIL = "http://webmail.example.org/inbox"


@pytest_asyncio.fixture(loop_scope="session")
async def reader(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Someone who reads mails, in a profile of their own."""
    context = await browser.new_context(locale="fr-CA")
    yield context
    await context.close()


async def follow(reader: BrowserContext, link: str) -> Page:
    """The page that a link in a mail leads to, read on another site."""

    async def mail(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=f'<a id="link" href="{link}">lien</a>')

    sheet = await reader.new_page()
    await sheet.route(WEBMAIL, mail)
    await sheet.goto(WEBMAIL)
    await sheet.click("#link")
    await sheet.wait_for_load_state()
    return sheet


async def signed_in(reader: BrowserContext) -> bool:
    return SESSION_COOKIE in [cookie["name"] for cookie in await reader.cookies()]


async def test_a_link_of_a_mail_leads_whoever_is_signed_in_to_its_page(
    reader: BrowserContext, running: Running
) -> None:
    _, address, token = running
    sheet = await reader.new_page()
    await sheet.goto(f"{address}/sign-in?token={token}")
    assert sheet.url == f"{address}/" and await signed_in(reader)
    for path in ("/worklist?unit=montreal", "/alerts?unit="):
        opened = await follow(reader, address + path)
        assert opened.url == address + path


async def test_a_link_of_another_site_signs_nobody_in_until_they_press_the_button(
    reader: BrowserContext, running: Running, photograph: Photographer
) -> None:
    _, address, token = running
    opened = await follow(reader, f"{address}/sign-in?token={token}")
    assert not await signed_in(reader)
    assert "ne connecte personne de lui-même" in await opened.inner_text("main")
    await photograph(opened, "sign-in-link")
    await opened.click("button:has-text('Se connecter')")
    await opened.wait_for_load_state()
    assert opened.url == f"{address}/" and await signed_in(reader)
