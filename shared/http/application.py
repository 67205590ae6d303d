"""The application around a service's routes: health, readiness and common error handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig

from shared import tracing
from shared.domain.calendars import CoverageError
from shared.errors import UnavailableError
from shared.http import front_door, openapi
from shared.http.credentials import Credentials
from shared.http.direct import DirectRoute
from shared.http.front_door import Guard
from shared.http.problem_texts import DETAILS
from shared.http.problems import ErrorPage, ProblemError, refusal
from shared.http.request_spans import RequestSpans
from shared.http.sessions import Sessions
from shared.text import MomentError, Text

Readiness = Callable[[], Awaitable[Mapping[str, Any]]]
"""The lag of a service; raises ``UnavailableError`` when it cannot work."""

_DESCRIPTION = (
    "Live delay counters for public service standards. Publishers send the events of their files; "
    "readers ask how long a file has been counted, when it is due, and how often each commitment "
    "was kept. Words such as standards, units and outcomes are those of the catalogue."
)
_NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Its spans hold the path and the query: identifiers of files, and tokens of sign-in links. Ours: ``request_spans``."""
_BAD_MOMENT = Text(
    "Écrire un moment 2026-11-23, ou 2026-11-23T14:30:00-05:00 avec son décalage.",
    "Write a moment as 2026-11-23, or 2026-11-23T14:30:00-05:00 with its offset.",
)
_OUTSIDE = Text(
    "Ce moment, ou ce qui en découle, est hors des années que couvre le calendrier : "
    "voir /v1/calendars.",
    "This moment, or what follows from it, is outside the years the calendar covers: "
    "see /v1/calendars.",
)


def create_application(
    routes: Sequence[APIRouter],
    credentials: Credentials,
    readiness: Readiness,
    *,
    public_url: str = "",
    error_page: ErrorPage | None = None,
    public_paths: Sequence[str] = (),
    sessions: Sessions | None = None,
    guard: Guard | None = None,
) -> FastAPI:
    """The routes behind authentication, with ``/healthz`` and ``/readyz``; for the arguments see
    :func:`shared.http.front_door.secure`.
    """
    app = FastAPI(
        title="Echeance",  # generated clients are named after it: ASCII
        version="1",
        description=_DESCRIPTION,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
        generate_unique_id_function=openapi.operation_id,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # FastAPI redirects to the host that the client names
        telemetry=_NO_TELEMETRY,
    )
    for group in routes:
        _add(app, group)
    _add_health(app, readiness)
    app.add_exception_handler(MomentError, _answer(422, "bad_moment", _BAD_MOMENT))
    app.add_exception_handler(CoverageError, _answer(422, "outside_coverage", _OUTSIDE))
    app.add_exception_handler(
        UnavailableError, _answer(503, "unavailable", DETAILS["unavailable"], {"retry-after": "5"})
    )
    front_door.secure(app, credentials, public_url, error_page, public_paths, sessions, guard)
    if tracing.enabled():
        bypassing = [route for route in app.routes if isinstance(route, DirectRoute)]
        app.add_middleware(RequestSpans, direct=bypassing)
    openapi.install_openapi(app)
    return app


def _add(app: FastAPI, group: APIRouter) -> None:
    """Add routes as they are: ``include_router`` analyses each a second time, which takes most of a start."""
    for route in group.routes:
        if isinstance(route, APIRoute):
            route.operation_id = route.operation_id or openapi.operation_id(route)
        app.router.routes.append(route)


def _add_health(app: FastAPI, readiness: Readiness) -> None:
    @app.get("/healthz", tags=["health"], summary="Liveness", name="liveness")
    async def alive() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    figures: openapi.Responses = {200: {"content": openapi.schema_of(dict[str, Any])}}

    @app.get(
        "/readyz",
        tags=["health"],
        summary="Readiness",
        name="readiness",
        responses={**figures, **openapi.problem_responses(503)},
    )
    async def ready() -> JSONResponse:
        """How far each loop is behind; 503 when the log or the database does not answer."""
        return JSONResponse(dict(await readiness()))


def _answer(
    status: int, code: str, detail: Text, headers: Mapping[str, str] | None = None
) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, _: Exception) -> Response:
        return refusal(request, ProblemError(status, code, detail, headers=headers))

    return answer
