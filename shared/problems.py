"""Errors over HTTP, all in one form: problem+json (RFC 9457), in French by default and in English by choice.

Whatever goes wrong in a request (an unknown route, a bad parameter, our own bug) is answered here, so no reader ever meets an
error of another shape. ``type`` and the codes are stable words for programs; ``title`` and ``detail`` are for people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.problem_texts import DETAILS, TITLES, UNKNOWN_TITLE
from shared.texts import Language, Text

_LANGUAGE_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*"
)


class ProblemError(Exception):
    """Ends a request with a problem: its status, and a stable code.

    ``detail`` is a template over ``values``, which are members of the answer too; ``errors`` are the single faults.
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


def language_of(accept_language: str | None) -> Language:
    """The language asked for by an ``Accept-Language`` header: French unless English is preferred to it."""
    return preferred_language(accept_language) or "fr"


def preferred_language(accept_language: str | None) -> Language | None:
    """French or English, whichever the header prefers; None where it asks for neither."""
    weights: dict[str, float] = {}
    for part in (accept_language or "").split(",")[:20]:
        matched = _LANGUAGE_RANGE.fullmatch(part)
        if matched is not None:
            name, weight = matched[1].lower(), float(matched[2] or 1)
            weights[name] = max(weight, weights.get(name, 0.0))
    french, english = weights.get("fr", 0.0), weights.get("en", 0.0)
    if not french and not english:
        return None
    return "en" if english > french else "fr"


def requested_language(request: Request) -> Language:
    """The language of a request."""
    return language_of(request.headers.get("accept-language"))


def problem(error: ProblemError, language: Language) -> Response:
    """The answer that tells a problem; in ASCII, for what it repeats of a request may be anything."""
    return Response(
        json.dumps(error.body(language)),
        status_code=error.status,
        media_type="application/problem+json",
        headers={**error.headers, "content-language": language},
    )


def install(app: FastAPI) -> None:
    """Make every error of an application a problem; the unexpected ones also stay errors for the server to log."""
    app.add_exception_handler(ProblemError, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(ClientDisconnect, _answer_disconnect)


async def _answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem(error, requested_language(request))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _code_of(error.status_code)
    detail = DETAILS.get(code, TITLES.get(error.status_code, UNKNOWN_TITLE))
    answer = ProblemError(error.status_code, code, detail, headers=error.headers)
    return problem(answer, requested_language(request))


async def _answer_disconnect(request: Request, error: Exception) -> Response:
    """The client has gone: nobody reads this, and it is no error of ours."""
    answer = ProblemError(400, "disconnected", DETAILS["disconnected"])
    return problem(answer, requested_language(request))


async def _answer_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    language = requested_language(request)
    errors = [_parameter_fault(one, language) for one in error.errors()]
    detail = DETAILS["invalid_parameters"]
    return problem(ProblemError(422, "invalid_parameters", detail, errors=errors), language)


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
