"""The front door of every service: authentication, authorization, sign-in and security headers.

Every route except ``/healthz``, ``/readyz``, static files, public pages and webhooks (which
authenticate by their own signatures too) answers 401 to requests
without a valid token, before routing. Programs send ``Authorization: Bearer``; a browser signs in
and gets a session, whose random identifier is in a cookie that scripts cannot read. A session
permits reading only, so that nothing is published on the strength of a cookie; the exceptions are
the form of an explanation, for who may write them, and the forms that end sessions. The cookie is
``SameSite=Lax``: browsers send it with links from other sites, and with nothing else from there.
Where an application has a sign-in page, browsers without a session are redirected to it. Its forms
are accepted from its own site only, and a link from another site signs nobody in: it might sign a
person in as somebody else. A token is in no cookie.

Who may ask is limited in how much (:mod:`shared.http.limits`), and each answer is given to the
:class:`AccessRecorder`, the refusals too.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Literal, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from prometheus_client import Counter
from starlette.datastructures import Headers, QueryParams
from starlette.responses import RedirectResponse, Response
from starlette.routing import NoMatchFound
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import UnavailableError
from shared.http import problems
from shared.http.bodies import LARGE_BODY
from shared.http.compression import Compression
from shared.http.cookies import SESSION_COOKIE, cookies_of, drop_other_cookies, name_of
from shared.http.credentials import (
    Credentials,
    CredentialsError,
    ExpiredTokenError,
    Principal,
    shown_beginning,
)
from shared.http.credentials import Scope as Permission
from shared.http.direct import Shortcut
from shared.http.head_requests import HeadRequests
from shared.http.limits import BodyTurn, Limiter
from shared.http.negotiation import page_preferred
from shared.http.problem_texts import DETAILS
from shared.http.problems import ErrorPage, ProblemError, problem, refusal, requested_language
from shared.http.sessions import Session, Sessions, session_key

_log = logging.getLogger("echeance.http")

EVENTS_PATH: Final = "/v1/events"

HOOKS_PATH: Final = "/v1/hooks"
"""Under it are webhooks of other systems: each authenticates its deliveries, by a token or their signature."""

STATIC_PATH: Final = "/static/"
SIGN_IN_PATH: Final = "/sign-in"
SIGN_OUT_PATH: Final = "/sign-out"
PROVIDER_PATH: Final = "/sign-in/oidc"
"""Where a browser is sent to its provider; below it, where it comes back."""

PROVIDER_SIGN_OUT_PATH: Final = "/sign-out/oidc"
"""Where a provider says whose sessions are over: what it sends is signed."""

SESSIONS_PATH: Final = "/sessions"
"""One's own sessions; below it they are ended."""

STREAM_SESSION: Final = "session"
"""By this parameter a page's stream names the session in which the page was made, by its key."""

SIGN_IN_PAGE: Final = "sign_in_page"
"""The name of the sign-in page's route."""

EXPLANATION_PATH: Final = "/report/explanation"
"""Where the form of an explanation is sent."""

PUBLICATION_PATH: Final = "/v1/publication"
"""Under it a fiscal year is published."""

DEAD_LETTERS_PATH: Final = "/v1/dead-letters"
"""What became of a publisher's events: read with the scope that publishes them."""

METRICS_PATH: Final = "/metrics"

AUDIT_PATH: Final = "/v1/audit"
AUDIT_PAGE_PATH: Final = "/audit"
"""Who read and changed what: read with the scope ``audit`` alone."""

OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
"""What containers and clusters ask to know whether a process is well: they show no certificate."""

CLIENT_CERTIFICATE: Final = "client_cert_name"
"""In the scope's extension ``tls``: the subject of the certificate that was verified, or None."""

