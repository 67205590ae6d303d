"""TLS as it is spoken: who is trusted, what is refused, and certificates renewed under a server at work."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import ssl
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from cryptography import x509
from fastapi import FastAPI, Request

from services.compliance.clock_client import remote_histories
from shared.errors import SettingError, UnavailableError
from shared.healthcheck import complaint
from shared.http import Credentials, front_door
from shared.metrics import Metrics
from shared.process import runner, tls
from shared.process.http_server import Server, acceptor
from shared.settings import read_settings
from tests.servers.tls import Pair, certificate_of, issue

HEALTHY = {"/healthz": 200, "/readyz": 200}


class Site:
    """A server, its files, and how clients see it."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.issuer = trustme.CA()
        self.folder = folder
        self.authority = certificate_of(self.issuer, folder / "ca.crt")
        self.pair = issue(self.issuer, folder / "server")
        self.metrics = Metrics(runner.now)
        self.given = {
            "ECHEANCE_TLS_CERT_FILE": str(self.pair.certificate),
            "ECHEANCE_TLS_KEY_FILE": str(self.pair.key),
            **more,
        }
        self.server: Server | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Server]:
        made = tls.server_tls(read_settings(self.given), self.metrics)
        async with runner.serving(application(self.folder), "127.0.0.1", 0, tls=made) as server:
            self.server = server
            yield server

    @property
    def address(self) -> str:
        assert self.server is not None
        return f"https://127.0.0.1:{self.server.port}"

    def trusting(self, shown: Pair | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority)
        if shown is not None:
            context.load_cert_chain(shown.certificate, shown.key)
        return context

    async def get(self, path: str = "/here", shown: Pair | None = None) -> httpx.Response:
        async with httpx.AsyncClient(verify=self.trusting(shown), trust_env=False) as client:
            return await client.get(f"{self.address}{path}")

    async def serial(self) -> int:
        """Of the certificate that a new connection is shown."""
        assert self.server is not None
        _, writer = await asyncio.open_connection(
            "127.0.0.1", self.server.port, ssl=self.trusting()
        )
        shown = writer.get_extra_info("ssl_object").getpeercert(True)
        writer.close()
        return x509.load_der_x509_certificate(shown).serial_number

    def sample(self, name: str, **labels: str) -> float:
        value = self.metrics.registry.get_sample_value(name, labels)
        assert value is not None, name
        return value


def application(folder: Path) -> FastAPI:
    app = FastAPI()
    for path in ("/here", *HEALTHY):
        app.get(path)(lambda: "here")

    @app.get("/v1/files/{file}/events")
    def events(request: Request) -> Any:
        return httpx.codes.NOT_FOUND if request.url.scheme != "https" else {}

    @app.get("/who")
    def who(request: Request) -> str | None:
        name: str | None = request.scope["extensions"]["tls"]["client_cert_name"]
        return name

    paths = ("/here", "/who", "/v1/files")
    front_door.secure(app, Credentials(folder / "credentials.json"), public_paths=paths)
    return app


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def mutual(folder: Path, wanted: str) -> Site:
    """A server that asks for certificates of clients, of its own authority."""
    site = Site(folder, ECHEANCE_TLS_CLIENT=wanted)
    site.given["ECHEANCE_TLS_CLIENT_CA_FILE"] = str(site.authority)
    return site


async def test_it_speaks_tls_1_3_and_1_2_with_forward_secrecy_and_nothing_older(site: Site):
    async with site.serving() as server:
        for version, spoken in (("TLSv1_3", "TLSv1.3"), ("TLSv1_2", "TLSv1.2")):
            context = site.trusting()
            context.maximum_version = ssl.TLSVersion[version]
            _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
            name, protocol, _ = writer.get_extra_info("cipher")
            assert writer.get_extra_info("ssl_object").version() == protocol == spoken
            assert "GCM" in name or "CHACHA20" in name
            writer.close()
        for older, ciphers in (("TLSv1_1", "DEFAULT@SECLEVEL=0"), ("TLSv1_2", "AES128-SHA256")):
            context = site.trusting()
            context.set_ciphers(ciphers)
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                context.minimum_version = context.maximum_version = ssl.TLSVersion[older]
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.open_connection("127.0.0.1", server.port, ssl=context)


