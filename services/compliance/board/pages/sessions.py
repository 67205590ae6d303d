"""One's own sessions: where one is signed in, and ending it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.compliance.board.live import Live
from services.compliance.board.shell import Board, form_fields, route_class
from services.compliance.people import SessionKeeper
from shared.domain import deadline_words
from shared.http import DETAILS, ProblemError, Session, events, front_door
from shared.text import Text

_FORM_BYTES: Final = 1_024
_FORM_SECONDS: Final = 10.0
_BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
"""What tells browsers and systems apart in what they call themselves, the first that fits."""


def router(board: Board, people: SessionKeeper, live: Live) -> APIRouter:
    """The page and its two forms, and the stream of pages that do not change by themselves."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get(front_door.SESSIONS_PATH)
    async def page(request: Request) -> Response:
        spoken = board.language(request)
        return board.page(
            request,
            "sessions.html",
            WORDS,
            own=await people.own(_session(request)),
            browser=browser_name,
            idle=deadline_words.amount(people.limits.idle.total_seconds(), "seconds", spoken),
            longest=deadline_words.amount(people.limits.longest.total_seconds(), "seconds", spoken),
            most=people.limits.most,
        )

    @routes.get(f"{front_door.SESSIONS_PATH}/stream")
    async def stream(request: Request) -> Response:
        _session(request)
        front_door.note_repeatable(request)  # each page that is opened asks for it
        return events(request, live.stand_by())

    @routes.post(f"{front_door.SESSIONS_PATH}/end")
    async def end(request: Request) -> Response:
        sent = await form_fields(request, most_bytes=_FORM_BYTES, seconds=_FORM_SECONDS)
        await people.end_own(_session(request), sent.get("session", ""))
        return _back()

    @routes.post(f"{front_door.SESSIONS_PATH}/end-others")
    async def end_others(request: Request) -> Response:
        await people.end_others(_session(request))
        return _back()

    return routes


def _session(request: Request) -> Session:
    """The session of the request; a program with a token has none, and so no list of them."""
    session = front_door.session_of(request)
    if session is None:
        raise ProblemError(404, "not_found", DETAILS["not_found"])
    return session


def _back() -> Response:
    return RedirectResponse(front_door.SESSIONS_PATH, status_code=303)


def browser_name(agent: str) -> str:
    """The usual name of a browser and of the system it runs on; empty where it says neither."""
    found = [
        next((name for sign, name in names if sign in agent), "") for names in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name)


WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Mes sessions", "My sessions"),
    "lead": Text(
        "Les navigateurs où {name} est en session. Terminez celles que vous ne reconnaissez pas.",
        "The browsers in which {name} is signed in. End those that you do not recognize.",
    ),
    "how": Text(
        "Une session se termine après {idle} sans activité, et au plus tard {longest} après son début. Au-delà de {most}, la plus ancienne se termine.",
        "A session ends after {idle} without activity, and {longest} after its beginning at the latest. Beyond {most}, the oldest ends.",
    ),
    "browser": Text("Navigateur", "Browser"),
    "unknown_browser": Text("Navigateur inconnu", "Unknown browser"),
    "begun": Text("Début", "Begun"),
    "seen": Text("Dernière activité", "Last active"),
    "ends": Text("Fin au plus tard", "Ends at the latest"),
    "this": Text("Cette session", "This session"),
    "end": Text("Terminer", "End"),
    "end_others": Text("Terminer toutes les autres", "End all others"),
}
