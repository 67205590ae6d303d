"""The words by which a record names a route: templates of the application, and nothing a client chose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

_BEGINNING = 2


class NamedRoute(NamedTuple):
    """The template of a path, and the file that stands in it; of a path that no route has, a beginning."""

    template: str
    file: str


class RouteTable:
    """The routes of an application, for requests that are refused before they are routed."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = [route for route in routes if isinstance(route, Route)]
        beginnings = (_beginning(route.path) for route in self._routes)
        self._beginnings = frozenset(one for one in beginnings if "{" not in one)

    def find(self, scope: Scope) -> NamedRoute:
        """The route of a request, whatever its method; no part of its path that is in no template."""
        for route in self._routes:
            match, found = route.matches(scope)
            if match is not Match.NONE:
                return NamedRoute(route.path, str(found["path_params"].get("file_id", "")))
        beginning = _beginning(scope["path"])
        return NamedRoute(beginning if beginning in self._beginnings else "", "")


def _beginning(path: str) -> str:
    """Two words of a path: ``/v1/files`` of ``/v1/files/X-1/…``."""
    return "/".join(path.split("/", _BEGINNING + 1)[: _BEGINNING + 1])
