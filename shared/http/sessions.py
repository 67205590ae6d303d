"""What the front door asks of whoever keeps the sessions of people.

A service without people has none. Where they are kept: ``services/compliance/people``.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple, Protocol

from shared.http.credentials import Principal


class Session(NamedTuple):
    """A session that is good at this moment; ``key`` names it without being able to open it."""

    key: str
    caller: Principal


def session_key(identifier: str) -> str:
    """The key of the session that an identifier opens: its SHA-256, which opens none."""
    return hashlib.sha256(identifier.encode()).hexdigest()


class Sessions(Protocol):
    """Sessions by the random identifier that a browser holds.

    Each raises ``UnavailableError`` or :class:`ProblemError` (503) where it cannot know.
    """

    @property
    def by_token(self) -> bool:
        """Whether a token signs people in."""

    async def find(self, identifier: str, *, active: bool) -> Session | None:
        """The session, unless it has ended; ``active`` is whether somebody is at work in it."""

    async def begin(self, token: str, caller: Principal, agent: str, replaces: str | None) -> str:
        """A new session of a token's owner, in the browser that calls itself ``agent``.

        It ends the session that it replaces; returns its identifier.
        """
