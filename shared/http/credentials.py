"""Tokens of publishers and readers, as hashes in one file.

A token is 256 random bits, which a plain SHA-256 protects: slow hashes are for passwords, and would
slow every request. The token is shown once, on creation, and never written. The file is replaced
atomically and read again whenever it changes: a revocation needs no restart. It is created readable
by its owner alone; a replacement keeps the mode of the file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
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


class CredentialsError(ValueError):
    """A credential cannot be created, found or read; the message says why and what to do."""


class Credential(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A stored token: its hash and its permissions; no ``units`` or ``standards`` means all.

    ``prefixes`` reserve the file identifiers that begin with them for the tokens that name them.
    """

    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    sources: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    created: datetime


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tokens: tuple[Credential, ...] = ()
    version: Literal[1] = 1


class Principal(NamedTuple):
    """Who makes a request and what is permitted to it.

    ``units`` are those it may see, and name in a reception; ``standards`` those it may name in a
    reception; None means all.
    """

    name: str
    scopes: frozenset[Scope]
    sources: frozenset[str]
    units: frozenset[str] | None
    standards: frozenset[str] | None = None
    reservations: Reservations = NOTHING_RESERVED
    subject: str = ""
    """A person's, as their provider knows them; empty for a token."""

    def may_see(self, unit: str | None) -> bool:
        """Whether data of a unit may be shown; data of no unit needs access to all units."""
        return self.units is None or unit in self.units


class Credentials:
    """The credentials file at a path; a missing file holds none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = os.fspath(path)
        self._next = path.with_name(path.name + ".new")
        self._version: tuple[int, ...] | None = None
        self._principals: Sequence[tuple[bytes, Principal]] = ()
        self._prefixes: Sequence[str] = ()

    def create(
        self,
        name: str,
        scopes: Collection[str],
        *,
        created: datetime,
        sources: Collection[str] = (),
        units: Collection[str] = (),
        standards: Collection[str] = (),
        prefixes: Collection[str] = (),
    ) -> str:
        """Create a token; only its hash is stored. Raises :class:`CredentialsError`."""
        _check(name, scopes, sources)
        _check_limits(scopes, units, standards, prefixes)
        token = "ech_" + _encoded(secrets.token_bytes(_TOKEN_BYTES))
        credential = Credential(
            name=name,
            sha256=_digest(token).hex(),
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

    def revoke(self, name: str) -> None:
        """Remove a token; raises :class:`CredentialsError` when none has that name."""
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
        """Whose token this is, or None; in a time independent of which hash matches."""
        self._reload_if_changed()
        if _TOKEN.fullmatch(token) is None:
            return None
        return self.holder(_digest(token))

    def holder(self, digest: bytes) -> Principal | None:
        """Whose token has this SHA-256, or None: for who was given something for the token."""
        self._reload_if_changed()
        owner = None
        for token_digest, principal in self._principals:
            if hmac.compare_digest(token_digest, digest):
                owner = principal
        return owner

    def named(self, name: str) -> Principal | None:
        """Whose token has this name, or None: for whoever acts by its permissions without the token."""
        self._reload_if_changed()
        return next((one for _, one in self._principals if one.name == name), None)

    def reservations(self, own: Collection[str]) -> Reservations:
        """The prefixes that tokens reserve, for a publisher without a token that has its ``own``."""
        self._reload_if_changed()
        return _reservations(self._prefixes, own)

    def _reload_if_changed(self) -> None:
        version = self._file_version()
        if version == self._version:
            return
        self._principals = self._prefixes = ()
        self._version = None
        tokens = self.listing()
        prefixes = sorted({prefix for one in tokens for prefix in one.prefixes}, key=len)[::-1]
        self._principals = [
            (bytes.fromhex(one.sha256), _principal(one, prefixes)) for one in tokens
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
    )


def _reservations(prefixes: Sequence[str], own: Collection[str]) -> Reservations:
    return Reservations(tuple([Reservation(prefix, prefix in own) for prefix in prefixes]))
