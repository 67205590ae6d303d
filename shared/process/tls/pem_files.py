"""The PEM files of one side of a connection: read with a bound, and when their certificates end."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from shared.errors import SettingError
from shared.process import regular_files


class PemFile(NamedTuple):
    """A file, and the variable that names it, without ``ECHEANCE_``."""

    setting: str
    path: Path


class KeyPair(NamedTuple):
    """A certificate with its chain, and the private key of the certificate."""

    certificate: PemFile
    key: PemFile


class Validity(NamedTuple):
    """From when to when a certificate and its whole chain are valid, in UTC."""

    start: datetime
    end: datetime


_OTHER_KEY: Final = "KEY_VALUES_MISMATCH"


def key_pair(prefix: str, certificate: Path | None, key: Path | None) -> KeyPair | None:
    """The pair that ``<prefix>_CERT_FILE`` and ``<prefix>_KEY_FILE`` name; None if neither is set."""
    if certificate is None or key is None:
        if certificate is not None or key is not None:
            raise SettingError(
                f"ECHEANCE_{prefix}_CERT_FILE and ECHEANCE_{prefix}_KEY_FILE must be set together"
            )
        return None
    return KeyPair(PemFile(f"{prefix}_CERT_FILE", certificate), PemFile(f"{prefix}_KEY_FILE", key))


def load_key_pair(context: ssl.SSLContext, own: KeyPair) -> None:
    """Load a certificate and its key; raises :class:`SettingError`, which quotes neither."""
    certificate, key = (f"ECHEANCE_{one.setting}" for one in own)
    for one in own:
        _require_readable(one)
    try:
        context.load_cert_chain(own.certificate.path, own.key.path, password=_no_password)
    except _EncryptedKeyError:
        raise SettingError(f"{key} must name a private key that is not encrypted") from None
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        if getattr(error, "reason", "") == _OTHER_KEY:
            raise SettingError(
                f"{key} must name the private key of the certificate in {certificate}: this one is another's"
            ) from None
        raise SettingError(
            f"{certificate} and {key} must name a certificate with its chain and its private key, in PEM form"
        ) from None


def load_authorities(context: ssl.SSLContext, authorities: PemFile) -> None:
    """Trust the authorities in a file; raises :class:`SettingError`."""
    _require_readable(authorities)
    try:
        context.load_verify_locations(authorities.path)
    except (OSError, ValueError):
        raise SettingError(
            f"ECHEANCE_{authorities.setting} must name a file with certificates in PEM form"
        ) from None


def validity(certificate: PemFile) -> Validity:
    """When the certificates in a file are valid together; raises :class:`SettingError`."""
    # Imported only where TLS is configured: it takes a tenth of the embedded system's start.
    from cryptography import x509

    try:
        chain = x509.load_pem_x509_certificates(_require_readable(certificate).encode())
    except ValueError:
        raise SettingError(
            f"ECHEANCE_{certificate.setting} must name a certificate with its chain, in PEM form"
        ) from None
    return Validity(
        max(one.not_valid_before_utc for one in chain),
        min(one.not_valid_after_utc for one in chain),
    )


def states(files: Sequence[PemFile]) -> Sequence[object]:
    """What is another value once a file was replaced or written."""
    return [_state(one.path) for one in files]


def _state(path: Path) -> object:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _require_readable(file: PemFile) -> str:
    """The text of a file; OpenSSL alone would wait for a pipe, and read without a bound."""
    try:
        return regular_files.read_text(file.path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SettingError(
            f"ECHEANCE_{file.setting} must name a file that can be read: {reason}"
        ) from None


class _EncryptedKeyError(Exception):
    pass


def _no_password() -> str:
    """OpenSSL asks for the password of a key on the terminal unless it is told one."""
    raise _EncryptedKeyError
