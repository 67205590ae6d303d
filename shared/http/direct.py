"""Routes answered without the framework's routing and injection: for the request that comes thousands of times a second.

Such a route is described, and can be reached, like every other. The shortcut only finds it sooner and hands it the bare request:
FastAPI's own way there takes longer than all that is done with an event.
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
    """ASGI middleware: straight to a direct route; everything else, and whatever such a route raises, goes the usual way."""

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
            answer = await self._answered(request, error)
        await answer(scope, receive, send)

    async def _answered(self, request: Request, error: Exception) -> Response:
        """As the application answers an error of this kind; one that it does not know is raised again."""
        for kind in type(error).__mro__:
            if kind in self._handlers:
                answer = self._handlers[kind](request, error)
                return answer if isinstance(answer, Response) else await answer
        raise error


def _endpoints(routes: FastAPI) -> Mapping[tuple[str, str], Endpoint]:
    """The endpoint of each direct route, by method and path."""
    found = [context.original_route for context in iter_route_contexts(routes.routes)]
    return {
        (method, route.path): route.endpoint
        for route in found
        if isinstance(route, DirectRoute)
        for method in route.methods or ()
    }
