"""The front door of every service: who is asking, what that permits, and the headers every answer carries.

Every route but ``/healthz``, ``/readyz`` and the public pages refuses who is not known, before anything about the route is told. Programs send
``Authorization: Bearer``; a browser signs in once and is given a cookie that scripts cannot read, and that permits reading only:
nothing is ever published on the strength of a cookie. It comes with links that other sites and mails have to ours (``SameSite=Lax``),
and with nothing else that they send. Where an application has a sign-in page, a browser that is not known is sent there; its forms are
taken from no other site, and a link from one signs nobody in: whoever follows it might read, or write, as somebody else unawares.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, QueryParams
from starlette.responses import RedirectResponse, Response, StreamingResponse
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

STATIC_PATH: Final = "/static/"
SIGN_IN_PATH: Final = "/sign-in"
SIGN_OUT_PATH: Final = "/sign-out"
SIGN_IN_PAGE: Final = "sign_in_page"
"""What the route of the sign-in page is named."""

_OPEN_PATHS = frozenset({"/healthz", "/readyz"})
_FORM_PATHS = frozenset({SIGN_IN_PATH, SIGN_OUT_PATH})
_READING = frozenset({"GET", "HEAD"})
_OWN_SITE = frozenset({"same-origin", "none"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
_SECURITY_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


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
    """What a request asks of whoever makes it; None where nobody is asked."""
    if path in _OPEN_PATHS or path.startswith(STATIC_PATH):
        return None
    return "publish" if path == EVENTS_PATH and method not in _READING else "read"


async def principal(request: Request) -> Principal:
    """Who makes the request, behind :func:`secure`; a FastAPI dependency.

    Waits for nothing; but what is not ``async`` is run in a thread, which costs more than all the rest of a small request.
    """
    known = request.scope["state"]["principal"]
    assert isinstance(known, Principal)
    return known


class Link(NamedTuple):
    """A sign-in link that signed nobody in: its token, and what is wrong with it; None where it only comes from elsewhere."""

    token: str
    refusal: ProblemError | None


def link(request: Request) -> Link | None:
    """The sign-in link that led to the sign-in page, if one did."""
    found = request.scope["state"].get("link")
    assert found is None or isinstance(found, Link)
    return found


def sign_in(request: Request, token: str, onward: str) -> Response:
    """A session for a form's token, and on to an address of ours; raises :class:`ProblemError` where the token does not read."""
    return _door(request).session(request.scope, token, onward)


def sign_out(request: Request, onward: str) -> Response:
    """The end of a session."""
    response = RedirectResponse(onward, status_code=303)
    over_tls = is_over_tls(request)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=over_tls)
    return response


def is_over_tls(request: Request) -> bool:
    """Whether browsers reach this application by TLS, so that a cookie need never be sent without."""
    return _door(request).is_over_tls(request.scope)


def _door(request: Request) -> FrontDoor:
    door = request.scope["state"]["front_door"]
    assert isinstance(door, FrontDoor)
    return door


def events(request: Request, lines: AsyncGenerator[str, None]) -> StreamingResponse:
    """Server-sent events until the reader's token is revoked: from then on nothing, heartbeats neither.

    Why not ``fastapi.sse``: docs/decisions/0010-server-sent-events-of-our-own.md.
    """
    return StreamingResponse(_while_known(request, lines), media_type="text/event-stream")


async def _while_known(
    request: Request, lines: AsyncGenerator[str, None]
) -> AsyncGenerator[str, None]:
    is_still_known = request.scope["state"]["is_still_known"]
    async with aclosing(lines):
        async for line in lines:
            if not is_still_known():
                return
            yield line


