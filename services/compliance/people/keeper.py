"""Sessions: begun by a token or by a provider, good for a while, and ended in many ways.

A session's identifier is 256 random bits. The browser alone has it: the table has its SHA-256, and
the provider's tokens are encrypted under it, so that a copy of the database opens no session here
and none at the provider. What a session may do is asked at each request of what gave it: the file
of tokens, or ``access.yaml`` and the groups. Where that is no longer what it was, the session ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.compliance.people.access import AccessControl
from services.compliance.people.oidc import (
    LogoutNotice,
    PersonIdentity,
    Provider,
    ProviderAwayError,
    ProviderTokens,
    SignInRefusedError,
)
from services.compliance.people.store import SessionStore, StoredSession
from shared.domain import from_microseconds, microseconds
from shared.domain.calendars import BilingualText
from shared.errors import UnavailableError
from shared.http import Credentials, Principal, Session, credentials, session_key
from shared.process import wait_for_stop

TOUCH: Final = timedelta(minutes=1)
"""How exactly it is known when somebody was last at work in a session."""
UNCONFIRMED: Final = timedelta(hours=1)
"""How long a session outlives a provider that does not answer."""
CLOCKS_DIFFER: Final = timedelta(minutes=1)
_IDENTIFIER_BYTES: Final = 32
_IDENTIFIER_CHARACTERS: Final = 43
_NONCE_BYTES: Final = 12
_LONGEST_AGENT: Final = 200
_SWEEP_SECONDS: Final = 60.0
_log = logging.getLogger("echeance.sessions")


class SessionLimits(NamedTuple):
    """How long a session lasts without work and at the most, how many a person has, and how often
    a provider is asked whether they are still who they were.
    """

    idle: timedelta
    longest: timedelta
    most: int
    refresh: timedelta


class OwnSession(NamedTuple):
    """One of a person's sessions, as they are shown it."""

    key: str
    agent: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    is_this: bool


class BegunSession(NamedTuple):
    """What a browser keeps of a new session, and who is in it."""

    identifier: str
    caller: Principal


class LeftSession(NamedTuple):
    """Who was in a session that has ended, without any right; ``id_token`` is the provider's, or empty."""

    caller: Principal
    id_token: str


