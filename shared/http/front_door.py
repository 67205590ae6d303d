"""The front door of every service: authentication, authorization, sign-in and security headers.

Every route except ``/healthz``, ``/readyz``, static files, public pages and webhooks (which
authenticate by their own signatures too) answers 401 to requests
without a valid token, before routing. Programs send ``Authorization: Bearer``; a browser signs in
once and gets a session cookie, which scripts cannot read and which permits reading only, so that
nothing is published on the strength of a cookie; the one exception is the form of an explanation,
for a token that may write them. The cookie is ``SameSite=Lax``: browsers send it
with links from other sites, and with nothing else from there. Where an application has a sign-in
page, browsers without a session are redirected to it. Its forms are accepted from its own site
only, and a link from another site signs nobody in: it might sign a person in as somebody else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, QueryParams
from starlette.responses import RedirectResponse, Response
from starlette.routing import NoMatchFound
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http import problems
from shared.http.compression import Compression
from shared.http.cookies import SESSION_COOKIE, cookies_of, drop_other_cookies
from shared.http.credentials import Credentials, CredentialsError, Principal
from shared.http.credentials import Scope as Permission
from shared.http.direct import Shortcut
from shared.http.head_requests import HeadRequests
from shared.http.negotiation import page_preferred
from shared.http.problem_texts import DETAILS
from shared.http.problems import ErrorPage, ProblemError, problem, refusal, requested_language

_log = logging.getLogger("echeance.http")

EVENTS_PATH: Final = "/v1/events"

HOOKS_PATH: Final = "/v1/hooks"
"""Under it are webhooks of other systems: each authenticates its deliveries, by a token or their signature."""

STATIC_PATH: Final = "/static/"
SIGN_IN_PATH: Final = "/sign-in"
SIGN_OUT_PATH: Final = "/sign-out"
SIGN_IN_PAGE: Final = "sign_in_page"
"""The name of the sign-in page's route."""

EXPLANATION_PATH: Final = "/report/explanation"
"""Where the form of an explanation is sent."""

PUBLICATION_PATH: Final = "/v1/publication"
"""Under it a fiscal year is published."""

DEAD_LETTERS_PATH: Final = "/v1/dead-letters"
"""What became of a publisher's events: read with the scope that publishes them."""

OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
"""What containers and clusters ask to know whether a process is well."""

_FORM_PATHS = frozenset({SIGN_IN_PATH, SIGN_OUT_PATH})
_READING = frozenset({"GET", "HEAD"})
_DELIVERING = frozenset({"POST", "OPTIONS"})
_PERMISSIONS: Final[Mapping[str, Permission]] = {
    EVENTS_PATH: "publish",
    HOOKS_PATH: "publish",
    EXPLANATION_PATH: "explain",
    PUBLICATION_PATH: "explain",
}
"""What writing there, and below, needs: never the scope that dashboards have."""
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


def secure(
    app: FastAPI,
    credentials: Credentials,
    public_url: str = "",
    error_page: ErrorPage | None = None,
    public_paths: Sequence[str] = (),
) -> None:
    """Put the front door before an application; to be called once, before it serves.

    ``public_url`` is where browsers reach it, if known: cookies are then for TLS alone where it is
    HTTPS, and forms are accepted from it only. ``public_paths`` are readable without a token, they
    and what is below them.
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
    )
    app.add_middleware(Compression)
    app.add_middleware(HeadRequests)


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


def sign_in(request: Request, token: str, onward: str) -> Response:
    """Start a session for a form's token; :class:`ProblemError` if it may not read."""
    return _door(request).session(request.scope, token, onward)


