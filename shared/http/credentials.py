"""Tokens of publishers and readers, as hashes in one file.

A token is 256 random bits, which a plain SHA-256 protects: slow hashes are for passwords, and would
slow every request. The token is shown once, on creation, and never written; its first eight
characters after ``ech_`` are, so that one found in a log can be named. The file is replaced
atomically and read again whenever it changes: a revocation needs no restart. It is created readable
by its owner alone; a replacement keeps the mode of the file.

A name may have several secrets for a while: a rotation adds one, and gives the others an end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

import msgspec

from shared.domain import FILE_ID, NOTHING_RESERVED, OPERATOR, Reservation, Reservations, is_source

Scope = Literal["publish", "read", "explain", "audit", "forget"]
"""``explain`` writes the explanations of the annual report, ``audit`` reads who read what, ``forget`` publishes that a
file is to be forgotten."""
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN = re.compile(r"ech_[A-Za-z0-9_-]{43}")
_TOKEN_BYTES = 32
_BEGINNING = re.compile(r"([A-Za-z0-9_-]{8})[A-Za-z0-9_-]*")


class CredentialsError(ValueError):
    """A credential cannot be created, found or read; the message says why and what to do."""


class ExpiredTokenError(Exception):
    """A token was presented that has ended: that of ``principal``."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        super().__init__(f"the token {principal.name} has expired")