@pytest.mark.parametrize("kind", ["trusted", "ended", "another authority", "another host"])
async def test_a_clock_is_asked_only_where_its_certificate_holds(tmp_path: Path, kind: str):
    site = Site(tmp_path)
    asked = site.authority
    if kind == "ended":
        ended = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251 — of a certificate
        site.pair = issue(site.issuer, tmp_path / "server", not_after=ended)
    if kind == "another authority":
        asked = certificate_of(trustme.CA(), tmp_path / "other.crt")
    if kind == "another host":
        site.pair = issue(site.issuer, tmp_path / "server", "clock.example.org")
    (tmp_path / "token").write_text("token")
    async with site.serving():
        settings = read_settings(
            {
                "ECHEANCE_CLOCK_URL": site.address,
                "ECHEANCE_CLOCK_TOKEN_FILE": str(tmp_path / "token"),
                "ECHEANCE_CLOCK_CA_FILE": str(asked),
            }
        )
        async with remote_histories(settings) as histories:
            assert histories is not None
            message = "no history" if kind == "trusted" else "CERTIFICATE_VERIFY_FAILED"
            with pytest.raises(UnavailableError, match=message):
                await histories.history("F-1")


async def test_certificates_are_renewed_under_load_and_no_request_is_lost(site: Site):
    answers: list[int] = []
    stop = asyncio.Event()

    async def ask(keep: bool) -> None:
        async with httpx.AsyncClient(verify=site.trusting(), trust_env=False) as client:
            headers = {} if keep else {"connection": "close"}
            while not stop.is_set():
                answer = await client.get(f"{site.address}/here", headers=headers)
                answers.append(answer.status_code)

    async with site.serving():
        serials = [await site.serial()]
        async with asyncio.TaskGroup() as group:
            for keep in (True, True, False, False):
                group.create_task(ask(keep))
            for _ in range(5):
                site.pair = issue(site.issuer, site.folder / "server")
                before = len(answers)
                while len(answers) < before + 20:  # noqa: ASYNC110 — nobody tells
                    await asyncio.sleep(0.005)
                serials.append(await site.serial())
                assert serials[-1] == site.pair.serial
            stop.set()
    assert len(set(serials)) == len(serials)
    assert set(answers) == {200}


@pytest.mark.parametrize("fault", ["another key", "no certificate", "ended", "gone", "pipe"])
async def test_a_bad_new_pair_is_logged_and_the_former_one_stays(
    site: Site, fault: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "echeance.tls")
    async with site.serving():
        former = site.pair.serial
        other = issue(site.issuer, site.folder / "other")
        match fault:
            case "another key":
                shutil.copy(other.key, site.pair.key)
            case "no certificate":
                site.pair.certificate.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n")
            case "ended":
                ended = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251 — of a certificate
                issue(site.issuer, site.folder / "server", not_after=ended)
            case "gone":
                site.pair.key.unlink()
            case _:
                site.pair.key.unlink()
                os.mkfifo(site.pair.key)
        assert await site.serial() == former
        assert await site.serial() == former
        assert site.sample("echeance_tls_last_reload_successful") == 0
        [told] = [one for one in caplog.records if one.levelname == "ERROR"]
        assert "the former ones stay" in told.getMessage()
        assert "ECHEANCE_TLS_" in told.getMessage() and str(site.folder) not in told.getMessage()
        site.pair.key.unlink(missing_ok=True)
        renewed = issue(site.issuer, site.folder / "server")
        assert await site.serial() == renewed.serial
        assert site.sample("echeance_tls_last_reload_successful") == 1


async def test_the_end_of_the_certificate_in_use_is_exported(site: Site):
    until = datetime(2040, 5, 1, tzinfo=UTC)
    async with site.serving():
        assert site.sample("echeance_tls_certificate_end_timestamp_seconds", use="server") > 0
        site.pair = issue(site.issuer, site.folder / "server", not_after=until)
        end = site.sample("echeance_tls_certificate_end_timestamp_seconds", use="server")
    assert end == until.timestamp()


@pytest.mark.parametrize(
    ("wanted", "status", "without"), [("required", 200, 403), ("optional", 200, 200)]
)
async def test_clients_show_certificates_of_the_authority_agreed_upon(
    tmp_path: Path, wanted: str, status: int, without: int
):
    site = mutual(tmp_path, wanted)
    own = issue(site.issuer, tmp_path / "client", "publisher.example.org")
    stranger = issue(trustme.CA(), tmp_path / "stranger")
    async with site.serving() as server:
        assert (await site.get(shown=own)).status_code == status
        assert "organizationName" in (await site.get("/who", shown=own)).text
        refused = await site.get()
        assert refused.status_code == without
        if without == 403:
            assert refused.json()["type"] == "urn:echeance:problem:client-certificate-required"
        for path, well in HEALTHY.items():
            assert (await site.get(path)).status_code == well
        with pytest.raises(httpx.TransportError):
            await site.get("/healthz", shown=stranger)
        assert await asyncio.to_thread(complaint, server.port, over_tls=True) is None
    connections = "echeance_tls_connections_total"
    assert site.sample(connections, client_certificate="verified") == 2
    assert site.sample(connections, client_certificate="none") == 4
    assert site.sample("echeance_tls_handshake_failures_total", reason="certificate") == 1


