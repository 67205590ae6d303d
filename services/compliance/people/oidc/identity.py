"""What a provider says: values, read from the claims of tokens whose signature holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from services.compliance.people.oidc.errors import SignInRefusedError

Claims = Mapping[str, Any]
_LONGEST_SUBJECT: Final = 255
_LONGEST_NAME: Final = 100
_NAME_CLAIMS: Final = ("preferred_username", "email", "name")


class ProviderTokens(msgspec.Struct, frozen=True):
    """What the token endpoint gave; ``expires_in`` is that of the access token, in seconds."""

    id_token: str
    access_token: str
    refresh_token: str
    expires_in: int


class PersonIdentity(NamedTuple):
    """Somebody as their provider knows them; ``session`` is its own (``sid``), empty if unsaid.

    ``lacking`` is the claim that does not show the strength required of a sign-in; empty if all do.
    """

    subject: str
    name: str
    groups: Sequence[str]
    session: str
    tokens: ProviderTokens
    lacking: str = ""


class LogoutNotice(NamedTuple):
    """Whose sessions a provider says are over: of a subject, or one of its own sessions."""

    subject: str
    session: str
    issued_at: datetime


def subject_of(claims: Claims) -> str:
    """The subject, which no two people of a provider share."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise SignInRefusedError("subject", "no claim sub of at most 255 characters")
    return subject


def name_of(claims: Claims) -> str:
    """How people and records call somebody; the subject where the provider gives no name."""
    for claim in _NAME_CLAIMS:
        found = claims.get(claim)
        if isinstance(found, str) and found.strip():
            return _shown(found)
    return _shown(subject_of(claims))


def groups_of(claims: Claims, claim: str) -> Sequence[str] | None:
    """The groups that a claim lists, or names alone; None where there is no such claim."""
    found = claims.get(claim)
    if found is None:
        return None
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, str)]


def is_overage(claims: Claims, claim: str) -> bool:
    """Whether the provider says that the groups are too many to be in the token, as Entra does."""
    elsewhere = claims.get("_claim_names")
    return isinstance(elsewhere, dict) and claim in elsewhere


def session_of(claims: Claims) -> str:
    """The provider's session; empty where it says none."""
    session = claims.get("sid")
    return session if isinstance(session, str) and len(session) <= _LONGEST_SUBJECT else ""


def _shown(text: str) -> str:
    return "".join(one for one in text.strip() if one.isprintable())[:_LONGEST_NAME]