class Credential(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A stored token: its hash and its permissions; no ``units`` or ``standards`` means all.

    ``prefixes`` reserve the file identifiers that begin with them for the tokens that name them.
    ``begins`` is the shown beginning of its secret, empty in one made before they were kept. It is
    refused from ``expires`` on; None is never.
    """

    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    sources: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    created: datetime
    begins: str = ""
    expires: datetime | None = None

    def has_expired(self, at: datetime) -> bool:
        return self.expires is not None and self.expires <= at


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tokens: tuple[Credential, ...] = ()
    version: Literal[1] = 1


class Principal(NamedTuple):
    """Who makes a request and what is permitted to it.

    ``units`` are those it may see, and name in a reception; ``standards`` those it may name in a
    reception; None means all. ``token`` is the shown beginning of its secret, empty where it is not
    known.
    """

    name: str
    scopes: frozenset[Scope]
    sources: frozenset[str]
    units: frozenset[str] | None
    standards: frozenset[str] | None = None
    reservations: Reservations = NOTHING_RESERVED
    subject: str = ""
    """A person's, as their provider knows them; empty for a token."""
    token: str = ""

    def may_see(self, unit: str | None) -> bool:
        """Whether data of a unit may be shown; data of no unit needs access to all units."""
        return self.units is None or unit in self.units


class _Known(NamedTuple):
    """A secret of the file, for those who present it."""

    digest: bytes
    principal: Principal
    expires: datetime | None


class Credentials:
    """The credentials file at a path; a missing file holds none.

    ``now`` is the wall clock, by which tokens expire. Without it, which is enough to change the
    file, a token that has an end is refused.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] | None = None) -> None:
        self._path = path
        self._now = now
        self._name = os.fspath(path)
        self._next = path.with_name(path.name + ".new")
        self._version: tuple[int, ...] | None = None
        self._known: Sequence[_Known] = ()
        self._prefixes: Sequence[str] = ()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def create(
        self,
        name: str,
        scopes: Collection[str],
        *,
        created: datetime,
        expires: datetime | None = None,
        sources: Collection[str] = (),
        units: Collection[str] = (),
        standards: Collection[str] = (),
        prefixes: Collection[str] = (),
    ) -> str:
        """Create a token; only its hash is stored. Raises :class:`CredentialsError`."""
        _check(name, scopes, sources)
        _check_limits(scopes, units, standards, prefixes)
        if expires is not None and expires <= created:
            raise CredentialsError(f"the token would have ended on {expires:%Y-%m-%d} already")
        token = _new_token()
        credential = Credential(
            name=name,
            sha256=_digest(token).hex(),
            begins=_begins(token),
            expires=expires,
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            sources=tuple(sorted(sources)),
            units=tuple(sorted(units)),
            standards=tuple(sorted(standards)),
            prefixes=tuple(sorted(prefixes)),
            created=created,
        )
        with self._lock():
            existing = self.listing()
            if any(one.name == name for one in existing):
                raise CredentialsError(f"a token is already named {name!r}; revoke it first")
            self._write((*existing, credential))
        return token

    def rotate(
        self, name: str, *, created: datetime, expires: datetime | None, overlap: timedelta
    ) -> str:
        """Give a token another secret; those it has end after the overlap, or sooner as they would.

        Its permissions stay. Secrets that have ended are removed. Raises :class:`CredentialsError`.
        """
        end, token = created + overlap, _new_token()
        if expires is not None and expires <= end:
            raise CredentialsError("the new secret would end before the old one: give a later end")
        with self._lock():
            existing = self.listing()
            own = [one for one in existing if one.name == name]
            if not own:
                raise CredentialsError(f"no token is named {name!r}")
            successor = msgspec.structs.replace(
                own[-1],
                sha256=_digest(token).hex(),
                begins=_begins(token),
                created=created,
                expires=expires,
            )
            others = [
                msgspec.structs.replace(one, expires=min(one.expires or end, end))
                if one.name == name
                else one
                for one in existing
                if one.name != name or not one.has_expired(created)
            ]
            self._write((*others, successor))
        return token

    def beginning_with(self, text: str) -> Sequence[Credential]:
        """The tokens whose secret begins so; raises :class:`CredentialsError` if it is too short.

        A whole token is taken too, of which only what is shown is compared.
        """
        found = _BEGINNING.fullmatch(text.strip().removeprefix("ech_"))
        if found is None:
            raise CredentialsError("give the first eight characters after ech_, or the whole token")
        return [one for one in self.listing() if one.begins == found[1]]

    def revoke(self, name: str) -> None:
        """Remove a token, all its secrets; raises :class:`CredentialsError` when none has that name."""
        with self._lock():
            existing = self.listing()
            others = tuple(one for one in existing if one.name != name)
            if len(others) == len(existing):
                raise CredentialsError(f"no token is named {name!r}")
            self._write(others)

    def listing(self) -> Sequence[Credential]:
        """The credentials now in the file, oldest first."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise CredentialsError(f"{self._path} cannot be read: {error.strerror}") from None
        try:
            return msgspec.json.decode(raw, type=_File).tokens
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CredentialsError(f"{self._path} is not a credentials file: {error}") from None

    def authenticate(self, token: str) -> Principal | None:
        """Whose token this is, or None; in a time independent of which hash matches.

        Raises :class:`ExpiredTokenError` for one that has ended.
        """
        self._reload_if_changed()
        if _TOKEN.fullmatch(token) is None:
            return None
        owner = self._find(_digest(token))
        if owner is None:
            return None
        if self._has_expired(owner):
            raise ExpiredTokenError(owner.principal)
        return owner.principal

    def holder(self, digest: bytes) -> Principal | None:
        """Whose token has this SHA-256 and has not ended, or None: for who was given something for the token."""
        self._reload_if_changed()
        owner = self._find(digest)
        return None if owner is None or self._has_expired(owner) else owner.principal

    def _find(self, digest: bytes) -> _Known | None:
        found = None
        for known in self._known:
            if hmac.compare_digest(known.digest, digest):
                found = known
        return found

    def named(self, name: str) -> Principal | None:
        """Whose token has this name, or None: for whoever acts by its permissions without the token.

        No secret is named: none was used.
        """
        self._reload_if_changed()
        valid = [
            one.principal._replace(token="")
            for one in self._known
            if one.principal.name == name and not self._has_expired(one)
        ]
        return valid[-1] if valid else None

    def _has_expired(self, known: _Known) -> bool:
        return known.expires is not None and (self._now is None or known.expires <= self._now())

    def ends(self) -> Mapping[str, datetime]:
        """When each token's newest secret expires, by name; without those that never do."""
        self._reload_if_changed()
        newest = {one.principal.name: one.expires for one in self._known}
        return {name: expires for name, expires in newest.items() if expires is not None}

    def reservations(self, own: Collection[str]) -> Reservations:
        """The prefixes that tokens reserve, for a publisher without a token that has its ``own``."""
        self._reload_if_changed()
        return _reservations(self._prefixes, own)

    def _reload_if_changed(self) -> None:
        version = self._file_version()
        if version == self._version:
            return
        self._known = self._prefixes = ()
        self._version = None
        tokens = self.listing()
        prefixes = sorted({prefix for one in tokens for prefix in one.prefixes}, key=len)[::-1]
        self._known = [
            _Known(bytes.fromhex(one.sha256), _principal(one, prefixes), one.expires)
            for one in tokens
        ]
        self._prefixes = prefixes
        self._version = version

    def _file_version(self) -> tuple[int, ...]:
        """Differs after each replacement of the file; empty if there is none."""
        try:
            status = os.stat(self._name)  # noqa: PTH116 — per request, half the cost of Path
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise CredentialsError(f"{self._path} cannot be read: {error.strerror}") from None
        return status.st_mtime_ns, status.st_ino, status.st_size

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Create the next file, which is also the lock: only one process can."""
        self._path.parent.mkdir(0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(self._next, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise CredentialsError(
                f"another command is changing {self._path}; if none is, remove {self._next}"
            ) from None
        try:
            yield
        finally:
            self._next.unlink(missing_ok=True)

    def _write(self, tokens: Sequence[Credential]) -> None:
        """Replace the file atomically and durably."""
        encoded = msgspec.json.format(msgspec.json.encode(_File(tuple(tokens))), indent=2)
        with self._next.open("wb") as file:
            with suppress(FileNotFoundError):
                self._next.chmod(stat.S_IMODE(self._path.stat().st_mode))
            file.write(encoded + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._next.replace(self._path)


def _check(name: str, scopes: Collection[str], sources: Collection[str]) -> None:
    if _NAME.fullmatch(name) is None:
        raise CredentialsError(f"{name!r} is not a name: at most 64 letters, digits, and . _ -")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise CredentialsError(
            f"scopes are {', '.join(SCOPES)}, not {', '.join(unknown) or 'none'}"
        )
    if ("publish" in scopes) != bool(sources):
        raise CredentialsError(
            "a token names the sources it may publish for, if and only if it may"
        )
    for source in sources:
        if source == OPERATOR:
            raise CredentialsError(f"{source!r} is the source of what operators write themselves")
        if not is_source(source):
            raise CredentialsError(f"{source!r} is not a source: a URI reference (RFC 3986)")


def _check_limits(
    scopes: Collection[str],
    units: Collection[str],
    standards: Collection[str],
    prefixes: Collection[str],
) -> None:
    if "explain" in scopes and (units or "read" not in scopes):
        raise CredentialsError("a token that may explain reads too, and sees every unit")
    if "audit" in scopes and units:
        raise CredentialsError("a token that may audit sees every unit")
    if "forget" in scopes and "publish" not in scopes:
        raise CredentialsError("a token that may forget files publishes too, for their sources")
    if (standards or prefixes) and "publish" not in scopes:
        raise CredentialsError("standards and prefixes are for tokens that may publish")
    for prefix in prefixes:
        if FILE_ID.fullmatch(prefix) is None:
            raise CredentialsError(
                f"{prefix!r} begins no identifier of a file: "
                "at most 64 letters, digits and . _ : -, never a sign first"
            )


def token_digest(token: str) -> bytes:
    """What is stored of a token."""
    return _digest(token)


def shown_beginning(token: str) -> str:
    """The shown beginning of what was presented as a token; empty if it has not the form of one."""
    return _begins(token) if _TOKEN.fullmatch(token) else ""


def _begins(token: str) -> str:
    """The eight characters after ``ech_``: 48 bits of 256, which say nothing about the others."""
    return token[4:12]


def _new_token() -> str:
    return "ech_" + _encoded(secrets.token_bytes(_TOKEN_BYTES))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _principal(one: Credential, prefixes: Sequence[str]) -> Principal:
    return Principal(
        one.name,
        frozenset(one.scopes),
        frozenset(one.sources),
        frozenset(one.units) or None,
        frozenset(one.standards) or None,
        _reservations(prefixes, one.prefixes),
        token=one.begins,
    )


def _reservations(prefixes: Sequence[str], own: Collection[str]) -> Reservations:
    return Reservations(tuple([Reservation(prefix, prefix in own) for prefix in prefixes]))
