"""What a service contributes to the process that runs it: its routes and its background tasks.

``service(…)`` of each service is an async context manager that yields one of these, and closes on
exit what it opened. The process owns the server, the log, the database, the wall clock and the loop
over its workers; it adds ``/metrics``, ``/healthz`` and ``/readyz``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter

from shared.http import ErrorPage, Sessions

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""A task that runs until the event is set."""


class Service(NamedTuple):
    """One service, ready to be served."""

    routes: Sequence[APIRouter]
    background: Sequence[Work] = ()
    close_streams: Callable[[], None] = lambda: None
    """Ends unbounded responses (event streams) when the server shuts down."""
    error_page: ErrorPage | None = None
    """How a problem is shown to a browser."""
    public_paths: Sequence[str] = ()
    """Paths, with what is below them, that need no token."""
    sessions: Sessions | None = None
    """Of the people who sign in to its pages."""
