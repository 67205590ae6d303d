"""Our cookies, parsed by hand; all others are removed from the request.

Starlette parses cookies before authentication with ``http.cookies``, which takes quadratic time for
quoted values before Python 3.11.10 and 3.12.6 (CVE-2024-7592). Ours are never quoted.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.types import Scope

SESSION_COOKIE: Final = "echeance_session"
SIGN_IN_COOKIE: Final = "echeance_sign_in"
"""What a browser brings back from a provider, to prove that the sign-in began there."""
LANGUAGE_COOKIE: Final = "echeance_lang"
UNIT_COOKIE: Final = "echeance_unit"

_HOST: Final = "__Host-"
"""A browser takes a cookie of such a name over TLS only, from this host only, for all of its paths."""
_OURS: Final = {
    name.encode(): name
    for cookie in (SESSION_COOKIE, SIGN_IN_COOKIE, LANGUAGE_COOKIE, UNIT_COOKIE)
    for name in (cookie, _HOST + cookie)
}
_MOST_BYTES: Final = 8_192
_VALUE: Final = re.compile(rb"[A-Za-z0-9_.~-]+")
_LONGEST: Final = 200
_LONGEST_SIGN_IN: Final = 2_000


def name_of(cookie: str, *, over_tls: bool) -> str:
    """The name of a cookie of ours: over TLS one that only this host can have set."""
    return _HOST + cookie if over_tls else cookie


def cookies_of(scope: Scope) -> dict[str, str]:
    """Our cookies by name; of two with one name the last, as in Starlette."""
    cookies = {}
    for header, pairs in scope["headers"]:
        if header == b"cookie":
            for pair in pairs[:_MOST_BYTES].split(b";"):
                name, _, value = pair.strip(b" \t").partition(b"=")
                if name in _OURS and _is_good(_OURS[name], value):
                    cookies[_OURS[name]] = value.decode("ascii")
    return cookies


def _is_good(name: str, value: bytes) -> bool:
    longest = _LONGEST_SIGN_IN if name.endswith(SIGN_IN_COOKIE) else _LONGEST
    return len(value) <= longest and _VALUE.fullmatch(value) is not None


def drop_other_cookies(scope: Scope) -> None:
    """Remove all cookies from a request but ours."""
    headers = scope["headers"]
    if any(name == b"cookie" for name, _ in headers):
        ours = "; ".join(f"{name}={value}" for name, value in cookies_of(scope).items())
        others = [pair for pair in headers if pair[0] != b"cookie"]
        scope["headers"] = [*others, (b"cookie", ours.encode())] if ours else others
