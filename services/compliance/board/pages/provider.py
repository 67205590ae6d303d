"""To the provider and back: signing in there, signing out there, and what it says by itself."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from services.compliance.board.onward import NextAddress, ours
from services.compliance.board.shell import Board, form_fields, route_class
from services.compliance.people import SessionKeeper
from services.compliance.people.oidc import (
    PersonIdentity,
    Provider,
    ProviderAwayError,
    SignInRefusedError,
    flow,
)
from shared.domain.calendars import BilingualText
from shared.http import SIGN_IN_COOKIE, Principal, front_door
from shared.text import Text

_FLOW_SECONDS: Final = 600
_NOTICE_BYTES: Final = 128 * 1024
_log = logging.getLogger("echeance.sign_in")


def router(
    board: Board, people: SessionKeeper, provider: Provider, *, form_seconds: float = 10.0
) -> APIRouter:
    """The way to a provider and back, with ``form_seconds`` for a notice that a session is over."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get(front_door.PROVIDER_PATH)
    async def leave(request: Request, onward: NextAddress = "/") -> Response:
        if front_door.is_from_elsewhere(request):  # it would sign its reader in unasked
            form = f"{front_door.SIGN_IN_PATH}?next={quote(ours(onward), safe='')}"
            return RedirectResponse(form, status_code=303)
        begun = flow.new_flow(secrets.token_bytes(flow.SECRET_BYTES), ours(onward))
        try:
            address = await provider.authorization_url(begun)
        except ProviderAwayError as error:
            return _away(board, request, error)
        response = RedirectResponse(address, status_code=303)
        cookie, kept = SIGN_IN_COOKIE, begun.cookie()
        front_door.set_cookie(request, response, cookie, kept, seconds=_FLOW_SECONDS)
        return response

    @routes.get(f"{front_door.PROVIDER_PATH}/callback")
    async def come_back(request: Request) -> Response:
        response = await _begin(board, people, provider, request)
        front_door.set_cookie(request, response, SIGN_IN_COOKIE, "")
        return response

    @routes.post(front_door.PROVIDER_SIGN_OUT_PATH)
    async def over(request: Request) -> Response:
        """OpenID Connect Back-Channel Logout 1.0."""
        sent = await form_fields(request, most_bytes=_NOTICE_BYTES, seconds=form_seconds)
        try:
            notice = await provider.logout_notice(sent.get("logout_token", ""))
        except SignInRefusedError as error:
            _log.warning("a notice that sessions are over was refused: %s", error)
            return JSONResponse({"error": "invalid_request"}, status_code=400)
        except ProviderAwayError as error:
            _log.warning("a notice that sessions are over could not be verified: %s", error)
            return JSONResponse({"error": "temporarily_unavailable"}, status_code=503)
        # Its name is in no notice. Recorded before: what ends is then told, even if it ends half.
        caller = Principal("", frozenset(), frozenset(), frozenset(), subject=notice.subject or "")
        front_door.note_caller(request, caller, by="hook")
        ended = await people.end_at_provider(notice)
        _log.info("the provider says that sessions are over: %d ended", ended)
        return Response(status_code=200)

    return routes


async def left(board: Board, provider: Provider, request: Request, id_token: str) -> Response:
    """The page of who has signed out here, which leads on to signing out at the provider.

    By ``Refresh``, not by a redirection: what answers a form may lead to this site only (the policy's
    ``form-action``).
    """
    try:
        address = await provider.sign_out_url(id_token, front_door.SIGN_IN_PATH)
    except ProviderAwayError as error:
        _log.warning("signed out here, and not at the provider: %s", error)
        return _stopped(board, request, "left_here", 200)
    if address is None:
        return RedirectResponse(front_door.SIGN_IN_PATH, status_code=303)
    page = _stopped(board, request, "leaving", 200, leave=address)
    page.headers["refresh"] = f"0; url={address}"
    return page


async def _begin(
    board: Board, people: SessionKeeper, provider: Provider, request: Request
) -> Response:
    """A session for who came back, or a page that says why there is none."""
    begun = flow.read_flow(front_door.cookie_of(request, SIGN_IN_COOKIE))
    try:
        if begun is None:
            raise SignInRefusedError("state", "the browser has begun no sign-in, or long ago")
        identity = await provider.identity(begun, request.query_params)
        if identity.lacking:
            return await _too_weak(board, provider, request, identity)
        session = await people.begin_for(
            identity,
            state=begun.state,
            agent=front_door.agent_of(request.scope),
            replaces=front_door.session_identifier(request),
        )
    except ProviderAwayError as error:
        return _away(board, request, error)
    except SignInRefusedError as error:
        _log.warning("a sign-in at the provider was refused: %s", error)
        cancelled = error.what == "cancelled"
        reason: front_door.SignInFailure = "sign_in_cancelled" if cancelled else "sign_in_refused"
        front_door.note_refused_sign_in(request, reason)
        return _stopped(board, request, "cancelled" if cancelled else "not_signed_in", 403)
    if session is None:
        return await _no_rights(board, people, provider, request, identity)
    front_door.note_caller(request, session.caller, by="person")
    reads = "read" in session.caller.scopes  # or may audit alone
    onward = ours(begun.onward) if reads else front_door.AUDIT_PAGE_PATH
    response = RedirectResponse(onward, status_code=303)
    front_door.keep_session(request, response, session.identifier)
    return response


