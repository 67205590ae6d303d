"""A site whose people sign in at a provider, and a wall clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI

from shared.metrics.registry import Metrics
from shared.process import runner
from tests.services.compliance.board.browsing import BROWSER
from tests.services.compliance.people.provider import CLIENT, SECRET, SigningProvider
from tests.services.world import Site, World, site, world

ACCESS: Final = """
contact: {fr: "le bureau des accès, poste 4000", en: "the access desk, extension 4000"}
groups:
  laval: {units: [laval]}
  montreal: {units: [montreal]}
  direction: {units: all, rights: [read, explain]}
"""
OWN_SITE: Final = {"sec-fetch-site": "same-origin"}


class Wall:
    """The wall clock, so much ahead of the machine's."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return runner.now() + self.ahead


class Office:
    """A site, its provider, its clock and its file of rights."""

    def __init__(
        self, web: Site, known: World, provider: SigningProvider, wall: Wall, access: Path
    ) -> None:
        self.web = web
        self.known = known
        self.provider = provider
        self.wall = wall
        self.access = access

    @property
    def browser(self) -> httpx.AsyncClient:
        return self.web.client

    @property
    def application(self) -> FastAPI:
        """What answers, to be served on a port."""
        transport = self.browser._transport
        assert isinstance(transport, httpx.ASGITransport)
        assert isinstance(transport.app, FastAPI)
        return transport.app

    def another(self) -> httpx.AsyncClient:
        """Another browser, of another person or the same."""
        return httpx.AsyncClient(transport=self.browser._transport, base_url=self.browser.base_url)

    async def leave(
        self, browser: httpx.AsyncClient | None = None, onward: str = "/worklist"
    ) -> httpx.URL:
        """Begin a sign-in, and come back from the provider: the address that it leads back to, not opened yet."""
        at = browser or self.browser
        sent = await at.get("/sign-in/oidc", params={"next": onward}, headers=BROWSER)
        assert sent.status_code == 303, sent.text
        async with httpx.AsyncClient(trust_env=False) as outside:
            back = await outside.get(sent.headers["location"])
        assert back.status_code == 303, back.text
        return httpx.URL(back.headers["location"])

    async def sign_in(
        self, browser: httpx.AsyncClient | None = None, onward: str = "/worklist"
    ) -> httpx.Response:
        at = browser or self.browser
        return await at.get(await self.leave(at, onward), headers=BROWSER)

    async def is_in(self, browser: httpx.AsyncClient | None = None) -> bool:
        answer = await (browser or self.browser).get("/worklist", headers=BROWSER)
        assert answer.status_code in (200, 303), answer.text
        return answer.status_code == 200


def asked_of(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@asynccontextmanager
async def office(
    folder: Path,
    provider: SigningProvider,
    *,
    access: str = ACCESS,
    access_file: Path | None = None,
    **changes: Any,
) -> AsyncIterator[Office]:
    """A site whose people sign in at this provider."""
    secret, file, wall = folder / "secret", folder / "access.yaml", Wall()
    secret.write_text(SECRET)
    file.write_text(access)
    settings = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret_file": secret,
        "access": access_file or file,
        "public_url": "http://echeance",
        "sign_in_by_token": "off",
        **changes,
    }
    async with world(folder, **settings) as known:
        known.embedded = replace(known.embedded, metrics=Metrics(wall))
        async with site(known) as web:
            yield Office(web, known, provider, wall, file)
