"""Calls to a provider, bounded in time and in bytes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import httpx
import msgspec

from services.compliance.people.oidc.errors import ProviderAwayError

SECONDS: Final = 5.0
"""For a whole answer, from the connection on."""
MOST_BYTES: Final = 1024 * 1024


class ProviderAnswer(NamedTuple):
    """A status, and an object of JSON; empty where there was none."""

    status: int
    document: Mapping[str, Any]


class BoundedClient:
    """Asks for JSON; raises :class:`ProviderAwayError` for no answer in time, or one too long."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, url: str, bearer: str = "") -> ProviderAnswer:
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        return await self._ask("GET", url, headers=headers)

    async def post(
        self, url: str, fields: Mapping[str, str], authentication: tuple[str, str] | None
    ) -> ProviderAnswer:
        """Send a form, with the user and password of HTTP Basic where they are given."""
        basic = None if authentication is None else httpx.BasicAuth(*authentication)
        return await self._ask("POST", url, data=fields, auth=basic)

    async def _ask(self, method: str, url: str, **what: Any) -> ProviderAnswer:
        # Undecoded: a compressed answer could be a thousand times what it is here.
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        what["headers"] = {**headers, **what.get("headers", {})}
        body = bytearray()
        try:
            async with asyncio.timeout(SECONDS), self._client.stream(method, url, **what) as answer:
                async for part in answer.aiter_raw():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise ProviderAwayError(f"{url} answers more than {MOST_BYTES} bytes")
        except TimeoutError:
            raise ProviderAwayError(f"{url} does not answer in {SECONDS:.0f} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise ProviderAwayError(f"{url}: {type(error).__name__} {error}".strip()) from None
        if answer.status_code >= 500 or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise ProviderAwayError(f"{url} answers {answer.status_code}")
        return ProviderAnswer(answer.status_code, _object(bytes(body)))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
