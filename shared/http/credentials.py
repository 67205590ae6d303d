"""Who may: tokens of publishers and readers, kept as hashes in one file.

A token is 256 bits from the system's generator: it cannot be guessed, so a plain SHA-256 keeps it (a slow hash defends passwords
that people choose, and would only slow every request here). The token itself is shown once, when made, and never written. The
file is replaced as a whole, and read again whenever it has changed: a revocation needs no restart. It is made readable by its owner
alone; whoever else may read it (a service under a user of its own) still may once it is replaced.
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

from shared.domain import NOTHING_RESERVED, OPERATOR, URI_REFERENCE, Reservation, Reservations

Scope = Literal["publish", "read"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_TOKEN = re.compile(r"ech_[A-Za-z0-9_-]{43}")
_TOKEN_BYTES = 32


class CredentialsError(ValueError):
    """A credential cannot be made, found or read; the message says why and what to do."""


class Credential(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A token as it is kept: its hash, and what it permits. No ``units`` or ``standards`` means all of them.

    ``prefixes`` are beginnings of identifiers of files, which belong to the tokens that name them.
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

    ``units`` are those it may see, and name in a reception that it publishes; ``standards`` those it may name there; None for all of them.
    """

    name: str
    scopes: frozenset[Scope]
    sources: frozenset[str]
    units: frozenset[str] | None
    standards: frozenset[str] | None = None
    reservations: Reservations = NOTHING_RESERVED

    def may_see(self, unit: str | None) -> bool:
        """Whether what belongs to a unit may be told; what belongs to none is for those who see all of them."""
        return self.units is None or unit in self.units


class Credentials:
    """The credentials file at a path; one that does not exist holds none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = os.fspath(path)
        self._next = path.with_name(path.name + ".new")
        self._read_at: tuple[int, ...] | None = None
        self._principals: Sequence[tuple[bytes, Principal]] = ()

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
        """Make a token and return it; it is not kept. Raises :class:`CredentialsError`."""
        _check(name, scopes, sources)
        _check_limits(scopes, standards, prefixes)
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
        with self._changing():
            kept = self.listing()
            if any(one.name == name for one in kept):
                raise CredentialsError(f"a token is already named {name!r}; revoke it first")
            self._write((*kept, credential))
        return token

    def revoke(self, name: str) -> None:
        """Forget a token; raises :class:`CredentialsError` when none has that name."""
        with self._changing():
            kept = self.listing()
            others = tuple(one for one in kept if one.name != name)
            if len(others) == len(kept):
                raise CredentialsError(f"no token is named {name!r}")
            self._write(others)

    def listing(self) -> Sequence[Credential]:
        """The credentials as they are in the file now, oldest first."""
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
        """Whose token this is, or None. Looks at every hash, in a time that does not depend on which one matches."""
        self._read_again_if_changed()
        if _TOKEN.fullmatch(token) is None:
            return None
        digest = _digest(token)
        found = None
        for known, principal in self._principals:
            if hmac.compare_digest(known, digest):
                found = principal
        return found

    def _read_again_if_changed(self) -> None:
        seen = self._signature()
        if seen == self._read_at:
            return
        self._principals = ()
        self._read_at = None
        listed = self.listing()
        reserved = sorted({prefix for one in listed for prefix in one.prefixes}, key=len)
        self._principals = [
            (bytes.fromhex(one.sha256), _principal(one, reserved[::-1])) for one in listed
        ]
        self._read_at = seen

    def _signature(self) -> tuple[int, ...]:
        """Tells one replacement of the file from the next; empty when there is none."""
        try:
            status = os.stat(self._name)  # noqa: PTH116 — asked for every request, and half the price of Path.stat
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise CredentialsError(f"{self._path} cannot be read: {error.strerror}") from None
        return status.st_mtime_ns, status.st_ino, status.st_size

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """The next file is also the lock: only one process can create it."""
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
        """Put a whole new file in the place of the old one, durably."""
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
        raise CredentialsError(f"scopes are publish and read, not {', '.join(unknown) or 'none'}")
    if ("publish" in scopes) != bool(sources):
        raise CredentialsError(
            "a token names the sources it may publish for, if and only if it may"
        )
    for source in sources:
        if not source or URI_REFERENCE.fullmatch(source) is None:
            raise CredentialsError(f"{source!r} is not a source: a URI reference (RFC 3986)")
        if source == OPERATOR:
            raise CredentialsError(f"{source!r} is the source of what operators write themselves")


def _check_limits(
    scopes: Collection[str], standards: Collection[str], prefixes: Collection[str]
) -> None:
    if (standards or prefixes) and "publish" not in scopes:
        raise CredentialsError("standards and prefixes are for tokens that may publish")
    for prefix in prefixes:
        if _PREFIX.fullmatch(prefix) is None:
            raise CredentialsError(
                f"{prefix!r} begins no identifier of a file: at most 64 letters, digits and . _ : -, never a sign first"
            )


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _principal(one: Credential, reserved: Sequence[str]) -> Principal:
    return Principal(
        one.name,
        frozenset(one.scopes),
        frozenset(one.sources),
        frozenset(one.units) or None,
        frozenset(one.standards) or None,
        Reservations(tuple([Reservation(prefix, prefix in one.prefixes) for prefix in reserved])),
    )