_FORM_PATHS = frozenset({SIGN_IN_PATH, SIGN_OUT_PATH})
_PROVIDER_PATHS = frozenset({PROVIDER_PATH, f"{PROVIDER_PATH}/callback", PROVIDER_SIGN_OUT_PATH})
_READING = frozenset({"GET", "HEAD"})
_DELIVERING = frozenset({"POST", "OPTIONS"})
_PERMISSIONS: Final[Mapping[str, Permission]] = {
    EVENTS_PATH: "publish",
    HOOKS_PATH: "publish",
    EXPLANATION_PATH: "explain",
    PUBLICATION_PATH: "explain",
}
"""What writing there, and below, needs: never the scope that dashboards have."""
_OF_STRANGERS: Final = frozenset(
    {"no_token", "no_session", "cross_site", "client_certificate_required"}
)
"""Refusals that count as requests of an address; those for an invalid token are counted as such."""
_MOST_GOOD_SESSIONS: Final = 10_000
_RECENT_SECONDS = 3.0
_OWN_SITE = frozenset({"same-origin", "none"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
_SECURITY_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

_FORGET = {"clear-site-data": '"cache", "storage"'}
_THIS_HOST_BY_TLS = b"max-age=31536000"


SignInFailure = Literal[
    "unknown_token",
    "expired_token",
    "no_rights",
    "sign_in_too_weak",
    "sign_in_refused",
    "sign_in_cancelled",
]
"""Why a token or a sign-in at the provider was refused: in records, and in ``echeance_sign_in_failures_total``."""


class AccessRecorder(Protocol):
    """Who is told of each answer, before it is sent."""

    def require_room(self) -> None:
        """Raise :class:`ProblemError` 503 while a request could not be recorded."""

    def record(self, scope: Scope, status: int) -> None:
        """Record an answer; never waits, never fails."""


class Guard(NamedTuple):
    """What stands beside the front door: limits, and records of who asked what."""

    limiter: Limiter
    recorder: AccessRecorder
    failures: Counter
    """``echeance_sign_in_failures_total``"""


def secure(
    app: FastAPI,
    credentials: Credentials,
    public_url: str = "",
    error_page: ErrorPage | None = None,
    public_paths: Sequence[str] = (),
    sessions: Sessions | None = None,
    guard: Guard | None = None,
) -> None:
    """Put the front door before an application; to be called once, before it serves.

    ``public_url`` is where browsers reach it, if known: cookies are then for TLS alone where it is
    HTTPS, and forms are accepted from it only. ``public_paths`` are readable without a token, they
    and what is below them. Without ``sessions`` nobody signs in, without a ``guard`` nothing is
    limited, and nothing recorded.
    """
    problems.install_problem_handlers(app, error_page)
    app.add_middleware(Shortcut, routes=app)
    app.add_middleware(
        FrontDoor,
        credentials=credentials,
        forms=_forms(app),
        public_origin=_origin(public_url),
        public_paths=public_paths,
        strict_transport=_strict_transport(public_url),
        sessions=sessions,
        guard=guard,
    )
    app.add_middleware(Compression)
    app.add_middleware(HeadRequests)


def require_client_certificates(app: FastAPI) -> None:
    """Refuse requests without a verified certificate, behind :func:`secure`; before it serves.

    Here and not in the handshake, as nginx does it: the client learns what is missing, and probes
    still reach :data:`OPEN_PATHS`. Raises ``ValueError`` for an application without a front door.
    """
    front_door: object = FrontDoor
    doors = [one for one in app.user_middleware if one.cls is front_door]
    if not doors:
        raise ValueError("an application without a front door requires no certificates")
    for door in doors:
        door.kwargs["certificates"] = True


def _forms(app: FastAPI) -> frozenset[str]:
    """The addresses of the sign-in page's forms, where the application has that page."""
    try:
        app.url_path_for(SIGN_IN_PAGE)
    except NoMatchFound:
        return frozenset()
    return _FORM_PATHS


def permission_of(path: str, method: str) -> Permission | None:
    """The scope that a request needs; None where it needs no token."""
    if path in OPEN_PATHS or path.startswith(STATIC_PATH):
        return None
    if method not in _READING:
        for root, permission in _PERMISSIONS.items():
            if path == root or path.startswith(f"{root}/"):
                return permission
    if path in (AUDIT_PATH, AUDIT_PAGE_PATH) or path.startswith(f"{AUDIT_PATH}/"):
        return "audit"
    return "publish" if path == DEAD_LETTERS_PATH else "read"


def is_delivery(path: str, method: str) -> bool:
    """Whether a request is to a webhook, which decides itself whether a token is needed."""
    return method in _DELIVERING and path.startswith(f"{HOOKS_PATH}/")


async def principal(request: Request) -> Principal:
    """Who makes the request, behind :func:`secure`; a FastAPI dependency.

    ``async`` without awaiting: FastAPI runs other dependencies in a thread, at a high cost.
    """
    caller = request.scope["state"]["principal"]
    assert isinstance(caller, Principal)
    return caller


def publisher(request: Request) -> Principal | None:
    """Who makes the request where no token is required: the publisher of its token, if it has one."""
    caller = request.scope["state"].get("principal")
    assert caller is None or isinstance(caller, Principal)
    return caller


def note_for_audit(
    request: Request,
    *,
    caller: Principal | None = None,
    file: str = "",
    events: int = 0,
    rejected: int = 0,
) -> None:
    """Say for the record of the request what its address does not: the file, or how many events.

    ``caller`` is by whose permissions a delivery acts, where its signature and no token says so.
    """
    noted: dict[str, object] = {"file": file, "events": events, "rejected": rejected}
    if caller is not None:
        request.scope["state"]["caller"] = caller
        noted["by"] = "hook"
    request.scope["state"]["audit"] = noted


def note_caller(request: Request, caller: Principal, *, by: str) -> None:
    """Whom the record of this request names where the front door did not see it: who signs in or out.

    ``by`` is by what the request was made, in the words of the trail.
    """
    request.scope["state"]["caller"] = caller
    request.scope["state"]["audit"] = {"by": by}


def note_repeatable(request: Request) -> None:
    """Have the request counted with those like it, in one record a minute: it can be repeated at will."""
    request.scope["state"].setdefault("audit", {})["repeatable"] = True


def note_refused_sign_in(
    request: Request, reason: SignInFailure, caller: Principal | None = None
) -> None:
    """Count a sign-in at the provider that began no session, and say in its record why.

    ``caller`` is who came back from there, where that is known. Who has no rights can come back as often
    as they like: their records are counted.
    """
    request.scope["state"]["problem"] = reason
    if caller is not None:
        note_caller(request, caller, by="person")
        note_repeatable(request)
    _door(request).count_failure(reason)


def is_from_elsewhere(request: Request) -> bool:
    """Whether a browser says that it followed a link of another site."""
    return request.headers.get("sec-fetch-site", "none") not in _OWN_SITE


def token_holder(request: Request, name: str) -> Principal | None:
    """The permissions of the token of a name, which need not be sent; None if there is no such token.

    Raises :class:`ProblemError` (503) where tokens cannot be read.
    """
    return _door(request).named(name)


class Link(NamedTuple):
    """A sign-in link that signed nobody in: its token, and what is wrong with it.

    ``refusal`` is None where the token is valid and the link comes from another site.
    """

    token: str
    refusal: ProblemError | None


def link(request: Request) -> Link | None:
    """The sign-in link that led to the sign-in page, if one did."""
    state = request.scope["state"].get("link")
    assert state is None or isinstance(state, Link)
    return state


async def sign_in(request: Request, token: str, onward: str) -> Response:
    """Start a session for a form's token; :class:`ProblemError` if it may not read."""
    return await _door(request).begin(request.scope, token, onward)


def session_of(request: Request) -> Session | None:
    """The session that the request is made in, if it is made in one and may do what it asks."""
    session = request.scope.get("state", {}).get("session")
    assert session is None or isinstance(session, Session)
    return session


def session_identifier(request: Request) -> str | None:
    """What the browser says its session is, unverified."""
    return _door(request).identifier(request.scope)


def agent_of(scope: Scope) -> str:
    """How a browser calls itself."""
    return Headers(scope=scope).get("user-agent", "")


def keep_session(request: Request, response: Response, identifier: str) -> None:
    """Have the browser keep a session."""
    set_cookie(request, response, SESSION_COOKIE, identifier)


def drop_session(request: Request, response: Response) -> None:
    """Have the browser forget its session, and what it stored meanwhile."""
    set_cookie(request, response, SESSION_COOKIE, "")
    response.headers.update(_FORGET)


def set_cookie(
    request: Request, response: Response, cookie: str, value: str, *, seconds: int | None = None
) -> None:
    """Set a cookie that scripts cannot read, until the browser ends or for a time; empty removes it."""
    over_tls = is_over_tls(request)
    response.set_cookie(
        name_of(cookie, over_tls=over_tls),
        value,
        max_age=seconds if value else 0,
        path="/",
        httponly=True,
        samesite="lax",
        secure=over_tls,
    )


def cookie_of(request: Request, cookie: str) -> str | None:
    """The value of a cookie of ours; None where the browser sent none."""
    return cookies_of(request.scope).get(name_of(cookie, over_tls=is_over_tls(request)))


def is_over_tls(request: Request) -> bool:
    """Whether browsers reach this application by TLS, so that its cookies can be ``Secure``."""
    return _door(request).is_over_tls(request.scope)


def _door(request: Request) -> FrontDoor:
    door = request.scope["state"]["front_door"]
    assert isinstance(door, FrontDoor)
    return door


class FrontDoor:
    """ASGI middleware: authentication, scopes, sign-in, security headers, and bugs as problems.

    ``forms`` are the paths of forms that need no token. ``public_origin`` is the application's
    origin, as browsers write it; empty if not configured.
    """

    def __init__(
        self,
        app: ASGIApp,
        credentials: Credentials,
        forms: frozenset[str],
        public_origin: str = "",
        public_paths: Sequence[str] = (),
        strict_transport: bytes = b"",
        sessions: Sessions | None = None,
        guard: Guard | None = None,
        certificates: bool = False,
    ) -> None:
        self._app = app
        self._credentials = credentials
        self._forms = forms
        self._public_origin = public_origin
        self._public_paths = public_paths
        self._headers_over_tls = (
            *_SECURITY_HEADERS,
            (b"strict-transport-security", strict_transport or _THIS_HOST_BY_TLS),
        )
        self._sessions = sessions
        self._guard = guard
        self._certificates = certificates
        self._good_sessions: OrderedDict[str, None] = OrderedDict()
        """Of those that were found last, the keys: they are looked up whatever their address asks."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            drop_other_cookies(scope)
            over_tls = self.is_over_tls(scope)
            headers = self._headers_over_tls if over_tls else _SECURITY_HEADERS
            await self._answer(scope, receive, _Answer(send, headers, scope, self._guard))
        else:  # no service has WebSocket routes
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        first = await self._first(scope)
        if first is not None:
            await first(scope, receive, answer)
            return
        if self._guard is not None:
            scope["state"]["limiter"] = self._guard.limiter
            receive = self._charged(scope, receive, answer)
        try:
            await self._app(scope, receive, answer)
        except Exception:
            if not answer.started:
                bug = ProblemError(500, "internal_error", DETAILS["internal_error"])
                await _bug_answer(scope, bug)(scope, receive, answer)
            raise  # the server logs it
        finally:
            turn: BodyTurn | None = scope["state"].get(LARGE_BODY)
            if turn is not None:
                turn.end()

    def _admit_stranger(self, scope: Scope) -> None:
        """Count a request that no token vouches for; none for health and for static files."""
        state = scope["state"]
        if (
            self._guard is not None
            and "principal" not in state
            and "counted" not in state
            and permission_of(scope["path"], scope["method"]) is not None
        ):
            state["counted"] = True
            self._guard.limiter.admit_address(scope)

    async def _first(self, scope: Scope) -> Response | None:
        """The answer to a request that is not let in, or that is a sign-in; None for all others."""
        error: ProblemError | None = None
        first = None
        try:
            first = await self._admit(scope)
        except ProblemError as refused:
            error = refused
        if error is None or error.code in _OF_STRANGERS:
            try:
                self._admit_stranger(scope)
            except ProblemError as limited:
                error = limited
        if error is None:
            return first
        held = error.status != 429 or self._guard is None or await self._guard.limiter.hold()
        answer = self._refusal(scope, error)
        if not held:
            answer.headers["connection"] = "close"
        return answer

    def _charged(self, scope: Scope, receive: Receive, answer: _Answer) -> Receive:
        """Charge the caller for each part of a body as it is read, and as it is sent."""
        caller: Principal | None = scope["state"].get("principal")
        if self._guard is None or caller is None:
            return receive
        charge = answer.charge = partial(self._guard.limiter.charge_bytes, caller)

        async def receive_charged() -> Message:
            message = await receive()
            if body := message.get("body"):
                charge(len(body))
            return message

        return receive_charged

    async def _admit(self, scope: Scope) -> Response | None:
        """Let the request in, answer a sign-in, or raise the :class:`ProblemError` that refuses."""
        path, method = scope["path"], scope["method"]
        scope.setdefault("state", {})["front_door"] = self
        if self._certificates and path not in OPEN_PATHS and not _has_certificate(scope):
            code = "client_certificate_required"
            raise ProblemError(403, code, DETAILS[code])
        permission = permission_of(path, method)
        if permission is None:
            return None
        if self._guard is not None and path != METRICS_PATH:
            self._guard.recorder.require_room()
        if path == SIGN_IN_PATH and _with_token(scope):
            self._admit_stranger(scope)  # before a session begins
            return await self._follow_link(scope)
        if path in self._forms:
            self._require_own_form(scope)
        elif path in _PROVIDER_PATHS and self._forms:
            pass  # a provider and the browsers it sends prove themselves by what they bring
        elif path == SESSIONS_PATH or path.startswith(f"{SESSIONS_PATH}/"):
            self._require_own_form(scope)
            await self._authorize(scope, None, in_session=True)
        elif path == EXPLANATION_PATH and self._forms:
            self._require_own_form(scope)
            await self._authorize(scope, permission, in_session=True)
        elif method in _READING and self._is_public(path):
            try:
                await self._authorize(scope, "read", in_session=True)
            except ProblemError as error:  # a token is optional here
                if error.status == 429:
                    raise
        elif is_delivery(path, method):
            await self._authorize_delivery(scope)
        else:
            await self._authorize(scope, permission, in_session=method in _READING)
        return None

    def _is_public(self, path: str) -> bool:
        return any(path == root or path.startswith(f"{root}/") for root in self._public_paths)

    async def _authorize(
        self, scope: Scope, permission: Permission | None, *, in_session: bool
    ) -> None:
        """Require a caller with the permission, by a token or in a session where it may be in one.

        Raises :class:`ProblemError` if there is none.
        """
        is_valid: Callable[[], Awaitable[bool]]
        if _has_authorization(scope) or not in_session:
            token = _token(scope)
            if token is None:
                raise _unauthenticated("no_token")
            caller = self._authenticate(scope, token)
            is_valid = partial(self._is_token_valid, token, caller)
        else:
            session, identifier = await self._session(scope)
            caller, scope["state"]["session"] = session.caller, session
            is_valid = _Rarely(partial(self._is_session_valid, identifier, caller))
        scope["state"]["caller"] = caller
        if self._guard is not None:
            self._guard.limiter.admit_caller(caller)
        if permission is not None:
            _require(caller, permission)
        scope["state"]["principal"] = caller
        scope["state"]["is_access_valid"] = is_valid

    async def _session(self, scope: Scope) -> tuple[Session, str]:
        """The session that a request is made in, and its identifier."""
        identifier = self.identifier(scope)
        if identifier is None or self._sessions is None:
            raise _unauthenticated("no_token")
        key = session_key(identifier)
        # A page left open asks for its stream again by itself: nobody is at work there, and it may
        # have been made for whoever was signed in before.
        active = not scope["path"].endswith("/stream")
        if not active and QueryParams(scope["query_string"]).get(STREAM_SESSION, key) != key:
            raise _unauthenticated("no_session")
        if self._guard is not None and key not in self._good_sessions:
            self._guard.limiter.require_address(scope)
        try:
            session = await self._sessions.find(identifier, active=active)
        except CredentialsError:
            raise _unreadable_credentials() from None
        except UnavailableError as error:
            raise _unavailable(error) from error
        if session is None:
            self._good_sessions.pop(key, None)
            raise _unauthenticated("no_session")
        self._good_sessions[key] = None
        self._good_sessions.move_to_end(key)
        if len(self._good_sessions) > _MOST_GOOD_SESSIONS:
            self._good_sessions.popitem(last=False)
        return session, identifier

    def identifier(self, scope: Scope) -> str | None:
        """What a browser says its session is."""
        return cookies_of(scope).get(name_of(SESSION_COOKIE, over_tls=self.is_over_tls(scope)))

    async def _authorize_delivery(self, scope: Scope) -> None:
        """Note whose token a delivery has, if one; its hook decides what it needs."""
        if _token(scope) is None:
            return
        try:
            await self._authorize(scope, "publish", in_session=False)
        except ProblemError as error:
            if error.status in (429, 503):
                raise

    def named(self, name: str) -> Principal | None:
        """The principal of the token of a name; :class:`ProblemError` where tokens cannot be read."""
        try:
            return self._credentials.named(name)
        except CredentialsError:
            raise _unreadable_credentials() from None

    async def _is_token_valid(self, token: str, caller: Principal) -> bool:
        with suppress(CredentialsError, ExpiredTokenError):
            return self._credentials.authenticate(token) == caller
        return False

    async def _is_session_valid(self, identifier: str, caller: Principal) -> bool:
        assert self._sessions is not None
        with suppress(CredentialsError, UnavailableError, ProblemError):
            session = await self._sessions.find(identifier, active=False)
            return session is not None and session.caller == caller
        return False

    async def _follow_link(self, scope: Scope) -> Response | None:
        """A session for a sign-in link opened directly; None where the sign-in page answers.

        A link from another site, or of unknown origin, shows a browser the form instead.
        """
        token = QueryParams(scope["query_string"])["token"]
        has_page = bool(self._forms) and _reads_pages(scope)
        if self._sessions is None:
            raise _unauthenticated("no_token")
        if not self._sessions.by_token:
            return None
        refusal = None
        try:
            _require(self._authenticate(scope, token), "read")
        except ProblemError as error:
            if error.status == 503 or not has_page:
                raise
            refusal = error
        if refusal is None and _is_direct(scope):
            return await self.begin(scope, token, "/")
        if not has_page:
            raise _cross_site()
        scope["state"]["link"] = Link(token, refusal)
        return None

    def _require_own_form(self, scope: Scope) -> None:
        """Refuse forms of other sites (CSRF), by headers of the browser that scripts cannot set."""
        if scope["method"] in _READING:
            return
        headers = Headers(scope=scope)
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site is not None:
            own = fetch_site in _OWN_SITE
        elif (origin := headers.get("origin")) is None:
            own = True
        elif self._public_origin:
            own = _origin(origin) == self._public_origin
        else:
            own = urlsplit(origin).netloc == headers.get("host")
        if not own:
            raise _cross_site()

    def is_over_tls(self, scope: Scope) -> bool:
        """Whether browsers reach this application by TLS."""
        return scope["scheme"] == "https" or self._public_origin.startswith("https:")

    def _authenticate(self, scope: Scope, token: str) -> Principal:
        """Whose token this is; an invalid one is counted against the client's address."""
        try:
            caller = self._credentials.authenticate(token)
        except CredentialsError:
            raise _unreadable_credentials() from None
        except ExpiredTokenError as error:
            scope["state"]["caller"] = error.principal
            raise self._failed(scope, "expired_token") from None
        if caller is None:
            scope["state"]["presented"] = shown_beginning(token)
            raise self._failed(scope, "unknown_token")
        return caller

    def _failed(self, scope: Scope, code: SignInFailure) -> ProblemError:
        """The refusal of an invalid token."""
        scope["state"]["problem"] = code
        self.count_failure(code)
        if self._guard is not None:
            self._guard.limiter.note_failure(scope)
        return _unauthenticated(code)

    def count_failure(self, reason: SignInFailure) -> None:
        """Let Prometheus know that a token or a sign-in was refused."""
        if self._guard is not None:
            self._guard.failures.labels(reason).inc()

    async def begin(self, scope: Scope, token: str, onward: str) -> Response:
        """Begin a session with a token and redirect to an address without it."""
        caller = scope["state"]["caller"] = self._authenticate(scope, token)
        _require(caller, "read")
        if self._sessions is None or not self._sessions.by_token:
            raise ProblemError(403, "no_token_sign_in", DETAILS["no_token_sign_in"])
        before = self.identifier(scope)
        try:
            identifier = await self._sessions.begin(token, caller, agent_of(scope), before)
        except UnavailableError as error:
            raise _unavailable(error) from error
        response = RedirectResponse(onward, status_code=303)
        keep_session(Request(scope), response, identifier)
        return response

    def _refusal(self, scope: Scope, error: ProblemError) -> Response:
        """A problem, or for a browser without a session a redirect to the sign-in page."""
        if error.status == 401 and scope["method"] == "GET" and _reads_pages(scope) and self._forms:
            query = scope["query_string"].decode("latin-1")
            onward = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
            ended = "&ended=1" if error.code == "no_session" else ""
            return RedirectResponse(f"{SIGN_IN_PATH}?next={onward}{ended}", status_code=303)
        return refusal(Request(scope), error)


class _Rarely:
    """An answer that costs a query, asked for again after a few seconds, however often it is wanted."""

    def __init__(self, ask: Callable[[], Awaitable[bool]]) -> None:
        self._ask = ask
        self._good_until = asyncio.get_running_loop().time() + _RECENT_SECONDS

    async def __call__(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._good_until:
            return True
        self._good_until = now + _RECENT_SECONDS
        return await self._ask()


def _bug_answer(scope: Scope, bug: ProblemError) -> Response:
    """The answer to a bug: the error page, or ``problem+json`` if that fails too."""
    request = Request(scope)
    try:
        return refusal(request, bug)
    except Exception:
        _log.exception("the error page failed")
        return problem(bug, requested_language(request))


class _Answer:
    """Sends a response with those of these security headers that it lacks; ``started`` after the headers.

    It is recorded before anything of it is sent.
    """

    def __init__(
        self, send: Send, headers: Sequence[tuple[bytes, bytes]], scope: Scope, guard: Guard | None
    ) -> None:
        self._send = send
        self._headers = headers
        self._scope = scope
        self._guard = guard
        self.started = False
        self.charge: Callable[[int], None] | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if self._guard is not None:
                self._guard.recorder.record(self._scope, message["status"])
            headers = list(message.get("headers", ()))
            names = {name for name, _ in headers}
            headers += [header for header in self._headers if header[0] not in names]
            message["headers"] = headers
        elif self.charge is not None and (body := message.get("body")):
            self.charge(len(body))
        await self._send(message)


def _has_certificate(scope: Scope) -> bool:
    return scope.get("extensions", {}).get("tls", {}).get(CLIENT_CERTIFICATE) is not None


def _with_token(scope: Scope) -> bool:
    return scope["method"] == "GET" and "token" in QueryParams(scope["query_string"])


def _reads_pages(scope: Scope) -> bool:
    """Whether the client is a browser that opens a page."""
    return page_preferred(Headers(scope=scope).get("accept"))


def _is_direct(scope: Scope) -> bool:
    """Whether an address was typed, opened from a program or followed on this site.

    Browsers send ``Sec-Fetch-Site`` over TLS and to localhost only: without it, no page is direct.
    """
    fetch_site = Headers(scope=scope).get("sec-fetch-site")
    return not _reads_pages(scope) if fetch_site is None else fetch_site in _OWN_SITE


def _origin(url: str) -> str:
    """The origin of an address, as browsers write it; empty where it has none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    scheme = parts.scheme.lower()
    default = port is None or port == _DEFAULT_PORTS.get(scheme)
    return f"{scheme}://{host}" if default else f"{scheme}://{host}:{port}"


def _strict_transport(public_url: str) -> bytes:
    """A year of TLS alone (RFC 6797), for subdomains too where the host is ours: where it has no path."""
    shared = urlsplit(public_url).path.strip("/") or not public_url
    return _THIS_HOST_BY_TLS if shared else _THIS_HOST_BY_TLS + b"; includeSubDomains"


def _cross_site() -> ProblemError:
    return ProblemError(403, "cross_site", DETAILS["cross_site"])


def _require(caller: Principal, permission: Permission) -> None:
    if permission not in caller.scopes:
        raise ProblemError(403, "no_scope", DETAILS["no_scope"], values={"scope": permission})


def _unreadable_credentials() -> ProblemError:
    text = DETAILS["unreadable_credentials"]
    return ProblemError(503, "unreadable_credentials", text, headers={"retry-after": "5"})


def _unavailable(error: UnavailableError) -> ProblemError:
    _log.warning("sessions cannot be read: %s", error)
    return ProblemError(503, "unavailable", DETAILS["unavailable"], headers={"retry-after": "5"})


def _unauthenticated(code: str) -> ProblemError:
    challenge = 'Bearer realm="echeance"'
    if code in ("unknown_token", "expired_token"):
        challenge += ', error="invalid_token"'
    return ProblemError(401, code, DETAILS[code], headers={"www-authenticate": challenge})


def _token(scope: Scope) -> str | None:
    """The bearer token; None with two ``Authorization`` headers."""
    authorizations = [value for name, value in scope["headers"] if name == b"authorization"]
    if authorizations:
        scheme, _, token = authorizations[0].decode("latin-1").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and len(authorizations) == 1 else None
    return None


def _has_authorization(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])
