"""A span for each HTTP request: its method, its route and its status, and nothing of what it asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers as RequestHeaders
from starlette.routing import Match, Route

from shared.tracing import request_span

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_UNTRACED: Final = ("/healthz", "/readyz", "/metrics", "/static/")


class RequestSpans:
    """ASGI middleware, to be put before everything else; ``direct`` are the routes that bypass routing."""

    def __init__(self, app: ASGIApp, direct: Sequence[Route]) -> None:
        self._app = app
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        if scope["type"] != "http" or scope["path"].startswith(_UNTRACED):
            await self._app(scope, receive, send)
            return
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with request_span(scope["method"], RequestHeaders(scope=scope).get) as span:
            try:
                await self._app(scope, receive, noting)
            finally:
                span.end(self._route(scope), status)

    def _route(self, scope: Scope) -> str:
        """The route's template, in which no identifier stands; empty if there is no such route."""
        route = scope.get("route")
        if route is not None:
            return str(route.path)
        matching = (one.path for one in self._direct if one.matches(scope)[0] is Match.FULL)
        return next(matching, "")
