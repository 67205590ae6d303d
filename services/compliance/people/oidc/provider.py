"""A provider of OpenID Connect: discovery, the code flow with PKCE, refreshing, signing out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx

from services.compliance.people.oidc import claims as signed
from services.compliance.people.oidc.claims import Expected, SigningKey, SignInStrength
from services.compliance.people.oidc.client import SECONDS, BoundedClient
from services.compliance.people.oidc.errors import ProviderAwayError, SignInRefusedError
from services.compliance.people.oidc.flow import Flow
from services.compliance.people.oidc.identity import (
    Claims,
    LogoutNotice,
    PersonIdentity,
    ProviderTokens,
    groups_of,
    is_overage,
    name_of,
    session_of,
    subject_of,
)
from services.compliance.people.oidc.keys import ProviderKeys
from shared.errors import SettingError
from shared.http import front_door
from shared.process import Now, Settings, secret, tls

_DISCOVERY: Final = "/.well-known/openid-configuration"
_FRESH_SECONDS: Final = 3_600.0
_ANSWERING_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 5.0
_LEAST_SECONDS: Final = 60
_LONGEST_SECONDS: Final = 86_400
_LONGEST_CODE: Final = 4_096
_log = logging.getLogger("echeance.oidc")


class ProviderSettings(NamedTuple):
    """Where a provider is, and as whom this application is known to it."""

    issuer: str
    client_id: str
    client_secret: Callable[[], str]
    scopes: str
    groups_claim: str
    public_url: str
    strength: SignInStrength = SignInStrength()
    algorithms: Sequence[str] = signed.ALGORITHMS

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_url}{front_door.PROVIDER_PATH}/callback"


class _Endpoints(NamedTuple):
    """What the discovery document says, as far as it is used; empty for what there is not."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    end_session: str
    secret_in_form: bool
    names_issuer: bool


