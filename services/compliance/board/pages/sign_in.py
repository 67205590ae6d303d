"""Signing in and out: a form takes a token or leads to a provider, and a session begins."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.compliance.board.onward import NextAddress, ours
from services.compliance.board.pages import provider
from services.compliance.board.shell import Board, form_fields, route_class
from services.compliance.board.words import SIGN_IN
from services.compliance.people import SessionKeeper
from shared.http import ProblemError, front_door

_FORM_BYTES = 8_192


def router(board: Board, people: SessionKeeper, *, form_seconds: float = 10.0) -> APIRouter:
    """Signing in, with ``form_seconds`` to send the form, and signing out."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get(front_door.SIGN_IN_PATH, name=front_door.SIGN_IN_PAGE)
    async def form(request: Request, onward: NextAddress = "/", ended: str = "") -> Response:
        link = front_door.link(request)
        if link is None:
            advice = "ended" if ended else ""
            return _form(board, people, request, onward=ours(onward), advice=advice)
        if link.refusal is None:
            return _form(board, people, request, token=link.token, advice="link_from_elsewhere")
        return _form(board, people, request, status=link.refusal.status, alarm="link_refused")

    @routes.post(front_door.SIGN_IN_PATH)
    async def sign_in(request: Request) -> Response:
        sent = await _fields(request, form_seconds)
        onward = ours(sent.get("next", "/"))
        try:
            return await front_door.sign_in(request, sent.get("token", "").strip(), onward)
        except ProblemError as error:
            if error.status == 503 or not people.by_token:
                raise
            return _form(
                board, people, request, status=error.status, onward=onward, alarm="refused"
            )

    @routes.post(front_door.SIGN_OUT_PATH)
    async def sign_out(request: Request) -> Response:
        identifier = front_door.session_identifier(request)
        left = await people.leave(identifier) if identifier else None
        if left is not None:
            by_person = bool(left.caller.subject)
            front_door.note_caller(request, left.caller, by="person" if by_person else "session")
        response: Response
        if left is not None and left.id_token and people.provider is not None:
            response = await provider.left(board, people.provider, request, left.id_token)
        else:
            response = RedirectResponse(front_door.SIGN_IN_PATH, status_code=303)
        front_door.drop_session(request, response)
        return response

    return routes


def _form(
    board: Board,
    people: SessionKeeper,
    request: Request,
    *,
    status: int = 200,
    onward: str = "/",
    **values: str,
) -> Response:
    """The page with the form; what it says beside (``alarm``, ``advice``), by its word."""
    words = {"token": "", "alarm": "", "advice": "", **values}
    return board.page(
        request,
        "sign_in.html",
        SIGN_IN,
        status=status,
        onward=onward,
        by_provider=people.provider is not None,
        by_token=people.by_token,
        **words,
    )


async def _fields(request: Request, seconds: float) -> Mapping[str, str]:
    """A form's fields; none of a body that is too long to be ours."""
    try:
        return await form_fields(request, most_bytes=_FORM_BYTES, seconds=seconds)
    except ProblemError as error:
        if error.status == 413:
            return {}
        raise
