"""The HTTP server's connections: limits on the size of a head, its time, and their number.

uvicorn's protocol over httptools has none of these, and drops the body of a request with ``Upgrade:
h2c``, which Java's client sends first. Here an upgrade is ignored (RFC 9110 §7.8). A request
refused before it reaches the application gets its response here, in French: its headers cannot be
relied upon.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import httptools
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from shared.http import DETAILS, ProblemError, front_door
from shared.process.log_rate import HTTP_LOGGER
from shared.process.tls import ServerTls

HEAD_BYTES: Final = 65_536
"""Limit of the request line, the headers and the trailers of one request together."""

HEAD_SECONDS: Final = 10.0
"""Timeout for a whole head, from its first byte or the opening of the connection."""

_LINGER_SECONDS: Final = 2.0
_STALL_SECONDS: Final = 30.0
_YOUNG_SECONDS: Final = 1.0
_MOST_LINGERING: Final = 32
_MOST_UNREAD_BYTES: Final = 64 * 1024 * 1024
_log = logging.getLogger(HTTP_LOGGER)

_MALFORMED: Final = ProblemError(400, "malformed_request", DETAILS["malformed_request"])
_HEAD_TOO_LARGE: Final = ProblemError(
    431, "headers_too_large", DETAILS["headers_too_large"], values={"limit": HEAD_BYTES}
)
_HEAD_TOO_SLOW: Final = ProblemError(
    408, "headers_too_slow", DETAILS["headers_too_slow"], values={"seconds": int(HEAD_SECONDS)}
)
_TOO_MANY: Final = ProblemError(
    503, "too_many_connections", DETAILS["too_many_connections"], headers={"retry-after": "5"}
)


class Connections(ServerState):
    """The connections of one server, at most ``most``, and since when the server waits for each.

    Instants are those of the event loop, in seconds. Each table is ordered by them.
    """

    def __init__(self, most: int, tls: ServerTls | None) -> None:
        super().__init__()
        self.most = most
        self.tls = tls
        self.heads: dict[Connection, float] = {}
        """Waiting for the rest of a head, or of a request that was answered already."""
        self.idle: dict[Connection, float] = {}
        """Kept alive between two requests."""
        self.stalled: dict[Connection, float] = {}
        """Whose client does not read the response."""
        self.lingering: dict[Connection, float] = {}
        """Refused, until the client has read the response."""

    def sweep(self, now: float) -> None:
        """Close connections past their timeout; called about once a second."""
        for connection in _before(now - HEAD_SECONDS, self.heads):
            connection.expire()
        for each in list(self.connections):
            if isinstance(each, Connection) and each.transport.is_closing():
                self.stalled.setdefault(each, now)
        late = _before(now - _STALL_SECONDS, self.stalled)
        for connection in (*late, *_before(now - _LINGER_SECONDS, self.lingering)):
            connection.transport.abort()

    def make_room(self, newest: Connection, now: float) -> None:
        """Above the limit, close the connection that was idle longest, or refuse the newest."""
        if len(self.connections) - len(self.lingering) <= self.most:
            return
        _log.warning(
            "%d connections are open, as many as the limit of file descriptors leaves room for: one that asks nothing is closed for "
            "each that comes",
            self.most,
        )
        for connection in (*_before(now - _YOUNG_SECONDS, self.heads), *self.idle):
            connection.transport.abort()
            self.discard(connection)
            return
        newest.refuse(_TOO_MANY)

    def discard(self, connection: Connection) -> None:
        """Remove a closed connection."""
        self.connections.discard(connection)
        for table in (self.heads, self.idle, self.stalled, self.lingering):
            table.pop(connection, None)


class Connection(HttpToolsProtocol):
    """A connection of uvicorn's, within the limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        assert isinstance(server_state, Connections)
        self._all = server_state
        self._field_bytes = 0
        """The size of this request's complete fields."""
        self._pending_bytes = 0
        """Bytes received since the parser's last callback."""
        self._in_head = False
        self._whole = True
        self._upgrade_ignored = False
        self._refused: ProblemError | None = None
        self._unread_bytes = 0
        self._extensions: dict[str, Any] = {}

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # asyncio gives a transport
        super().connection_made(transport)
        if self._all.tls is not None:
            certificate = transport.get_extra_info("peercert")
            self._all.tls.count_connection(certificate)
            self._extensions["tls"] = {front_door.CLIENT_CERTIFICATE: _subject(certificate)}
        now = self.loop.time()
        self._all.heads[self] = now
        self._all.make_room(self, now)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._all.discard(self)

    @override
    def data_received(self, data: bytes) -> None:
        if self._refused is not None:
            self._discard(data)
            return
        self._unset_keepalive_if_required()
        self._all.idle.pop(self, None)
        if len(data) <= HEAD_BYTES:
            self._feed(data)
        else:  # in parts, so that a head above the limit is never buffered whole
            for start in range(0, len(data), HEAD_BYTES):
                if self._refused is None:
                    self._feed(data[start : start + HEAD_BYTES])
        answered = self.cycle is None or self.cycle.response_complete
        if self._refused is None and (self._in_head or answered):
            self._all.heads.setdefault(self, self.loop.time())

    def _feed(self, data: bytes) -> None:
        """Parse; a loop, since there may be hundreds of heads with an upgrade."""
        rest: bytes | None = data
        while rest is not None and self._refused is None:
            rest = self._rest_of(rest)

    def _rest_of(self, data: bytes) -> bytes | None:
        """Parse; what follows a head with an upgrade, None if the parser consumed everything."""
        self._pending_bytes += len(data)
        try:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                self._ignore_upgrade()
                return data[offer.args[0] :] or None
        except httptools.HttpParserError:
            too_large = self._field_bytes > HEAD_BYTES
            self.refuse(_HEAD_TOO_LARGE if too_large else _MALFORMED)
        else:
            if self._field_bytes + self._pending_bytes > HEAD_BYTES:
                self.refuse(_HEAD_TOO_LARGE)
        return None

    def _ignore_upgrade(self) -> None:
        """Continue after a head with an upgrade, with a new parser that gets the body's framing."""
        framing = [
            name + b": " + value + b"\r\n"
            for name, value in self.headers
            if name in (b"content-length", b"transfer-encoding")
        ]
        version = self.scope["http_version"].encode()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.cycle.more_body = True
        self.cycle.message_event.clear()
        self._whole = False
        self._upgrade_ignored = True
        self.parser.feed_data(b"POST / HTTP/%b\r\n%b\r\n" % (version, b"".join(framing)))

    @override
    def on_message_begin(self) -> None:
        if self._upgrade_ignored:
            return
        self._field_bytes = self._pending_bytes = 0
        self._in_head, self._whole = True, False
        super().on_message_begin()
        self.scope["extensions"] = self._extensions

    @override
    def on_url(self, url: bytes) -> None:
        if self._upgrade_ignored:
            return
        self._count(len(url))
        super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if self._upgrade_ignored:
            return
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._pending_bytes = 0
        self._field_bytes += size
        if self._field_bytes > HEAD_BYTES:
            raise ValueError  # makes the parser stop with HttpParserCallbackError

    @override
    def on_headers_complete(self) -> None:
        if self._upgrade_ignored:
            self._upgrade_ignored = False
            return
        self._pending_bytes = 0
        self._in_head = False
        self._all.heads.pop(self, None)
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self._pending_bytes = 0
        if self.cycle.response_complete:
            self._discard(body)
        else:
            super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._pending_bytes = 0
        self._whole = True
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if self._refused is not None:
            if is_last and not self.transport.is_closing():
                self._end_with(self._refused)
        elif not self._whole:
            self._all.heads.setdefault(self, self.loop.time())
        elif not self._in_head:
            self._all.idle[self] = self.loop.time()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._all.stalled[self] = self.loop.time()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._all.stalled.pop(self, None)

    def expire(self) -> None:
        """Close after the timeout of a head, or of the rest of an answered request."""
        if self._in_head:
            self.refuse(_HEAD_TOO_SLOW)
        else:  # no request, so no response
            self._all.heads.pop(self, None)
            self.transport.close()

    def refuse(self, error: ProblemError) -> None:
        """Respond with a problem and close, after the responses in progress."""
        self._refused = error
        self._all.heads.pop(self, None)
        self._all.idle.pop(self, None)
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if self._in_head:
                return  # until the requests before this one are answered
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started or self.pipeline:
                self.transport.close()
                return
        self._end_with(error)

    def _end_with(self, error: ProblemError) -> None:
        """Half-close, and close later: a close with unread data would lose the response."""
        self._unset_keepalive_if_required()
        if len(self._all.lingering) >= _MOST_LINGERING:
            self.transport.abort()
            return
        self._all.lingering[self] = self.loop.time()
        self.transport.write(_response(error))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:  # TLS ends in its own way, and reads on until the client has ended too
            self.transport.close()

    def _discard(self, data: bytes) -> None:
        self._unread_bytes += len(data)
        if self._unread_bytes > _MOST_UNREAD_BYTES:
            self.transport.abort()


def _subject(certificate: Mapping[str, Any] | None) -> str | None:
    """The subject of a certificate that was verified, as ``CN=…,O=…``; None without one."""
    if not certificate:
        return None
    pairs = [pair for part in certificate.get("subject", ()) for pair in part]
    return ",".join(f"{name}={value}" for name, value in pairs)


def _before(instant: float, table: dict[Connection, float]) -> list[Connection]:
    """The connections in a table since an instant or longer."""
    before = []
    for connection, since in table.items():
        if since > instant:
            break
        before.append(connection)
    return before


def _response(error: ProblemError) -> bytes:
    body = json.dumps(error.body("fr")).encode()
    head = [
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}",
        "content-type: application/problem+json",
        "content-language: fr",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in error.headers.items()),
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
