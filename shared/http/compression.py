"""Answers compressed with gzip where the client takes it.

Never server-sent events, which must arrive as they happen. What an attacker could learn from the length of a compressed answer that holds both
their words and a secret (BREACH) is not to be had here: no page or answer holds a token, and the session's cookie is never in a body.
"""

from __future__ import annotations

from typing import Final

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_LEVEL: Final = 5
"""Of 9: the last levels take twice the time for a hundredth of the size."""


class Compression:
    """ASGI middleware: gzip for what is read; what is published is answered in a few bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        reading = scope["type"] == "http" and scope["method"] == "GET"
        await (self._compressing if reading else self._app)(scope, receive, send)