async def test_an_authority_that_was_taken_out_is_trusted_no_more(tmp_path: Path):
    site = mutual(tmp_path, "required")
    former = issue(site.issuer, tmp_path / "client")
    async with site.serving():
        assert (await site.get(shown=former)).status_code == 200
        successor = trustme.CA()
        given = Path(site.given["ECHEANCE_TLS_CLIENT_CA_FILE"])
        site.authority = certificate_of(site.issuer, tmp_path / "servers.crt")
        certificate_of(successor, given)
        with pytest.raises(httpx.TransportError):
            await site.get(shown=former)
        renewed = issue(successor, tmp_path / "client")
        assert (await site.get(shown=renewed)).status_code == 200


async def test_clients_that_are_silent_make_room_for_those_that_speak(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("shared.process.http_server.server._MOST_HANDSHAKES", 16)
    async with site.serving() as server:
        # At once, before the server has seen any of them.
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
        assert (await site.get()).status_code == 200
        left = [one for one in silent if not _is_ended(one)]
        for one in silent:
            one.close()
    assert len(left) <= 16


def _is_ended(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


async def test_a_handshake_is_bounded_in_time(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(acceptor, "_HANDSHAKE_SECONDS", 0.2)
    async with site.serving() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
    assert site.sample("echeance_tls_handshake_failures_total", reason="timeout") == 1


async def test_what_is_no_tls_is_ended_and_counted(site: Site):
    async with site.serving() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /here HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"HTTP" not in await reader.read()
        writer.close()
    assert site.sample("echeance_tls_handshake_failures_total", reason="other") == 1


async def test_headers_above_the_limit_are_refused_with_an_answer_over_tls_too(site: Site):
    async with site.serving() as server:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=site.trusting()
        )
        writer.write(b"GET /here HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 4 * 1024 * 1024)
        assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
        writer.close()


def given(site: Site, fault: str) -> Mapping[str, str]:
    """Settings with a fault."""
    match fault:
        case "key alone":
            return {"ECHEANCE_TLS_KEY_FILE": str(site.pair.key)}
        case "client without certificate":
            return {
                "ECHEANCE_TLS_CLIENT": "required",
                "ECHEANCE_TLS_CLIENT_CA_FILE": str(site.authority),
            }
        case "client without authority":
            return {**site.given, "ECHEANCE_TLS_CLIENT": "required"}
        case "authority without client":
            return {**site.given, "ECHEANCE_TLS_CLIENT_CA_FILE": str(site.authority)}
        case "no authority":
            pair = {"ECHEANCE_TLS_CLIENT": "optional"}
            return {**site.given, **pair, "ECHEANCE_TLS_CLIENT_CA_FILE": str(site.pair.key)}
        case "encrypted":
            encrypt(site.pair.key)
            return site.given
        case _:
            return {**site.given, "ECHEANCE_TLS_KEY_FILE": str(site.folder / "absent")}


def encrypt(key: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        loaded.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("key alone", "must be set together"),
        ("client without certificate", "ECHEANCE_TLS_CERT_FILE must be set"),
        ("client without authority", "ECHEANCE_TLS_CLIENT_CA_FILE must be set"),
        ("authority without client", "ECHEANCE_TLS_CLIENT is optional or required"),
        ("no authority", "ECHEANCE_TLS_CLIENT_CA_FILE must name a file with certificates"),
        ("encrypted", "ECHEANCE_TLS_KEY_FILE must name a private key that is not encrypted"),
        ("absent", "ECHEANCE_TLS_KEY_FILE must name a file that can be read"),
    ],
)
def test_a_server_does_not_start_with_less_than_it_was_told(site: Site, fault: str, said: str):
    with pytest.raises(SettingError, match=said) as told:
        tls.server_tls(read_settings(given(site, fault)), site.metrics)
    assert str(site.folder) not in str(told.value)
