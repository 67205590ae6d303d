"""One Keycloak, and one board whose people sign in there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from echeance.system import site as serving
from shared.http.credentials import Credentials
from shared.process import runner
from tests.board.browser import CHROMIUM, chromium
from tests.board.conftest import Photographer, photograph, pytest_addoption
from tests.builders import at, received
from tests.keycloak.person import Person
from tests.keycloak.realm import ACCESS, CLIENT, SECRET, realm
from tests.servers.absence import cannot, needing
from tests.servers.keycloak import Keycloak, keycloak
from tests.servers.ports import free_ports
from tests.services.world import BEGINNING, World, world

__all__ = ["Photographer", "photograph", "pytest_addoption"]


class Board(NamedTuple):
    """A board at its address, and what a test may change of it."""

    address: str
    known: World
    provider: Keycloak
    token: str
    access: Path

    def person(self) -> Person:
        """Somebody who has never been here."""
        return Person(self.address)


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    with needing("Keycloak"):
        started = keycloak(tmp_path_factory.mktemp("keycloak"))
        running = started.__enter__()
    try:
        yield running
    finally:
        started.__exit__(None, None, None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def board(
    provider: Keycloak, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Board]:
    folder, [port] = tmp_path_factory.mktemp("board"), free_ports(1)
    address = f"http://127.0.0.1:{port}"
    provider.make_realm(realm(address))
    (folder / "secret").write_text(SECRET)
    (folder / "access.yaml").write_text(ACCESS)
    settings: dict[str, Any] = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret_file": folder / "secret",
        "oidc_refresh_seconds": 1,  # less than can be set: a test waits for it
        "oidc_acr_values": ("1",),
        "oidc_max_age_seconds": 3_600,
        "access": folder / "access.yaml",
        "public_url": address,
        "sign_in_by_token": "off",
    }
    async with world(folder, **settings) as known:
        await known.live(
            received("LAVAL-1", BEGINNING[:10], unit="laval"),
            received("MONTREAL-1", BEGINNING[:10], unit="montreal"),
        )
        credentials = Credentials(folder / "credentials.json")
        token = credentials.create("program", ["read"], created=at(BEGINNING))
        async with (
            serving.embedded_site(known.embedded, credentials, known.settings, known.now) as served,
            runner.serving(served.app, "127.0.0.1", port, close_streams=served.close_streams),
        ):
            yield Board(address, known, provider, token, folder / "access.yaml")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chrome() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        cannot("Chromium", f"there is no {CHROMIUM}; .ci/packages installs it")
    async with chromium() as started:
        yield started