def sign_out(request: Request, onward: str) -> Response:
    """End the session, have the browser forget what it stored, and redirect."""
    response = RedirectResponse(onward, status_code=303, headers=_FORGET)
    over_tls = is_over_tls(request)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=over_tls)
    return response


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            drop_other_cookies(scope)
            over_tls = self.is_over_tls(scope)
            headers = self._headers_over_tls if over_tls else _SECURITY_HEADERS
            await self._answer(scope, receive, _Answer(send, headers))
        else:  # no service has WebSocket routes
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            first = self._admit(scope)
        except ProblemError as error:
            first = self._refusal(scope, error)
        if first is not None:
            await first(scope, receive, answer)
            return
        try:
            await self._app(scope, receive, answer)
        except Exception:
            if not answer.started:
                bug = ProblemError(500, "internal_error", DETAILS["internal_error"])
                await _bug_answer(scope, bug)(scope, receive, answer)
            raise  # the server logs it

    def _admit(self, scope: Scope) -> Response | None:
        """Let the request in, answer a sign-in, or raise the :class:`ProblemError` that refuses."""
        path, method = scope["path"], scope["method"]
        scope.setdefault("state", {})["front_door"] = self
        permission = permission_of(path, method)
        if permission is None:
            return None
        if path == SIGN_IN_PATH and _with_token(scope):
            return self._follow_link(scope)
        if path in self._forms:
            self._require_own_form(scope)
        elif path == EXPLANATION_PATH and self._forms:
            self._require_own_form(scope)
            self._authorize(scope, permission, _token(scope) or _session(scope))
        elif method in _READING and self._is_public(path):
            with suppress(ProblemError):  # a token is optional here
                self._authorize(scope, "read", _token(scope))
        elif is_delivery(path, method):
            self._authorize_delivery(scope)
        else:
            self._authorize(scope, permission, _token(scope))
        return None

    def _is_public(self, path: str) -> bool:
        return any(path == root or path.startswith(f"{root}/") for root in self._public_paths)

    def _authorize(self, scope: Scope, permission: Permission, token: str | None) -> None:
        """Require a token with the permission; a :class:`ProblemError` if there is none."""
        if token is None:
            raise _unauthenticated("no_token")
        caller = self._authenticate(token)
        _require(caller, permission)
        scope["state"]["principal"] = caller
        scope["state"]["is_token_valid"] = partial(self._is_token_valid, token, caller)

    def _authorize_delivery(self, scope: Scope) -> None:
        """Note whose token a delivery has, if one; its hook decides what it needs."""
        token = _token(scope)
        if token is None:
            return
        try:
            self._authorize(scope, "publish", token)
        except ProblemError as error:
            if error.status == 503:
                raise

    def named(self, name: str) -> Principal | None:
        """The principal of the token of a name; :class:`ProblemError` where tokens cannot be read."""
        try:
            return self._credentials.named(name)
        except CredentialsError:
            raise _unreadable_credentials() from None

    def _is_token_valid(self, token: str, caller: Principal) -> bool:
        with suppress(CredentialsError):
            return self._credentials.authenticate(token) == caller
        return False

    def _follow_link(self, scope: Scope) -> Response | None:
        """A session for a sign-in link opened directly; None where the sign-in page answers.

        A link from another site, or of unknown origin, shows a browser the form instead.
        """
        token = QueryParams(scope["query_string"])["token"]
        has_page = bool(self._forms) and _reads_pages(scope)
        refusal = None
        try:
            _require(self._authenticate(token), "read")
        except ProblemError as error:
            if error.status == 503 or not has_page:
                raise
            refusal = error
        if refusal is None and _is_direct(scope):
            return self.session(scope, token, "/")
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

    def _authenticate(self, token: str) -> Principal:
        try:
            caller = self._credentials.authenticate(token)
        except CredentialsError:
            raise _unreadable_credentials() from None
        if caller is None:
            raise _unauthenticated("unknown_token")
        return caller

    def session(self, scope: Scope, token: str, onward: str) -> Response:
        """Set a token as the session cookie and redirect to an address without it."""
        _require(self._authenticate(token), "read")
        response = RedirectResponse(onward, status_code=303)
        response.set_cookie(
            SESSION_COOKIE,
            token,
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.is_over_tls(scope),
        )
        return response

    def _refusal(self, scope: Scope, error: ProblemError) -> Response:
        """A problem, or for a browser without a session a redirect to the sign-in page."""
        if error.status == 401 and scope["method"] == "GET" and _reads_pages(scope) and self._forms:
            query = scope["query_string"].decode("latin-1")
            onward = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
            return RedirectResponse(f"{SIGN_IN_PATH}?next={onward}", status_code=303)
        return refusal(Request(scope), error)


def _bug_answer(scope: Scope, bug: ProblemError) -> Response:
    """The answer to a bug: the error page, or ``problem+json`` if that fails too."""
    request = Request(scope)
    try:
        return refusal(request, bug)
    except Exception:
        _log.exception("the error page failed")
        return problem(bug, requested_language(request))


class _Answer:
    """Sends a response with those of these security headers that it lacks; ``started`` after the headers."""

    def __init__(self, send: Send, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message.get("headers", ()))
            names = {name for name, _ in headers}
            headers += [header for header in self._headers if header[0] not in names]
            message["headers"] = headers
        await self._send(message)


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


def _unauthenticated(code: str) -> ProblemError:
    challenge = 'Bearer realm="echeance"'
    if code != "no_token":
        challenge += ', error="invalid_token"'
    return ProblemError(401, code, DETAILS[code], headers={"www-authenticate": challenge})


def _token(scope: Scope) -> str | None:
    """The bearer token, or when reading the session's; None with two ``Authorization`` headers."""
    authorizations = [value for name, value in scope["headers"] if name == b"authorization"]
    if authorizations:
        scheme, _, token = authorizations[0].decode("latin-1").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and len(authorizations) == 1 else None
    return _session(scope) if scope["method"] in _READING else None


def _session(scope: Scope) -> str | None:
    """The token of the session; None where the request has an ``Authorization`` header."""
    if any(name == b"authorization" for name, _ in scope["headers"]):
        return None
    return cookies_of(scope).get(SESSION_COOKIE)