class Provider:
    """One provider; every method raises :class:`ProviderAwayError` where it does not answer.

    ``wall`` is the wall clock, by which tokens expire.
    """

    def __init__(
        self, settings: ProviderSettings, client: BoundedClient, wall: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._client = client
        self._wall = wall
        self._known: _Endpoints | None = None
        self._known_at = self._away_until = float("-inf")
        self._why = ""
        self._turn = asyncio.Lock()
        self._keys = ProviderKeys(self._fetch_keys)

    async def authorization_url(self, flow: Flow) -> str:
        """Where to send the browser."""
        endpoints = await self._endpoints(answering=True)
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_uri,
            "scope": self._settings.scopes,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        strength = self._settings.strength
        if strength.classes:
            asked["acr_values"] = " ".join(strength.classes)
        if strength.seconds:
            asked["max_age"] = str(strength.seconds)
        return _with(endpoints.authorization, asked)

    async def identity(self, flow: Flow, returned: Mapping[str, str]) -> PersonIdentity:
        """Who came back, by the parameters of the address; raises :class:`SignInRefusedError`."""
        if not flow.is_state(returned.get("state", "")):
            raise SignInRefusedError("state", "not that of this browser's sign-in")
        endpoints = await self._endpoints()
        issuer = returned.get("iss")
        if issuer != self._settings.issuer and (issuer is not None or endpoints.names_issuer):
            raise SignInRefusedError("issuer", "the answer is of another provider (RFC 9207)")
        if "error" in returned:
            raise SignInRefusedError("cancelled", f"the provider says {returned['error'][:100]!r}")
        code = returned.get("code", "")
        if not 0 < len(code) <= _LONGEST_CODE:
            raise SignInRefusedError("code", "the provider gave none")
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "code_verifier": flow.verifier,
        }
        tokens = await self._tokens(endpoints, fields, None)
        claims = await self._verified(tokens.id_token, nonce=flow.nonce)
        groups = await self._groups(endpoints, claims, tokens)
        lacking = self._settings.strength.lacking(claims, self._wall())
        return PersonIdentity(
            subject_of(claims), name_of(claims), groups, session_of(claims), tokens, lacking
        )

    async def confirm(self, subject: str, before: ProviderTokens) -> PersonIdentity:
        """The same person as of now, by the refresh token, or without one by the access token.

        Raises :class:`SignInRefusedError` where the provider no longer vouches for them.
        """
        endpoints, tokens = await self._endpoints(), before
        if before.refresh_token:
            fields = {"grant_type": "refresh_token", "refresh_token": before.refresh_token}
            tokens = await self._tokens(endpoints, fields, before)
        if tokens.id_token == before.id_token:
            claims = await self._userinfo(endpoints, tokens, subject)
            groups = groups_of(claims, self._settings.groups_claim) or ()
            return PersonIdentity(subject, name_of(claims), groups, "", tokens)
        claims = await self._verified(tokens.id_token, nonce=None)
        if subject_of(claims) != subject:
            raise SignInRefusedError("subject", "the refresh token is another person's")
        groups = await self._groups(endpoints, claims, tokens)
        return PersonIdentity(subject, name_of(claims), groups, session_of(claims), tokens)

    async def sign_out_url(self, id_token: str, onward: str) -> str | None:
        """Where a browser ends its session at the provider too; None where it has no such page."""
        endpoints = await self._endpoints()
        if not endpoints.end_session:
            return None
        asked = {
            "client_id": self._settings.client_id,
            "id_token_hint": id_token,
            "post_logout_redirect_uri": f"{self._settings.public_url}{onward}",
        }
        return _with(endpoints.end_session, asked)

    async def logout_notice(self, token: str) -> LogoutNotice:
        """What a logout token says; raises :class:`SignInRefusedError`."""
        return signed.logout_notice(token, await self._key(token), self._expected())

    async def _key(self, token: str) -> SigningKey:
        return await self._keys.key(signed.key_id(token, self._settings.algorithms))

    def _expected(self) -> Expected:
        known = self._settings
        return Expected(known.issuer, known.client_id, self._wall(), known.algorithms)

    async def _verified(self, id_token: str, *, nonce: str | None) -> Claims:
        key = await self._key(id_token)
        return signed.id_token_claims(id_token, key, self._expected(), nonce=nonce)

    async def _groups(
        self, endpoints: _Endpoints, claims: Claims, tokens: ProviderTokens
    ) -> Sequence[str]:
        """The groups of the ID token, or else of the user's information."""
        claim = self._settings.groups_claim
        groups = groups_of(claims, claim)
        if groups is None and endpoints.userinfo:
            info = await self._userinfo(endpoints, tokens, subject_of(claims))
            groups = groups_of(info, claim)
        if groups is None:
            why = "there are too many for a token" if is_overage(claims, claim) else "it has none"
            _log.warning("the provider gives no claim %s: %s", claim, why)
        return groups or ()

    async def _userinfo(
        self, endpoints: _Endpoints, tokens: ProviderTokens, subject: str
    ) -> Claims:
        if not endpoints.userinfo:
            raise SignInRefusedError("userinfo", "the provider has no such address")
        answer = await self._client.get(endpoints.userinfo, tokens.access_token)
        if answer.status != 200:
            raise SignInRefusedError("userinfo", f"the provider answers {answer.status}")
        if answer.document.get("sub") != subject:
            raise SignInRefusedError("subject", "the user's information is another person's")
        return answer.document

    async def _tokens(
        self, endpoints: _Endpoints, fields: Mapping[str, str], before: ProviderTokens | None
    ) -> ProviderTokens:
        """What the token endpoint gives; what it leaves out stays as it was ``before``."""
        name, secret = self._settings.client_id, self._settings.client_secret()
        if endpoints.secret_in_form:
            sent, basic = {**fields, "client_id": name, "client_secret": secret}, None
        else:  # RFC 6749 §2.3.1 has both encoded as in a form
            sent, basic = dict(fields), (quote_plus(name), quote_plus(secret))
        answer = await self._client.post(endpoints.token, sent, basic)
        given = answer.document
        if answer.status != 200:
            error = str(given.get("error", answer.status))[:100]
            if error in ("invalid_client", "unauthorized_client"):
                _log.error("the provider refuses this client (%s): see ECHEANCE_OIDC_…", error)
                raise ProviderAwayError(f"it refuses this client: {error}")
            raise SignInRefusedError("code", f"the provider says {error!r}")
        id_token = _text(given, "id_token") or (before.id_token if before else "")
        access_token = _text(given, "access_token")
        if not id_token or not access_token:
            raise SignInRefusedError("token", "the provider gave no ID token or access token")
        refresh_token = _text(given, "refresh_token") or (before.refresh_token if before else "")
        lasts = given.get("expires_in")
        seconds = lasts if isinstance(lasts, int) else _LEAST_SECONDS
        bounded = min(max(seconds, _LEAST_SECONDS), _LONGEST_SECONDS)
        return ProviderTokens(id_token, access_token, refresh_token, bounded)

    async def _fetch_keys(self) -> Mapping[str, Any]:
        endpoints = await self._endpoints()
        answer = await self._client.get(endpoints.keys)
        if answer.status != 200:
            raise ProviderAwayError(f"{endpoints.keys} answers {answer.status}")
        return answer.document

    async def _endpoints(self, *, answering: bool = False) -> _Endpoints:
        """The discovery document, read again each hour; an older one where that fails.

        Where the provider must be ``answering`` now, one of half a minute ago, and no older one. Of
        one that does not answer it is not asked again for a while: who waits would only add up.
        """
        async with self._turn:
            now = asyncio.get_running_loop().time()
            age = now - self._known_at
            if age >= (_ANSWERING_SECONDS if answering else _FRESH_SECONDS):
                if now >= self._away_until:
                    await self._discover_again(now)
                if self._known is None or (answering and self._known_at != now):
                    raise ProviderAwayError(self._why)
            assert self._known is not None
            return self._known

    async def _discover_again(self, now: float) -> None:
        try:
            self._known, self._known_at = await self._discover(), now
        except ProviderAwayError as error:
            self._away_until, self._why = now + _PAUSE_SECONDS, str(error)
            _log.warning("the provider is away: %s", error)

    async def _discover(self) -> _Endpoints:
        url = self._settings.issuer.rstrip("/") + _DISCOVERY
        answer = await self._client.get(url)
        if answer.status != 200:
            raise ProviderAwayError(f"{url} answers {answer.status}")
        found = answer.document
        if found.get("issuer") != self._settings.issuer:
            _log.error("%s names another issuer than ECHEANCE_OIDC_ISSUER", url)
            raise ProviderAwayError("its discovery document is another issuer's")
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return _Endpoints(
            self._address(found, "authorization_endpoint", required=True),
            self._address(found, "token_endpoint", required=True),
            self._address(found, "jwks_uri", required=True),
            self._address(found, "userinfo_endpoint"),
            self._address(found, "end_session_endpoint"),
            "client_secret_basic" not in methods and "client_secret_post" in methods,
            found.get("authorization_response_iss_parameter_supported") is True,
        )

    def _address(self, found: Mapping[str, Any], name: str, *, required: bool = False) -> str:
        """An address of the discovery document, by TLS where the issuer's is."""
        url = _text(found, name)
        scheme = urlsplit(self._settings.issuer).scheme
        if url and urlsplit(url).scheme not in ("https", scheme):
            raise ProviderAwayError(f"its {name} is without TLS")
        if required and not url:
            raise ProviderAwayError(f"its discovery document has no {name}")
        return url


