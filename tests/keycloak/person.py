"""Somebody with a browser that trusts this machine without TLS, as browsers do and HTTP clients do not."""

from __future__ import annotations

import html
import re
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.keycloak.realm import PASSWORD

_HEADERS = {"accept": "text/html", "sec-fetch-site": "same-origin", "accept-language": "fr"}


class Person:
    """Keeps the cookies of each host, also those for TLS alone."""

    def __init__(self, address: str) -> None:
        self._client = httpx.AsyncClient(trust_env=False, timeout=60)
        self._address = address
        self._cookies: dict[str, dict[str, str]] = {}

    async def __aenter__(self) -> Person:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:  # fmt: skip
        await self._client.aclose()

    async def ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        """An answer, and nothing of what it leads to."""
        url = httpx.URL(urljoin(self._address, path))
        kept = self._cookies.setdefault(url.host, {})
        sent = "; ".join(f"{name}={value}" for name, value in kept.items())
        self._client.cookies.clear()
        answer = await self._client.request(method, url, headers={**_HEADERS, "cookie": sent}, **what)  # fmt: skip
        for one in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(one).items():
                kept[name] = morsel.value
                if not morsel.value or morsel["max-age"] == "0":
                    del kept[name]
        return answer

    async def follow(self, method: str, path: str, **what: Any) -> httpx.Response:
        """The page that an address leads to."""
        answer = await self.ask(method, path, **what)
        while answer.is_redirect:
            answer = await self.ask("GET", urljoin(str(answer.url), answer.headers["location"]))
        return answer

    async def sign_in(self, name: str, onward: str = "/worklist") -> httpx.Response:
        """Sign in at Keycloak's own form, and come back."""
        form = await self.follow("GET", "/sign-in/oidc", params={"next": onward})
        action = re.search(r'<form[^>]*action="([^"]+)"', form.text)
        assert action is not None, form.text
        sent = {"username": name, "password": PASSWORD, "credentialId": ""}
        return await self.follow("POST", html.unescape(action[1]), data=sent)

    async def is_in(self) -> bool:
        answer = await self.ask("GET", "/worklist")
        assert answer.status_code in (200, 303), answer.text
        return answer.status_code == 200
