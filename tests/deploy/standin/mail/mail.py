"""A mail catcher: SMTP on port 1025, and what came as JSON at ``/api/v1/messages`` on port 8025, as Mailpit answers it."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Taker:
    """Keeps every message that the server is sent."""

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 — named by aiosmtpd
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        to = [{"Address": address} for address in envelope.rcpt_tos]
        self.messages.append({"Subject": message["Subject"], "To": to})
        return "250 OK"


class ListingServer(ThreadingHTTPServer):
    """Lists what a taker keeps."""

    def __init__(self, taker: Taker) -> None:
        self.taker = taker
        super().__init__(("0.0.0.0", 8025), Listing)


class Listing(BaseHTTPRequestHandler):
    """Answers what was taken, the last first; anything else is a sign of life."""

    def do_GET(self) -> None:
        assert isinstance(self.server, ListingServer)
        messages = self.server.taker.messages
        listed = {"total": len(messages), "messages": messages[::-1]}
        body = json.dumps(listed if self.path.startswith("/api/v1/messages") else "ok").encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    taker = Taker()
    Controller(taker, hostname="0.0.0.0", port=1025).start()
    ListingServer(taker).serve_forever()