class SessionKeeper:
    """The sessions of one body; ``wall`` is the wall clock.

    ``provider`` and ``access`` are both given or neither; ``by_token`` is whether tokens sign in.
    """

    def __init__(
        self,
        store: SessionStore,
        tokens: Credentials,
        wall: Callable[[], datetime],
        limits: SessionLimits,
        *,
        provider: Provider | None = None,
        access: AccessControl | None = None,
        by_token: bool = True,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._wall = wall
        self._limits = limits
        self._access = access
        self._by_token = by_token
        self._touching: dict[str, asyncio.Task[None]] = {}
        self.provider: Final = provider

    @property
    def by_token(self) -> bool:
        return self._by_token

    @property
    def contact(self) -> BilingualText | None:
        """Whom to ask who has no right."""
        return None if self._access is None else self._access.current().contact

    @property
    def limits(self) -> SessionLimits:
        return self._limits

    async def begin(self, token: str, caller: Principal, agent: str, replaces: str | None) -> str:
        now = microseconds(self._wall())
        identifier, blank = self._blank(f"token {caller.name}", caller, agent, now)
        digest = credentials.token_digest(token).hex()
        session = blank._replace(token_sha256=digest)
        await self._store.add(session, most=self._limits.most, replaces=_key_of(replaces))
        return identifier

    async def begin_for(
        self, identity: PersonIdentity, *, state: str, agent: str, replaces: str | None
    ) -> BegunSession | None:
        """A new session of whom the provider named, once for each state.

        None where none of their groups has any right. Raises :class:`SignInRefusedError` for a
        state that began one before.
        """
        assert self._access is not None
        caller, known = self._person(identity.subject, identity.name, identity.groups)
        if caller is None:
            return None
        now = microseconds(self._wall())
        person = f"oidc {identity.subject}"
        identifier, blank = self._blank(person, caller, agent, now)
        session = blank._replace(
            groups_known=known,
            sign_in_sha256=hashlib.sha256(state.encode()).hexdigest(),
            provider_session=identity.session or None,
            provider_tokens=_sealed(identifier, identity.tokens),
            ends_at=_end(blank.ends_at, identity.tokens, now),
        )
        replaced = _key_of(replaces)
        if not await self._store.add(session, most=self._limits.most, replaces=replaced):
            raise SignInRefusedError("state", "this sign-in has begun a session before")
        return BegunSession(identifier, caller)

    async def find(self, identifier: str, *, active: bool) -> Session | None:
        if len(identifier) != _IDENTIFIER_CHARACTERS:
            return None  # without a query: it is anybody's to send
        key = session_key(identifier)
        session = await self._store.find(key)
        if session is None:
            return None
        now = microseconds(self._wall())
        if session.ends_at <= now or session.seen_at <= now - _micros(self._limits.idle):
            await self._store.end([key])
            return None
        confirmed = await self._confirmed(session, identifier, now)
        caller = None if confirmed is None else self._caller(confirmed)
        if caller is None or _rights_digest(caller) != session.rights_sha256:
            await self._store.end([key])
            return None
        if active and session.seen_at <= now - _micros(TOUCH):
            self._touch(key, now)
        return Session(key, caller)

    def _touch(self, key: str, now: int) -> None:
        """Note work in a session without waiting for the writer, which may be held for long.

        One note at a time for each session: what is not noted is noted at a later request.
        """
        if key not in self._touching:
            task = asyncio.create_task(self._noted(key, now))
            self._touching[key] = task
            task.add_done_callback(lambda _: self._touching.pop(key))

    async def _noted(self, key: str, now: int) -> None:
        try:
            await self._store.touch(key, now)
        except UnavailableError as error:
            _log.warning("work in a session is not noted for now: %s", error)

    async def own(self, session: Session) -> Sequence[OwnSession]:
        """The sessions of the person who is in one of them, newest first."""
        found = await self._store.find(session.key)
        rows = () if found is None else await self._store.of_person(found.person)
        oldest = microseconds(self._wall()) - _micros(self._limits.idle)
        return [
            OwnSession(
                one.id_sha256,
                one.agent,
                from_microseconds(one.begun_at),
                from_microseconds(one.seen_at),
                from_microseconds(one.ends_at),
                one.id_sha256 == session.key,
            )
            for one in rows
            if one.seen_at > oldest
        ]

    async def end_own(self, session: Session, key: str) -> None:
        """End one of the person's sessions; nobody else's."""
        if any(one.key == key for one in await self.own(session)):
            await self._store.end([key])

    async def end_others(self, session: Session) -> None:
        """End all of the person's sessions but this one."""
        found = await self._store.find(session.key)
        if found is not None:
            await self._store.end_of_person(found.person, but=session.key)

    async def leave(self, identifier: str) -> LeftSession | None:
        """End a session, whatever it may still do; who was in it, None if there is none.

        Nobody is asked for it, neither the provider nor a file: one who leaves has left.
        """
        if len(identifier) != _IDENTIFIER_CHARACTERS:
            return None
        key = session_key(identifier)
        found = await self._store.find(key)
        if found is None:
            return None
        await self._store.end([key])
        tokens = _opened(identifier, found.provider_tokens)
        subject = _subject(found) if found.token_sha256 is None else ""
        caller = Principal(found.name, frozenset(), frozenset(), frozenset(), subject=subject)
        return LeftSession(caller, "" if tokens is None else tokens.id_token)

    async def end_at_provider(self, notice: LogoutNotice) -> int:
        """End the sessions that a provider says are over; how many.

        A session that began after the notice was written is not meant by it: it may be sent again.
        The two clocks may differ, so what began in the minute after it ends too.
        """
        person = f"oidc {notice.subject}" if notice.subject else None
        until = microseconds(notice.issued_at + CLOCKS_DIFFER)
        if notice.session:
            return await self._store.end_of_provider(notice.session, person, until)
        assert person is not None
        return await self._store.end_of_person(person, begun_until=until)

    async def sweep(self, stop: asyncio.Event) -> None:
        """Delete what is over, each minute until stopped."""
        while not stop.is_set():
            await wait_for_stop(stop, _SWEEP_SECONDS)
            try:
                await self.delete_over()
            except UnavailableError as error:
                _log.warning("sessions that are over are kept for now: %s", error)
        await asyncio.gather(*self._touching.values())

    async def delete_over(self) -> int:
        """Delete the sessions that are over; how many."""
        now = microseconds(self._wall())
        return await self._store.end_over(now, now - _micros(self._limits.idle))

    def _blank(
        self, person: str, caller: Principal, agent: str, now: int
    ) -> tuple[str, StoredSession]:
        """A new identifier, and a session that nothing has begun yet."""
        identifier = secrets.token_urlsafe(_IDENTIFIER_BYTES)
        return identifier, StoredSession(
            id_sha256=session_key(identifier),
            person=person,
            name=caller.name,
            token_sha256=None,
            groups_known=None,
            rights_sha256=_rights_digest(caller),
            sign_in_sha256=None,
            provider_session=None,
            provider_tokens=None,
            agent="".join(one for one in agent if one.isprintable())[:_LONGEST_AGENT],
            begun_at=now,
            seen_at=now,
            ends_at=now + _micros(self._limits.longest),
            asked_at=now,
            confirmed_at=now,
        )

    def _caller(self, session: StoredSession) -> Principal | None:
        """Who is in a session, as of now; None where nothing permits it any more."""
        if session.token_sha256 is not None:
            holder = self._tokens.holder(bytes.fromhex(session.token_sha256))
            return holder if self._by_token else None
        if self._access is None or session.groups_known is None:
            return None
        groups = msgspec.json.decode(session.groups_known, type=list[str])
        return self._person(_subject(session), session.name, groups)[0]

    def _person(
        self, subject: str, name: str, groups: Sequence[str]
    ) -> tuple[Principal | None, str]:
        """What somebody's groups let them do, and those of them that count, as they are stored."""
        assert self._access is not None
        access = self._access.current()
        rights, known = access.rights(groups), msgspec.json.encode(access.known(groups)).decode()
        if rights is None:
            return None, known
        scopes = frozenset(rights.scopes)
        return Principal(name, scopes, frozenset(), rights.units, subject=subject), known

    async def _confirmed(
        self, session: StoredSession, identifier: str, now: int
    ) -> StoredSession | None:
        """The session with the groups of today, where it is time to ask; None if it is over."""
        if session.groups_known is None or self.provider is None:
            return session
        due = session.asked_at <= now - _micros(self._limits.refresh)
        if not due or not await self._store.claim(session.id_sha256, session.asked_at, now):
            return session  # not due, or another request asks
        # Not undone halfway: a provider may take a refresh token once.
        return await asyncio.shield(self._asked(self.provider, session, identifier, now))

    async def _asked(
        self, provider: Provider, session: StoredSession, identifier: str, now: int
    ) -> StoredSession | None:
        tokens = _opened(identifier, session.provider_tokens)
        if tokens is None:
            return None
        subject = _subject(session)
        if self._access is not None:
            self._access.current()  # before the refresh token is used up
        try:
            identity = await provider.confirm(subject, tokens)
        except SignInRefusedError as error:
            _log.info("a session is over, its provider says: %s", error)
            return None
        except ProviderAwayError as error:
            _log.warning("the groups of a session stay as they were: %s", error)
            return session if now - session.confirmed_at < _micros(UNCONFIRMED) else None
        known = self._person(subject, session.name, identity.groups)[1]
        ends_at = _end(session.ends_at, identity.tokens, now)
        sealed = _sealed(identifier, identity.tokens)
        await self._store.confirm(session.id_sha256, known, sealed, ends_at, now)
        return session._replace(groups_known=known)


def _end(ends_at: int, tokens: ProviderTokens, now: int) -> int:
    """Without a refresh token nobody can be asked after the access token has ended."""
    if tokens.refresh_token:
        return ends_at
    return min(ends_at, now + tokens.expires_in * 1_000_000)


def _subject(session: StoredSession) -> str:
    """Of a session that a provider began: how it knows the person."""
    return session.person.removeprefix("oidc ")


def _key_of(identifier: str | None) -> str | None:
    return None if identifier is None else session_key(identifier)


def _micros(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)


def _rights_digest(caller: Principal) -> str:
    """Of what a session may do: two that differ have different rights."""
    units = None if caller.units is None else sorted(caller.units)
    return hashlib.sha256(msgspec.json.encode([sorted(caller.scopes), units])).hexdigest()


def _cipher(identifier: str) -> AESGCM:
    """AES-256-GCM of a session's secrets; its key is derived from 256 random bits, so once is enough."""
    return AESGCM(hashlib.sha256(b"the provider's tokens\0" + identifier.encode()).digest())


def _sealed(identifier: str, tokens: ProviderTokens) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(identifier).encrypt(nonce, msgspec.json.encode(tokens), None)


def _opened(identifier: str, sealed: bytes | None) -> ProviderTokens | None:
    if sealed is None:
        return None
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        opened = _cipher(identifier).decrypt(nonce, rest, None)
        return msgspec.json.decode(opened, type=ProviderTokens)
    except (InvalidTag, ValueError, msgspec.DecodeError):
        return None