async def _too_weak(
    board: Board, provider: Provider, request: Request, who: PersonIdentity
) -> Response:
    _log.warning("who signed in did not do so as required, by %s: see the audit trail", who.lacking)
    return await _refused(board, provider, request, who, "sign_in_too_weak", "too_weak")


async def _no_rights(
    board: Board, people: SessionKeeper, provider: Provider, request: Request, who: PersonIdentity
) -> Response:
    _log.warning("who signed in is in no group that access.yaml names: see the audit trail")
    contact = people.contact
    return await _refused(board, provider, request, who, "no_rights", "no_rights", contact)


async def _refused(
    board: Board,
    provider: Provider,
    request: Request,
    who: PersonIdentity,
    reason: front_door.SignInFailure,
    what: str,
    contact: BilingualText | None = None,
) -> Response:
    """The page of somebody whom the provider named and who does not get in, with the way out there."""
    caller = Principal(who.name, frozenset(), frozenset(), frozenset(), subject=who.subject)
    front_door.note_refused_sign_in(request, reason, caller)
    address = None
    with suppress(ProviderAwayError):
        address = await provider.sign_out_url(who.tokens.id_token, front_door.SIGN_IN_PATH)
    values = {"name": who.name, "contact": contact, "leave": address}
    return _stopped(board, request, what, 403, **values)


def _away(board: Board, request: Request, error: ProviderAwayError) -> Response:
    _log.warning("nobody can sign in, the provider is away: %s", error)
    page = _stopped(board, request, "away", 503)
    page.headers["retry-after"] = "30"
    return page


def _stopped(board: Board, request: Request, what: str, status: int, **values: object) -> Response:
    """A page that ends a sign-in or a session, by the word that says which."""
    shown: Mapping[str, object] = {"name": "", "contact": None, "leave": None, **values}
    return board.page(request, "sign_in_stopped.html", WORDS, status=status, what=what, **shown)


WORDS: Final[Mapping[str, Text]] = {
    "no_rights": Text("Aucun droit d’accès", "No right of access"),
    "no_rights_why": Text(
        "Votre organisation vous connaît sous le nom de {name}, mais aucun de vos groupes ne donne accès à Échéance.",
        "Your organization knows you as {name}, but none of your groups gives access to Échéance.",
    ),
    "too_weak": Text("Connexion trop faible", "Your sign-in was not strong enough"),
    "too_weak_why": Text(
        "Votre organisation vous connaît sous le nom de {name}, mais la connexion n’a pas été faite comme Échéance l’exige\u00a0: avec un second facteur, par exemple, ou tout récemment. Déconnectez-vous de votre organisation, puis recommencez.",
        "Your organization knows you as {name}, but you did not sign in there as Échéance requires: with a second factor, for example, or just now. Sign out of your organization, then try again.",
    ),
    "ask": Text("Pour l’obtenir, adressez-vous à", "To get it, ask"),
    "away": Text("Connexion impossible pour le moment", "Nobody can sign in at the moment"),
    "away_why": Text(
        "Le service de comptes de votre organisation ne répond pas, ou refuse Échéance. Rien n’est perdu\u00a0: les délais sont comptés et les alertes partent. Réessayez dans un instant\u00a0; si cela dure, dites-le à l’exploitant.",
        "Your organization’s account service does not answer, or refuses Échéance. Nothing is lost: delays are counted and alerts are sent. Try again shortly; if it lasts, tell the operator.",
    ),
    "not_signed_in": Text("La connexion n’a pas abouti", "You are not signed in"),
    "not_signed_in_why": Text(
        "La réponse de votre organisation n’a pas pu être vérifiée, ou la connexion a été commencée dans un autre onglet ou il y a longtemps. Recommencez.",
        "Your organization’s answer could not be verified, or the sign-in was begun in another tab or long ago. Begin again.",
    ),
    "cancelled": Text("Connexion annulée", "Sign-in cancelled"),
    "cancelled_why": Text(
        "Votre organisation n’a pas connecté ce compte.", "Your organization did not sign you in."
    ),
    "leaving": Text("Vous êtes déconnecté d’Échéance", "You are signed out of Échéance"),
    "leaving_why": Text(
        "Votre session auprès de votre organisation se termine aussi.",
        "Your session at your organization ends as well.",
    ),
    "left_here": Text("Vous êtes déconnecté d’Échéance", "You are signed out of Échéance"),
    "left_here_why": Text(
        "Le service de comptes de votre organisation ne répond pas\u00a0: votre session y est peut-être encore ouverte. Fermez le navigateur si d’autres s’en servent.",
        "Your organization’s account service does not answer: your session there may still be open. Close the browser if others use it.",
    ),
    "leave": Text("Se déconnecter de l’organisation", "Sign out of the organization"),
    "again": Text("Recommencer", "Try again"),
}
