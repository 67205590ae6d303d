"""A provider of OpenID Connect that signs whatever a test wants, also what no real one can be made to say.

It answers on a port of its own. Codes and refresh tokens are used once; the authorization endpoint asks nobody for a password.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from shared.process import runner

CLIENT, SECRET = "echeance", "s:cr&t/%"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def seconds() -> int:
    """The present, as tokens have it."""
    return int(runner.now().timestamp())


class SigningProvider:
    """``changes`` are laid over the claims of ID tokens, ``metadata`` over the discovery document; None takes one away."""

    def __init__(self) -> None:
        self.issuer = ""
        self._first = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.reset()

    def reset(self) -> None:
        """Tell the truth again, of the person it began with."""
        self.key: Any = self._first
        self.published: list[Any] = [self.key]
        self.algorithm = "RS256"
        self.header: dict[str, Any] = {}
        self.person: dict[str, Any] = {"sub": "m-17", "preferred_username": "mtremblay", "groups": ["laval"], "sid": "s-1"}  # fmt: skip
        self.changes: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.info: dict[str, Any] | None = None
        self.refreshes = True
        self.revoked = False
        self.status: int | None = None
        self.asked: list[str] = []
        self._codes: dict[str, Mapping[str, str]] = {}
        self._refresh_tokens: set[str] = set()

    def rotate(self, kid: str = "second") -> None:
        """Sign with another key from now on, which is published beside the first."""
        self.key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})
        self.published.append(self.key)
        self.algorithm = "ES256"

    def count(self, path: str) -> int:
        return self.asked.count(path)

    def signed(self, claims: Mapping[str, Any], kind: str = "JWT") -> str:
        kept = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid, "typ": kind, **self.header}
        return jwt.encode(header, kept, self.key, algorithms=[header["alg"]])

    def id_token(self, nonce: str | None) -> str:
        now = seconds()
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        return self.signed({**claims, **self.person, **self.changes})

    def logout_token(self, **changes: Any) -> str:
        now = seconds()
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "1", "sub": self.person["sub"], "events": {EVENT: {}}}  # fmt: skip
        return self.signed({**claims, **changes}, "logout+jwt")

    def forged(self) -> None:
        """Sign with a key of the same name that is not the published one."""
        self.key = RSAKey.generate_key(2048, {"kid": self.key.kid, "use": "sig"})

    def application(self) -> FastAPI:
        app = FastAPI()
        self._add_discovery(app)
        self._add_endpoints(app)

        @app.middleware("http")
        async def note(request: Request, call_next: Callable[..., Any]) -> Response:
            self.asked.append(request.url.path)
            if self.status is not None:
                return Response(status_code=self.status)
            response: Response = await call_next(request)
            return response

        return app

    def _add_discovery(self, app: FastAPI) -> None:
        @app.get("/.well-known/openid-configuration")
        async def discovery() -> Response:
            document = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "end_session_endpoint": f"{self.issuer}/leave",
                "authorization_response_iss_parameter_supported": True,
            } | self.metadata
            return JSONResponse({name: one for name, one in document.items() if one is not None})

        @app.get("/keys")
        async def keys() -> Response:
            return JSONResponse({"keys": [one.as_dict(private=False) for one in self.published]})

    def _add_endpoints(self, app: FastAPI) -> None:
        @app.get("/authorize")
        async def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code"
            code = secrets.token_urlsafe(8)
            self._codes[code] = asked
            returned = {"code": code, "state": asked["state"], "iss": self.issuer}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(returned)}", 303)

        @app.post("/token")
        async def token(request: Request) -> Response:
            basic = base64.b64encode(b"echeance:s%3Acr%26t%2F%25").decode()
            if request.headers.get("authorization") != f"Basic {basic}":
                return JSONResponse({"error": "invalid_client"}, 401)
            form = dict(parse_qsl((await request.body()).decode()))
            nonce = self._nonce(form)
            if nonce is None or self.revoked:
                return JSONResponse({"error": "invalid_grant"}, 400)
            given: dict[str, Any] = {"access_token": "access", "token_type": "Bearer", "expires_in": 120, "id_token": self.id_token(nonce or None)}  # fmt: skip
            if self.refreshes:
                refresh_token = secrets.token_urlsafe(8)
                self._refresh_tokens.add(refresh_token)
                given["refresh_token"] = refresh_token
            return JSONResponse(given)

        @app.get("/userinfo")
        async def userinfo(request: Request) -> Response:
            if request.headers.get("authorization") != "Bearer access" or self.revoked:
                return Response(status_code=401)
            return JSONResponse(self.person if self.info is None else self.info)

    def _nonce(self, form: Mapping[str, str]) -> str | None:
        """The nonce of a code, empty for a refresh token; None where what is given is not good, or was used."""
        if form["grant_type"] == "refresh_token":
            known = form["refresh_token"] in self._refresh_tokens
            self._refresh_tokens.discard(form["refresh_token"])
            return "" if known else None
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = asked is not None and asked["code_challenge"] == challenge
        return asked["nonce"] if asked is not None and good else None


@asynccontextmanager
async def signing_provider() -> AsyncIterator[SigningProvider]:
    provider = SigningProvider()
    async with runner.serving(provider.application(), "127.0.0.1", 0) as server:
        provider.issuer = f"http://127.0.0.1:{server.port}"
        yield provider
