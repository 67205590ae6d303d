"""Routes that bypass FastAPI's dispatch, which takes longer than everything done with an event.

They stay in the OpenAPI document and reachable through FastAPI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]


class DirectRoute(APIRoute):
    """A route of one fixed path whose endpoint takes the request and nothing else."""


class Shortcut:
    """ASGI middleware: dispatches direct routes, and everything else to the application."""

    def __init__(self, app: ASGIApp, routes: FastAPI) -> None:
        self._app = app
        self._handlers = routes.exception_handlers
        self._endpoints = _endpoints(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        endpoint = None
        if scope["type"] == "http":
            endpoint = self._endpoints.get((scope["method"], scope["path"]))
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            answer = await endpoint(request)
        except Exception as error:
            answer = await self._error_response(request, error)
        await answer(scope, receive, send)

    async def _error_response(self, request: Request, error: Exception) -> Response:
        """The response of the application's handler for this error; raised again if it has none."""
        for kind in type(error).__mro__:
            if kind in self._handlers:
                answer = self._handlers[kind](request, error)
                return answer if isinstance(answer, Response) else await answer
        raise error


def _endpoints(routes: FastAPI) -> Mapping[tuple[str, str], Endpoint]:
    """The endpoint of each direct route, by method and path."""
    originals = [context.original_route for context in iter_route_contexts(routes.routes)]
    return {
        (method, route.path): route.endpoint
        for route in originals
        if isinstance(route, DirectRoute)
        for method in route.methods or ()
    }
