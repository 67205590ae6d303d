"""Signing in and out: a form takes a token, the front door makes a session of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response

from services.compliance.board.shell import Board, form_fields, route_class
from services.compliance.board.words import SIGN_IN
from shared.http import ProblemError, front_door

NextAddress = Annotated[str, Query(alias="next", max_length=2_000)]
"""Where to go once signed in."""

_FORM_BYTES = 8_192


def router(board: Board, *, form_seconds: float = 10.0) -> APIRouter:
    """Signing in, with ``form_seconds`` to send the form, and signing out."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get(front_door.SIGN_IN_PATH, name=front_door.SIGN_IN_PAGE)
    async def form(request: Request, onward: NextAddress = "/") -> Response:
        link = front_door.link(request)
        if link is None:
            return _form(board, request, onward=_ours(onward))
        if link.refusal is None:
            return _form(board, request, token=link.token, advice="link_from_elsewhere")
        return _form(board, request, status=link.refusal.status, alarm="link_refused")

    @routes.post(front_door.SIGN_IN_PATH)
    async def sign_in(request: Request) -> Response:
        sent = await _fields(request, form_seconds)
        onward = _ours(sent.get("next", "/"))
        try:
            return front_door.sign_in(request, sent.get("token", "").strip(), onward)
        except ProblemError as error:
            if error.status == 503:
                raise
            return _form(board, request, status=error.status, onward=onward, alarm="refused")

    @routes.post(front_door.SIGN_OUT_PATH)
    async def sign_out(request: Request) -> Response:
        return front_door.sign_out(request, front_door.SIGN_IN_PATH)

    return routes


def _form(
    board: Board, request: Request, *, status: int = 200, onward: str = "/", **values: str
) -> Response:
    """The page with the form; what it says beside (``alarm``, ``advice``), by its word."""
    words = {"onward": onward, "token": "", "alarm": "", "advice": "", **values}
    return board.page(request, "sign_in.html", SIGN_IN, status=status, **words)


async def _fields(request: Request, seconds: float) -> Mapping[str, str]:
    """A form's fields; none of a body that is too long to be ours."""
    try:
        return await form_fields(request, most_bytes=_FORM_BYTES, seconds=seconds)
    except ProblemError as error:
        if error.status == 413:
            return {}
        raise


def _ours(onward: str) -> str:
    """An address of this site, and never another's; the home page otherwise."""
    within = onward.startswith("/") and not onward.startswith(("//", "/\\"))
    if not within or not (onward.isascii() and onward.isprintable()):
        return "/"
    signs = urlsplit(onward).path in (front_door.SIGN_IN_PATH, front_door.SIGN_OUT_PATH)
    return "/" if signs else onward
