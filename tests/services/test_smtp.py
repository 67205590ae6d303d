"""A password is sent to a mail server over TLS, or not at all."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from services.compliance.notifications.digest.schedule import MailError, Smtp
from tests.servers import tls
from tests.servers.ports import free_ports
from tests.servers.smtp import Mailbox

PASSWORD = "hunter2"


class Guarded(Mailbox):
    """A mail server that asks for a password, with and without TLS, and keeps those it is given."""

    passwords: list[bytes]

    def __call__(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        self.passwords.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode())


@contextmanager
def guarded(authority: tls.Authority | None = None) -> Iterator[Guarded]:
    """The server, while it runs; it offers STARTTLS where it has a certificate."""
    port = free_ports(1)[0]
    made = Guarded(f"127.0.0.1:{port}", [])
    made.passwords = []
    context = None
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.server)
    controller = Controller(
        made,
        hostname="127.0.0.1",
        port=port,
        authenticator=made,
        auth_require_tls=False,
        tls_context=context,
    )
    controller.start()
    try:
        yield made
    finally:
        controller.stop()


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@example.org", "b@example.org"
    mail.set_content("…")
    return mail


def to(scheme: str, server: Mailbox, folder: Path) -> Smtp:
    file = folder / "password"
    file.write_text(f"{PASSWORD}\n")
    return Smtp(f"{scheme}://user@{server.address}", file)


async def test_a_password_is_not_sent_without_tls(tmp_path: Path) -> None:
    with guarded() as server:
        with pytest.raises(MailError, match=r"write smtps://.*smtp\+insecure://"):
            await to("smtp", server, tmp_path).send(letter())
        assert server.passwords == []
        assert server.messages == []


async def test_a_password_is_sent_without_tls_where_it_was_asked_for(tmp_path: Path) -> None:
    with guarded() as server:
        await to("smtp+insecure", server, tmp_path).send(letter())
        assert server.passwords == [PASSWORD.encode()] and len(server.messages) == 1


async def test_a_password_is_sent_over_starttls_to_a_server_that_is_trusted(tmp_path: Path) -> None:
    authority = tls.authority(tmp_path)
    with guarded(authority) as server:
        with pytest.raises(MailError):
            await to("smtp", server, tmp_path).send(letter())
        assert server.passwords == []
        trusting = to("smtp", server, tmp_path)._replace(ca_file=authority.certificate)
        await trusting.send(letter())
        assert server.passwords == [PASSWORD.encode()] and len(server.messages) == 1


async def test_a_password_that_cannot_be_read_is_a_mail_to_send_later(tmp_path: Path) -> None:
    """It does not end the process: the file may be on its way."""
    missing = Smtp("smtps://user@127.0.0.1:9", tmp_path / "missing")
    with pytest.raises(MailError, match="ECHEANCE_SMTP_PASSWORD_FILE") as told:
        await missing.send(letter())
    assert "missing" not in str(told.value)


async def test_a_name_that_no_server_can_have_is_a_mail_to_send_later() -> None:
    with pytest.raises(MailError):
        await Smtp(f"smtp://{'a' * 64}.example.org", None).send(letter())
