"""The pages of who signs in at a provider: what leads there, and what is said where it does not lead in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from services.compliance.board.words import COMMON
from services.compliance.people.oidc import provider as provider_module
from shared.process import runner
from shared.text.texts import Language, Text
from tests.board import looking
from tests.board.browser import WIDTHS
from tests.board.conftest import Photographer
from tests.board.pages import LANGUAGES
from tests.servers.ports import free_ports
from tests.services.compliance.people.offices import office
from tests.services.compliance.people.provider import SigningProvider, signing_provider

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Ministry(NamedTuple):
    """Where a board answers whose people sign in at a provider."""

    address: str
    provider: SigningProvider


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ministry(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ministry]:
    [port] = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    async with (
        signing_provider() as provider,
        office(tmp_path_factory.mktemp("office"), provider, public_url=address) as opened,
        runner.serving(opened.application, "127.0.0.1", port),
    ):
        yield Ministry(address, provider)


@pytest_asyncio.fixture(loop_scope="session")
async def person(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="de")
    yield context
    await context.close()


PAGES = {
    "sign-in-provider": ("/sign-in", Text("Connexion", "Sign in")),
    "sign-in-no-rights": ("/sign-in/oidc", Text("Aucun droit d’accès", "No right of access")),
    "sign-in-away": ("/sign-in/oidc", Text("Connexion impossible pour le moment", "Nobody can sign in at the moment")),
    "sign-in-refused": ("/sign-in/oidc/callback?state=x", Text("La connexion n’a pas abouti", "You are not signed in")),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_they_fit_and_shut_nobody_out(
    ministry: Ministry,
    person: BrowserContext,
    name: str,
    language: Language,
    photograph: Photographer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, title = PAGES[name]
    ministry.provider.reset()
    ministry.provider.person["groups"] = []
    if name == "sign-in-away":
        monkeypatch.setattr(provider_module, "_ANSWERING_SECONDS", 0.0)
        monkeypatch.setattr(provider_module, "_PAUSE_SECONDS", 0.0)
        ministry.provider.status = 500
    await person.add_cookies([{"name": "echeance_lang", "value": language, "url": ministry.address}])  # fmt: skip
    sheet = await person.new_page()
    for width, height in WIDTHS.items():
        await sheet.set_viewport_size({"width": width, "height": height})
        await sheet.goto(ministry.address + path)
        assert await sheet.locator("h1").inner_text() == title.within(language)
        assert await looking.layout(sheet) == []
        said = await sheet.locator("body").inner_text()
        named = COMMON["names_people"].within(language) in said
        assert named == ("mtremblay" in said) == (name == "sign-in-no-rights")
        await photograph(sheet, f"{name}-{language}-{width}")
    assert await looking.barriers(sheet) == []
    assert await looking.walk(sheet) == []
