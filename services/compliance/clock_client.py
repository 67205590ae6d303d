"""Histories of files, from the clock's store in the same process or from its API.

The API is called with a token of compliance, read from its file for each request, never a reader's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import httpx
import msgspec

from shared.domain import History, decode_history
from shared.errors import SettingError, UnavailableError
from shared.process import Settings, secret, tls

_TIMEOUT = httpx.Timeout(3.0, connect=1.0)


class HistorySource(Protocol):
    """Reads histories."""

    async def history(self, file_id: str) -> History | None:
        """The events of one file; None where there is no such file. Raises ``UnavailableError``."""


class RemoteHistories:
    """Histories from a clock's API; any instance answers for every file."""

    def __init__(self, client: httpx.AsyncClient, token_file: Path) -> None:
        self._client = client
        self._token_file = token_file

    async def history(self, file_id: str) -> History | None:
        headers = {"authorization": f"Bearer {self._token()}"}
        try:
            answer = await self._client.get(f"/v1/files/{file_id}/events", headers=headers)
        except httpx.HTTPError as error:
            raise UnavailableError(f"the clock: {type(error).__name__} {error}".strip()) from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.OK:
            raise UnavailableError(f"the clock: {answer.status_code} {answer.text[:200]}")
        try:
            return decode_history(answer.content)
        except msgspec.DecodeError as error:
            raise UnavailableError(f"the clock: its answer is no history: {error}") from error

    def _token(self) -> str:
        try:
            token = secret("CLOCK_TOKEN_FILE", self._token_file)
        except SettingError as error:
            raise UnavailableError(f"the clock's token: {error}") from error
        if not (token.isascii() and token.isprintable()):
            raise UnavailableError("the clock's token: ECHEANCE_CLOCK_TOKEN_FILE holds no token")
        return token


@asynccontextmanager
async def remote_histories(settings: Settings) -> AsyncIterator[HistorySource | None]:
    """Histories from ``ECHEANCE_CLOCK_URL``; None if it is not set. Raises ``SettingError``."""
    if not settings.clock_url:
        yield None
        return
    if settings.clock_token_file is None:
        raise SettingError("ECHEANCE_CLOCK_TOKEN_FILE must be set beside ECHEANCE_CLOCK_URL")
    async with httpx.AsyncClient(
        base_url=settings.clock_url,
        timeout=_TIMEOUT,
        trust_env=False,
        verify=tls.clock_context(settings),
    ) as client:
        yield RemoteHistories(client, settings.clock_token_file)
