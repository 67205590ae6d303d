"""Certificate authorities of a test's own, what they vouch for, and a broker's settings for TLS under one of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

HERE = ("127.0.0.1", "localhost")


class Authority(NamedTuple):
    """The files that an authority wrote: its own certificate, and a server's key with its certificate."""

    certificate: Path
    server: Path


class Pair(NamedTuple):
    """A certificate with its chain, and its key."""

    certificate: Path
    key: Path

    @property
    def serial(self) -> int:
        """Of the certificate."""
        return x509.load_pem_x509_certificate(self.certificate.read_bytes()).serial_number


def authority(folder: Path) -> Authority:
    """A new authority, which vouches for the loopback address."""
    issuer = trustme.CA()
    issued = issuer.issue_cert(*HERE)
    written = Authority(folder / "authority.pem", folder / "server.pem")
    issuer.cert_pem.write_to_path(written.certificate)
    # Java reads keys in PKCS#8 only.
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    written.server.write_bytes(encoded + b"".join(one.bytes() for one in issued.cert_chain_pems))
    return written


def certificate_of(issuer: trustme.CA, file: Path) -> Path:
    """An authority's own certificate, in a file."""
    issuer.cert_pem.write_to_path(file)
    return file


def issue(issuer: trustme.CA, folder: Path, *names: str, not_after: datetime | None = None) -> Pair:
    """A certificate for these names, of the loopback address if none are given, written over a former one."""
    issued = issuer.issue_cert(*(names or HERE), not_after=not_after)
    folder.mkdir(exist_ok=True)
    written = Pair(folder / "tls.crt", folder / "tls.key")
    written.certificate.write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(written.key)
    return written


def broker_settings(given: Authority) -> Mapping[str, str]:
    """What a broker needs for listeners of TLS: SECURE with SCRAM-SHA-512, MUTUAL with certificates of clients."""
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(given.server),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(given.certificate),
        "listener.name.mutual.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": f"{module} required;",
    }
