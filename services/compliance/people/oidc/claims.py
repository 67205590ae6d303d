"""Signed tokens: which algorithms, claims and strengths are accepted (OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6). Pure.

The signature is verified by ``joserfc``. ``none`` and the algorithms of a shared secret are not in
the list, so that a public key is never taken for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from services.compliance.people.oidc.errors import SignInRefusedError
from services.compliance.people.oidc.identity import Claims, LogoutNotice, session_of

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA",
)  # fmt: skip
LEEWAY_SECONDS: Final = 60
"""By how much the provider's clock and ours may differ."""
OLDEST_SECONDS: Final = 600
"""How long ago a token that was just asked for may have been made."""
LONGEST_TOKEN: Final = 65_536
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
SigningKey = RSAKey | ECKey | OKPKey


class Expected(NamedTuple):
    """From whom a token must be and for whom, signed by one of some algorithms; ``now`` is ours."""

    issuer: str
    client: str
    now: datetime
    algorithms: Sequence[str] = ALGORITHMS

    @property
    def seconds(self) -> int:
        return int(self.now.timestamp())


class SignInStrength(NamedTuple):
    """How somebody must have signed in at the provider; of what is empty, it decides itself.

    One of the ``classes`` (``acr``), all of the ``methods`` (``amr``, RFC 8176), and at most
    ``seconds`` ago (``auth_time``).
    """

    classes: Sequence[str] = ()
    methods: Sequence[str] = ()
    seconds: int = 0

    def lacking(self, claims: Claims, now: datetime) -> str:
        """What the claims of a sign-in do not show, by the name of the claim; empty where nothing is."""
        methods, at = claims.get("amr"), claims.get("auth_time")
        if self.classes and claims.get("acr") not in self.classes:
            return "acr"
        if self.methods and not (
            isinstance(methods, list) and {*self.methods} <= {*map(str, methods)}
        ):
            return "amr"
        if self.seconds:
            age = None if not isinstance(at, int) else int(now.timestamp()) - at
            if age is None or not -LEEWAY_SECONDS <= age <= self.seconds + LEEWAY_SECONDS:
                return "auth_time"
        return ""


def key_id(token: str, algorithms: Sequence[str] = ALGORITHMS) -> str | None:
    """Which key a token says it is signed with, unverified; None where it says none.

    Raises :class:`SignInRefusedError` where it is no signed token, or of none of these algorithms.
    """
    if len(token) > LONGEST_TOKEN:
        raise SignInRefusedError("token", f"longer than {LONGEST_TOKEN} characters")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise SignInRefusedError("token", f"no signed token: {error}") from None
    if header.get("alg") not in algorithms:
        raise SignInRefusedError("token", f"the algorithm {header.get('alg')!r} is not accepted")
    identifier = header.get("kid")
    return identifier if isinstance(identifier, str) else None


def id_token_claims(
    token: str, key: SigningKey, expected: Expected, *, nonce: str | None
) -> Claims:
    """The claims of an ID token that was just given; raises :class:`SignInRefusedError`.

    ``nonce`` is None in the answer to a refresh token, which repeats none.
    """
    required: dict[str, Any] = {
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
    }
    if nonce is not None:
        required["nonce"] = {"essential": True, "value": nonce}
    claims = _claims(token, key, expected, required).claims
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if party != expected.client and (several or party is not None):
        raise SignInRefusedError("token", "azp: the token was made for another client")
    if claims["iat"] < expected.seconds - OLDEST_SECONDS - LEEWAY_SECONDS:
        raise SignInRefusedError("token", "iat: made long ago, or a clock is wrong")
    return claims


def logout_notice(token: str, key: SigningKey, expected: Expected) -> LogoutNotice:
    """What a logout token says; raises :class:`SignInRefusedError`."""
    required: dict[str, Any] = {"iat": {"essential": True}, "events": {"essential": True}}
    read = _claims(token, key, expected, required)
    claims = read.claims
    if str(read.header.get("typ")).lower().removeprefix("application/") != "logout+jwt":
        raise SignInRefusedError("token", "typ: no logout token")
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict):
        raise SignInRefusedError("token", "events: no logout token")
    if "nonce" in claims:  # so that no ID token is taken for one
        raise SignInRefusedError("token", "nonce: no logout token")
    if claims["iat"] < expected.seconds - OLDEST_SECONDS - LEEWAY_SECONDS:
        raise SignInRefusedError("token", "iat: made long ago, or a clock is wrong")
    subject, session = claims.get("sub"), session_of(claims)
    subject = subject if isinstance(subject, str) else ""
    if not subject and not session:
        raise SignInRefusedError("token", "sub, sid: it names nobody")
    return LogoutNotice(subject, session, datetime.fromtimestamp(claims["iat"], UTC))


def _claims(token: str, key: SigningKey, expected: Expected, required: dict[str, Any]) -> jwt.Token:
    """A token whose signature, issuer, audience and times hold."""
    registry = jwt.JWTClaimsRegistry(
        now=expected.seconds,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client},
        **required,
    )
    try:
        read = jwt.decode(token, key, algorithms=list(expected.algorithms))
        registry.validate(read.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise SignInRefusedError("token", str(error)) from None
    return read
