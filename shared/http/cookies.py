"""Our cookies, parsed by hand; all others are removed from the request.

Starlette parses cookies before authentication with ``http.cookies``, which takes quadratic time for
quoted values before Python 3.11.10 and 3.12.6 (CVE-2024-7592). Ours are never quoted.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.types import Scope

SESSION_COOKIE: Final = "echeance_session"
LANGUAGE_COOKIE: Final = "echeance_lang"
UNIT_COOKIE: Final = "echeance_unit"

_OURS: Final = {name.encode(): name for name in (SESSION_COOKIE, LANGUAGE_COOKIE, UNIT_COOKIE)}
_MOST_BYTES: Final = 8_192
_VALUE: Final = re.compile(rb"[A-Za-z0-9_.~-]{1,200}")


def cookies_of(scope: Scope) -> dict[str, str]:
    """Our cookies by name; of two with one name the last, as in Starlette."""
    cookies = {}
    for header, pairs in scope["headers"]:
        if header == b"cookie":
            for pair in pairs[:_MOST_BYTES].split(b";"):
                name, _, value = pair.strip(b" \t").partition(b"=")
                if name in _OURS and _VALUE.fullmatch(value) is not None:
                    cookies[_OURS[name]] = value.decode("ascii")
    return cookies


def drop_other_cookies(scope: Scope) -> None:
    """Remove all cookies from a request but ours."""
    headers = scope["headers"]
    if any(name == b"cookie" for name, _ in headers):
        ours = "; ".join(f"{name}={value}" for name, value in cookies_of(scope).items())
        others = [pair for pair in headers if pair[0] != b"cookie"]
        scope["headers"] = [*others, (b"cookie", ours.encode())] if ours else others
