"""The provider's public keys: kept for an hour, and fetched again for a key that is not known."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OctKey, OKPKey, RSAKey

from services.compliance.people.oidc.claims import SigningKey
from services.compliance.people.oidc.errors import ProviderAwayError, SignInRefusedError

FRESH_SECONDS: Final = 3_600.0
PAUSE_SECONDS: Final = 10.0
"""Between two fetches, whoever asks: tokens that name keys which are not there cause no more."""
_MOST_KEYS: Final = 100
_LEAST_RSA_BITS: Final = 2_048
_log = logging.getLogger("echeance.oidc")


class ProviderKeys:
    """Public keys by their identifier, as ``fetch`` gives them (RFC 7517 §5)."""

    def __init__(self, fetch: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        self._fetch = fetch
        self._known: Mapping[str | None, SigningKey] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._turn = asyncio.Lock()

    async def key(self, identifier: str | None) -> SigningKey:
        """The key of an identifier, or the only one there is where a token names none.

        Raises :class:`SignInRefusedError` where there is none, and :class:`ProviderAwayError` where
        it cannot be known.
        """
        async with self._turn:
            now = asyncio.get_running_loop().time()
            found, stale = self._found(identifier), now - self._fetched_at >= FRESH_SECONDS
            if (found is None or stale) and now - self._tried_at >= PAUSE_SECONDS:
                self._tried_at = now
                try:
                    self._known = _keys(await self._fetch())
                    self._fetched_at = now
                except ProviderAwayError as error:
                    if found is None:
                        raise
                    _log.warning("the provider's keys stay as they were: %s", error)
                found = self._found(identifier)
            if found is None and not self._known:
                raise ProviderAwayError("its keys could not be fetched")
        if found is None:
            raise SignInRefusedError("key", "the token is signed with a key the provider has not")
        return found

    def _found(self, identifier: str | None) -> SigningKey | None:
        if identifier is None and len(self._known) == 1:
            return next(iter(self._known.values()))
        return self._known.get(identifier)


def _keys(document: Mapping[str, Any]) -> Mapping[str | None, SigningKey]:
    """The keys for signatures; those that are of no use here are left out."""
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise ProviderAwayError("what it gives as its keys is no key set")
    found: dict[str | None, SigningKey] = {}
    for one in listed[:_MOST_KEYS]:
        key = _signing_key(one) if isinstance(one, dict) else None
        if key is not None:
            found[one.get("kid")] = key
    return found


def _signing_key(one: dict[str, Any]) -> SigningKey | None:
    if one.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(one)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, OctKey):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < _LEAST_RSA_BITS:
        return None
    assert isinstance(key, RSAKey | ECKey | OKPKey)
    return key
