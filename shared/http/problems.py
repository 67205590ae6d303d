"""Errors over HTTP as problem+json (RFC 9457), in French by default and in English if preferred.

Every error is answered here: unknown routes, bad parameters, bugs. ``type`` and the codes are
stable and for programs; ``title`` and ``detail`` are for people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse
from starlette.routing import Match

from shared.http.negotiation import language_preferred, page_preferred
from shared.http.problem_texts import DETAILS, TITLES, UNKNOWN_TITLE
from shared.text import Language, Text


class ProblemError(Exception):
    """Ends a request with a problem: its status, and a stable code.

    ``detail`` is a template over ``values``, which are members of the problem too.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: Text,
        *,
        errors: Sequence[Mapping[str, object]] = (),
        headers: Mapping[str, str] | None = None,
        values: Mapping[str, str | int] | None = None,
    ) -> None:
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers, self.values = errors, headers or {}, values or {}
        super().__init__(f"{status} {code} {values or ''}")

    def body(self, language: Language) -> dict[str, Any]:
        """The members of the problem (RFC 9457 §3)."""
        members: dict[str, Any] = {
            "type": f"urn:echeance:problem:{self.code.replace('_', '-')}",
            "title": TITLES.get(self.status, UNKNOWN_TITLE).within(language),
            "status": self.status,
            "detail": self.detail.within(language).format_map(self.values),
            **self.values,
        }
        if self.errors:
            members["errors"] = self.errors
        return members


ErrorPage = Callable[[Request, ProblemError], Response]
"""How an application shows a problem to a browser."""


def language_of(accept_language: str | None) -> Language:
    """The language of an ``Accept-Language`` header: French unless English is preferred."""
    return language_preferred(accept_language) or "fr"


def requested_language(request: Request) -> Language:
    """The language of a request."""
    return language_of(request.headers.get("accept-language"))


def problem(error: ProblemError, language: Language) -> Response:
    """A problem as a response; in ASCII, as it may quote anything from the request."""
    return Response(
        json.dumps(error.body(language)),
        status_code=error.status,
        media_type="application/problem+json",
        headers={**error.headers, "content-language": language},
    )


def refusal(request: Request, error: ProblemError) -> Response:
    """A problem as a page for browsers, if the application has one, or as ``problem+json``."""
    request.scope.setdefault("state", {})["problem"] = error.code
    page: ErrorPage | None = getattr(request.scope["app"].state, "error_page", None)
    if page is not None and page_preferred(request.headers.get("accept")):
        answer = page(request, error)
        answer.headers.update(error.headers)
    else:
        answer = problem(error, requested_language(request))
    answer.headers.add_vary_header("accept")
    return answer


def install_problem_handlers(app: FastAPI, error_page: ErrorPage | None = None) -> None:
    """Answer every error with a problem; unexpected ones are raised again for the server to log."""
    app.state.error_page = error_page
    app.exception_handler(ProblemError)(_answer_problem)
    app.exception_handler(RequestValidationError)(_answer_validation)
    app.exception_handler(HTTPException)(_answer_http)
    app.exception_handler(ClientDisconnect)(_answer_disconnect)


async def _answer_problem(request: Request, error: ProblemError) -> Response:
    return refusal(request, error)


async def _answer_http(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.NOT_FOUND and (onward := _without_slash(request)):
        return RedirectResponse(onward)
    code = _code_of(error.status_code)
    detail = DETAILS.get(code, TITLES.get(error.status_code, UNKNOWN_TITLE))
    headers = dict(error.headers or {})
    if "GET" in headers.get("Allow", "").split(", "):
        headers["Allow"] += ", HEAD"
    return refusal(request, ProblemError(error.status_code, code, detail, headers=headers))


def _without_slash(request: Request) -> str | None:
    """The path without its trailing slash, if a route has it; no host, which the client chooses."""
    path = request.scope["path"]
    target = {**request.scope, "path": path.rstrip("/")}
    if path == target["path"] or path.startswith("//"):
        return None
    if all(route.matches(target)[0] is Match.NONE for route in request.app.routes):
        return None
    query = request.scope["query_string"].decode("latin-1")
    return quote(target["path"]) + (f"?{query}" if query else "")


async def _answer_disconnect(request: Request, error: Exception) -> Response:
    """The client has disconnected: nobody reads this, and nothing is logged."""
    return refusal(request, ProblemError(400, "disconnected", DETAILS["disconnected"]))


async def _answer_validation(request: Request, error: RequestValidationError) -> Response:
    language = requested_language(request)
    errors = [_parameter_fault(one, language) for one in error.errors()]
    detail = DETAILS["invalid_parameters"]
    return refusal(request, ProblemError(422, "invalid_parameters", detail, errors=errors))


def _parameter_fault(error: Mapping[str, Any], language: Language) -> dict[str, object]:
    tokens = [str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"]]
    name = str(error["loc"][-1])
    missing = error["type"] == "missing"
    french = f"{name} est requis." if missing else f"La valeur de {name} n’est pas valide."
    detail = Text(french, f"{name}: {error['msg']}").within(language)
    return {"pointer": "/" + "/".join(tokens), "code": error["type"], "detail": detail}


def _code_of(status: int) -> str:
    try:
        return HTTPStatus(status).name.lower()
    except ValueError:
        return "error"
