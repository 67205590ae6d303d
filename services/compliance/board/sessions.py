"""Signing in and out: a form takes a token, the front door makes a session of it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response

from services.compliance.board.pages import Board, route_class
from services.compliance.board.words import SIGN_IN
from shared import http
from shared.bodies import body_of
from shared.problems import ProblemError

Onward = Annotated[str, Query(alias="next", max_length=2_000)]
"""Where to go once signed in."""

_FORM_BYTES = 8_192
_FORM_SECONDS = 10.0


def router(board: Board) -> APIRouter:
    """The sign-in page, its form, and the way out."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get(http.SIGN_IN_PATH, name=http.SIGN_IN_PAGE)
    async def form(request: Request, onward: Onward = "/") -> Response:
        return board.page(request, "sign_in.html", SIGN_IN, onward=_ours(onward), refused=False)

    @routes.post(http.SIGN_IN_PATH)
    async def sign_in(request: Request) -> Response:
        sent = await _fields(request)
        onward = _ours(sent.get("next", "/"))
        try:
            return http.signed_in(request, sent.get("token", "").strip(), onward)
        except ProblemError as error:
            if error.status == 503:
                raise
            return board.page(
                request, "sign_in.html", SIGN_IN, status=error.status, onward=onward, refused=True
            )

    @routes.post(http.SIGN_OUT_PATH)
    async def sign_out() -> Response:
        return http.signed_out(http.SIGN_IN_PATH)

    return routes


async def _fields(request: Request) -> dict[str, str]:
    """A form's fields, each once; none of a body that is too long to be ours."""
    try:
        body = await body_of(request, most_bytes=_FORM_BYTES, seconds=_FORM_SECONDS)
    except ProblemError as error:
        if error.status == 413:
            return {}
        raise
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _ours(onward: str) -> str:
    """An address of this site, and never another's; the home page otherwise."""
    within = onward.startswith("/") and not onward.startswith(("//", "/\\"))
    return onward if within and onward.isascii() and onward.isprintable() else "/"
