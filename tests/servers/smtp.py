"""An e-mail server of a test's own, which keeps what it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.ports import free_ports


class Mailbox(NamedTuple):
    """The address of the server (``host:port``), and every message so far."""

    address: str
    messages: list[EmailMessage]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 — named by aiosmtpd
        """Keep a message; called by the server, on its own thread."""
        assert envelope.content is not None
        raw = envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()
        self.messages.append(message_from_bytes(raw, policy=policy.default))
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A server that takes every message, while it runs."""
    port = free_ports(1)[0]
    made = Mailbox(f"127.0.0.1:{port}", [])
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
