"""A certificate authority of a test's own, and a broker's settings for TLS with SASL/SCRAM under it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class Authority(NamedTuple):
    """The files that an authority wrote: its own certificate, and a server's key with its certificate."""

    certificate: Path
    server: Path


def authority(folder: Path) -> Authority:
    """A new authority, which vouches for the loopback address."""
    issuer = trustme.CA()
    issued = issuer.issue_cert("127.0.0.1", "localhost")
    written = Authority(folder / "authority.pem", folder / "server.pem")
    issuer.cert_pem.write_to_path(written.certificate)
    # Java reads keys in PKCS#8 only.
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    written.server.write_bytes(encoded + b"".join(one.bytes() for one in issued.cert_chain_pems))
    return written


def broker_settings(given: Authority) -> Mapping[str, str]:
    """What a broker needs for listeners of the protocol SASL_SSL with SCRAM-SHA-512."""
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(given.server),
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": f"{module} required;",
    }