class FrontDoor:
    """ASGI middleware: authentication, scopes, sign-in, security headers, and our own bugs told as problems.

    ``forms`` are the addresses at which the application has forms that who is not known may send. ``public_origin`` is the
    application's, as browsers write it; empty where that is not known.
    """

    def __init__(
        self,
        app: ASGIApp,
        credentials: Credentials,
        forms: frozenset[str],
        public_origin: str = "",
        public_paths: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._credentials = credentials
        self._forms = forms
        self._public_origin = public_origin
        self._public_paths = public_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            drop_other_cookies(scope)
            await self._answer(scope, receive, _Answer(send))
        else:  # nothing here speaks anything else, so nobody is let in that way
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
            if not answer.begun:
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
            return None
        if method in _READING and self._is_public(path):
            self._welcome(scope)
            return None
        self._let_in(scope, permission)
        return None

    def _is_public(self, path: str) -> bool:
        return any(path == root or path.startswith(f"{root}/") for root in self._public_paths)

    def _welcome(self, scope: Scope) -> None:
        """Let anybody in; who may read everything else is known all the same."""
        with suppress(ProblemError):
            self._let_in(scope, "read")

    def _let_in(self, scope: Scope, permission: Permission) -> None:
        """Let in who may; raises the :class:`ProblemError` that refuses."""
        token = _token(scope)
        if token is None:
            raise _unauthenticated("no_token")
        known = self._known(token)
        _require(known, permission)
        scope["state"]["principal"] = known
        scope["state"]["is_still_known"] = partial(self._is_still_known, token, known)

    def _is_still_known(self, token: str, known: Principal) -> bool:
        with suppress(CredentialsError):
            return self._credentials.authenticate(token) == known
        return False

    def _follow_link(self, scope: Scope) -> Response | None:
        """A session for whoever opens a sign-in link by themselves.

        From another site, or where that cannot be told, a browser is shown the form, and asked. None: the page says which.
        """
        token = QueryParams(scope["query_string"])["token"]
        has_page = bool(self._forms) and _reads_pages(scope)
        refusal = None
        try:
            _require(self._known(token), "read")
        except ProblemError as error:
            if error.status == 503 or not has_page:
                raise
            refusal = error
        if refusal is None and _is_by_itself(scope):
            return self.session(scope, token, "/")
        if not has_page:
            raise _cross_site()
        scope["state"]["link"] = Link(token, refusal)
        return None

    def _require_own_form(self, scope: Scope) -> None:
        """Refuse a form that a browser sends for another site (CSRF): browsers say whose page it came from, and scripts cannot."""
        if scope["method"] in _READING:
            return
        headers = Headers(scope=scope)
        came_from = headers.get("sec-fetch-site")
        if came_from is not None:
            own = came_from in _OWN_SITE
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

    def _known(self, token: str) -> Principal:
        try:
            known = self._credentials.authenticate(token)
        except CredentialsError:
            text = DETAILS["unreadable_credentials"]
            raise ProblemError(
                503, "unreadable_credentials", text, headers={"retry-after": "5"}
            ) from None
        if known is None:
            raise _unauthenticated("unknown_token")
        return known

    def session(self, scope: Scope, token: str, onward: str) -> Response:
        """Turn a token into a cookie, and go on to an address without it."""
        _require(self._known(token), "read")
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
        """A problem; to a browser without a session, the way to the sign-in page."""
        if error.status == 401 and scope["method"] == "GET" and _reads_pages(scope) and self._forms:
            asked = scope["path"] + ("?" if scope["query_string"] else "")
            onward = quote(asked + scope["query_string"].decode("latin-1"), safe="")
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
    """Sends an answer with the security headers it does not set itself, and knows whether it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            given = list(message.get("headers", ()))
            named = {name for name, _ in given}
            message["headers"] = [
                *given,
                *(one for one in _SECURITY_HEADERS if one[0] not in named),
            ]
        await self._send(message)


def _with_token(scope: Scope) -> bool:
    return scope["method"] == "GET" and "token" in QueryParams(scope["query_string"])


def _reads_pages(scope: Scope) -> bool:
    """Whether it is a browser that asks, for a page."""
    return page_preferred(Headers(scope=scope).get("accept"))


def _is_by_itself(scope: Scope) -> bool:
    """Whether no other site has a part in a request: it was typed, opened from a program, or followed here.

    Browsers say so, to a site that has TLS or is on the same machine; where one does not, it may be anything.
    """
    came_from = Headers(scope=scope).get("sec-fetch-site")
    return not _reads_pages(scope) if came_from is None else came_from in _OWN_SITE


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


def _cross_site() -> ProblemError:
    return ProblemError(403, "cross_site", DETAILS["cross_site"])


def _require(known: Principal, permission: Permission) -> None:
    if permission not in known.scopes:
        raise ProblemError(403, "no_scope", DETAILS["no_scope"], values={"scope": permission})


def _unauthenticated(code: str) -> ProblemError:
    challenge = 'Bearer realm="echeance"'
    if code != "no_token":
        challenge += ', error="invalid_token"'
    return ProblemError(401, code, DETAILS[code], headers={"www-authenticate": challenge})


def _token(scope: Scope) -> str | None:
    """The bearer token, or for reading alone the session's; a request with two authorizations has none."""
    written = [value for name, value in scope["headers"] if name == b"authorization"]
    if written:
        scheme, _, token = written[0].decode("latin-1").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and len(written) == 1 else None
    if scope["method"] not in _READING:
        return None
    return cookies_of(scope).get(SESSION_COOKIE)