def _algorithms(settings: Settings) -> Sequence[str]:
    """Of which a signature may be; raises ``SettingError`` for one that is not accepted at all."""
    wanted = settings.oidc_algorithms or signed.ALGORITHMS
    if unknown := [one for one in wanted if one not in signed.ALGORITHMS]:
        raise SettingError(
            f"ECHEANCE_OIDC_ALGORITHMS must be some of {' '.join(signed.ALGORITHMS)}, not {unknown[0]}"
        )
    return wanted


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _with(url: str, parameters: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(parameters)}"


@asynccontextmanager
async def oidc_provider(settings: Settings, wall: Now) -> AsyncIterator[Provider]:
    """The provider that the settings name; it need not answer yet. Raises ``SettingError``."""
    file = settings.oidc_client_secret_file
    assert file is not None
    secret("OIDC_CLIENT_SECRET_FILE", file)  # fail at the start, not at the first sign-in
    known = ProviderSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=lambda: secret("OIDC_CLIENT_SECRET_FILE", file),
        scopes=settings.oidc_scopes,
        groups_claim=settings.oidc_groups_claim,
        public_url=settings.public_url.rstrip("/"),
        strength=SignInStrength(
            settings.oidc_acr_values, settings.oidc_amr, settings.oidc_max_age_seconds
        ),
        algorithms=_algorithms(settings),
    )
    verify = tls.provider_context(settings) or True
    async with httpx.AsyncClient(
        timeout=SECONDS, trust_env=False, follow_redirects=False, verify=verify
    ) as client:
        yield Provider(known, BoundedClient(client), wall)
