"""One way to a provider and back: what ties the browser that leaves to the one that returns. Pure.

The browser holds one secret of 256 bits in a cookie. State, nonce and code verifier (RFC 7636) are
derived from it, each by a key of its own, so that nothing is stored for somebody who only asks to
sign in, and whatever returns without the cookie, or with another's, is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final, NamedTuple

SECRET_BYTES: Final = 32
LONGEST_ONWARD: Final = 1_000
"""Bytes of an address to go on to; of a longer one nothing is kept."""


class Flow(NamedTuple):
    """A sign-in that has begun, and where it leads to on this site."""

    secret: bytes
    onward: str

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        return self._derived("code verifier")

    @property
    def challenge(self) -> str:
        """Of the verifier, by the method ``S256``."""
        return _encoded(hashlib.sha256(self.verifier.encode()).digest())

    def is_state(self, state: str) -> bool:
        """Whether what came back is this sign-in's."""
        return hmac.compare_digest(state.encode(), self.state.encode())

    def cookie(self) -> str:
        """What the browser keeps meanwhile."""
        return f"{_encoded(self.secret)}.{_encoded(self.onward.encode())}"

    def _derived(self, what: str) -> str:
        return _encoded(hmac.digest(self.secret, what.encode(), "sha256"))


def new_flow(secret: bytes, onward: str) -> Flow:
    """A sign-in that begins with a new secret."""
    return Flow(secret, onward if len(onward.encode()) <= LONGEST_ONWARD else "/")


def read_flow(cookie: str | None) -> Flow | None:
    """The sign-in of a cookie; None where it holds none."""
    secret, dot, onward = (cookie or "").partition(".")
    try:
        flow = Flow(_decoded(secret), _decoded(onward).decode())
    except ValueError:
        return None
    return flow if dot and len(flow.secret) == SECRET_BYTES else None


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
