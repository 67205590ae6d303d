"""What can go wrong at a provider: it does not answer, or what it says does not hold."""

from __future__ import annotations

from typing import Literal

SignInFault = Literal[
    "cancelled", "state", "issuer", "code", "token", "key", "userinfo", "subject", "no_claims"
]
"""What did not hold: for the log, and for tests."""


class ProviderAwayError(Exception):
    """The provider does not answer, or says that it cannot; the message says why."""


class SignInRefusedError(Exception):
    """Nobody signs in by this; ``what`` did not hold. The message is for the log."""

    def __init__(self, what: SignInFault, why: str) -> None:
        self.what: SignInFault = what
        super().__init__(f"{what}: {why}")
