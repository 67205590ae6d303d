"""``deploy/certificates.sh``: an authority, and certificates under it that the strictest clients take."""

from __future__ import annotations

import shutil
import ssl
import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tests.paths import ROOT

SCRIPT = ROOT / "deploy" / "certificates.sh"
SERVER = "clock=DNS:clock,DNS:localhost,IP:127.0.0.1"
LONGEST = timedelta(days=398)
"""Browsers take no certificate of more days."""

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")


def run(folder: Path, *arguments: str, mode: str | None = None) -> str:
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", **({"KEY_MODE": mode} if mode else {})}
    done = subprocess.run(
        [SCRIPT, folder, *arguments], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_certificate_is_verified_strictly_by_its_names(tmp_path: Path):
    run(tmp_path, "make", SERVER)
    made = tmp_path / "tls" / "clock"
    own = certificate(made / "tls.crt")
    assert own.not_valid_after_utc - own.not_valid_before_utc < LONGEST
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made / "tls.crt", made / "tls.key")
    client = ssl.create_default_context(cafile=tmp_path / "authority" / "ca.crt")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in ("clock", "localhost", "127.0.0.1"):
        _shake(client, server, name)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        _shake(client, server, "ingest")


def _shake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """A handshake in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for each in (asking, answering):
            try:
                each.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert asking.version() == "TLSv1.3"


def test_what_is_there_stays_until_it_is_renewed_and_the_authority_then_too(tmp_path: Path):
    run(tmp_path, "make", SERVER)
    files = [tmp_path / "authority" / "ca.crt", tmp_path / "tls" / "clock" / "tls.crt"]
    [authority, former] = map(certificate, files)
    run(tmp_path, "make", SERVER, "ingest=DNS:ingest")
    assert [certificate(one) for one in files] == [authority, former]
    assert (tmp_path / "tls" / "ingest" / "tls.crt").exists()
    run(tmp_path, "renew", SERVER)
    [kept, renewed] = map(certificate, files)
    assert kept == authority and renewed.serial_number != former.serial_number
    assert len(run(tmp_path, "ends").splitlines()) == 3


@pytest.mark.parametrize(("mode", "keys"), [(None, 0o600), ("644", 0o644)])
def test_keys_are_their_owner_s_unless_said_otherwise(tmp_path: Path, mode: str | None, keys: int):
    run(tmp_path, "make", SERVER, mode=mode)
    made = tmp_path / "tls" / "clock"
    for name in ("tls.key", "server.pem"):
        assert stat.S_IMODE((made / name).stat().st_mode) == keys, name
    assert stat.S_IMODE((tmp_path / "authority.key").stat().st_mode) == 0o600
