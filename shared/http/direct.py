"""Routes that bypass FastAPI's dispatch, which takes longer than everything done with an event.

They stay in the OpenAPI document and reachable through FastAPI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]


class DirectRoute(APIRoute):
    """A route whose endpoint takes the request and nothing else.

    Its path is fixed, or ends with one parameter: ``/v1/hooks/{name}``.
    """


class _Ending(NamedTuple):
    """A direct route's parameter and endpoint."""

    parameter: str
    endpoint: Endpoint


class Shortcut:
    """ASGI middleware: dispatches direct routes, and everything else to the application."""

    def __init__(self, app: ASGIApp, routes: FastAPI) -> None:
        self._app = app
        self._handlers = routes.exception_handlers
        endpoints = _endpoints(routes)
        self._endpoints = {key: one for key, one in endpoints.items() if not key[1].endswith("}")}
        self._endings = {
            (method, root): _Ending(parameter.strip("{}"), one)
            for (method, path), one in endpoints.items()
            for root, _, parameter in [path.rpartition("/")]
            if path.endswith("}")
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        endpoint = self._endpoint(scope) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            answer = await endpoint(request)
        except Exception as error:
            answer = await self._error_response(request, error)
        await answer(scope, receive, send)

    def _endpoint(self, scope: Scope) -> Endpoint | None:
        """The endpoint of a direct route; the parameter that ends its path is set as routing does."""
        method, path = scope["method"], scope["path"]
        endpoint = self._endpoints.get((method, path))
        if endpoint is not None:
            scope["route_path"] = path
            return endpoint
        root, _, last = path.rpartition("/")
        ending = self._endings.get((method, root)) if last else None
        if ending is None:
            return None
        scope["path_params"] = {ending.parameter: last}
        scope["route_path"] = f"{root}/{{{ending.parameter}}}"
        return ending.endpoint

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
