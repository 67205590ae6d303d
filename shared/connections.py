"""The connections of an HTTP server, each held to bounds: the size of a head, the time it takes to come, how many there are.

uvicorn's protocol over httptools has none of these, and drops the body of a request that offers to upgrade (``Upgrade: h2c``, which Java's
client offers with its first request). Here an offer is passed over, as RFC 9110 §7.8 allows, and the request is read as it stands.

What is wrong with a request that has not reached the application is answered here, in French: its headers, which may say another
language, cannot be relied upon.
"""

from __future__ import annotations

import asyncio
import json
import logging
from http import HTTPStatus
from typing import Any, Final

import httptools
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from shared.log_rate import HTTP_LOGGER
from shared.problem_texts import DETAILS
from shared.problems import ProblemError

HEAD_BYTES: Final = 65_536
"""The most that the request line, the headers and the trailers of one request may come to."""

HEAD_SECONDS: Final = 10.0
"""How long a connection may take to send a whole head, counted from its first byte, or from the opening of the connection."""

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
    """The connections of one server, at most ``most`` of them, and since when each has kept it waiting.

    Instants are those of the event loop, in seconds. Each table is in the order of its instants.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.heads: dict[Connection, float] = {}
        """Those that have not sent a whole head, or the rest of a request that is answered already."""
        self.idle: dict[Connection, float] = {}
        """Those that are kept alive between two requests."""
        self.stalled: dict[Connection, float] = {}
        """Those whose client does not read what it is sent."""
        self.lingering: dict[Connection, float] = {}
        """Those that were refused, until their client has read why."""

    def sweep(self, now: float) -> None:
        """End those that have kept the server waiting for too long; to be called about once a second."""
        for connection in _before(now - HEAD_SECONDS, self.heads):
            connection.expire()
        for each in list(self.connections):
            if isinstance(each, Connection) and each.transport.is_closing():
                self.stalled.setdefault(each, now)
        late = _before(now - _STALL_SECONDS, self.stalled)
        for connection in (*late, *_before(now - _LINGER_SECONDS, self.lingering)):
            connection.transport.abort()

    def make_room(self, newest: Connection, now: float) -> None:
        """Where there are too many, end the one that has kept the server waiting longest without asking anything, or the newest."""
        if len(self.connections) - len(self.lingering) <= self.most:
            return
        _log.warning(
            "%d connections are open, as many as the limit of file descriptors leaves room for: one that asks nothing is closed for "
            "each that comes",
            self.most,
        )
        for connection in (*_before(now - _YOUNG_SECONDS, self.heads), *self.idle):
            connection.transport.abort()
            self.forget(connection)
            return
        newest.refuse(_TOO_MANY)

    def forget(self, connection: Connection) -> None:
        """It has ended."""
        self.connections.discard(connection)
        for table in (self.heads, self.idle, self.stalled, self.lingering):
            table.pop(connection, None)


class Connection(HttpToolsProtocol):
    """One connection of uvicorn's, within the bounds."""

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
        """Of the fields of this request that are complete."""
        self._pending_bytes = 0
        """Received since the parser last told of anything."""
        self._in_head = False
        self._whole = True
        self._passed_over = False
        self._refused: ProblemError | None = None
        self._unread_bytes = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        now = self.loop.time()
        self._all.heads[self] = now
        self._all.make_room(self, now)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._all.forget(self)

    @override
    def data_received(self, data: bytes) -> None:
        if self._refused is not None:
            self._discard(data)
            return
        self._unset_keepalive_if_required()
        self._all.idle.pop(self, None)
        if len(data) <= HEAD_BYTES:
            self._feed(data)
        else:  # in parts, so that no head is taken whole that is longer than it may be
            for start in range(0, len(data), HEAD_BYTES):
                if self._refused is None:
                    self._feed(data[start : start + HEAD_BYTES])
        answered = self.cycle is None or self.cycle.response_complete
        if self._refused is None and (self._in_head or answered):
            self._all.heads.setdefault(self, self.loop.time())

    def _feed(self, data: bytes) -> None:
        """Let the parser read; one request after the other where they offer to upgrade, for there may be hundreds in what was received."""
        rest: bytes | None = data
        while rest is not None and self._refused is None:
            rest = self._rest_of(rest)

    def _rest_of(self, data: bytes) -> bytes | None:
        """What follows a head that offers to upgrade; None where the parser has read everything."""
        self._pending_bytes += len(data)
        try:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                self._pass_over()
                return data[offer.args[0] :] or None
        except httptools.HttpParserError:
            too_large = self._field_bytes > HEAD_BYTES
            self.refuse(_HEAD_TOO_LARGE if too_large else _MALFORMED)
        else:
            if self._field_bytes + self._pending_bytes > HEAD_BYTES:
                self.refuse(_HEAD_TOO_LARGE)
        return None

    def _pass_over(self) -> None:
        """Read on after a head that offers to upgrade: the parser takes all that follows for another protocol.

        Another parser is told how the body is delimited, and nothing else.
        """
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
        self._passed_over = True
        self.parser.feed_data(b"POST / HTTP/%b\r\n%b\r\n" % (version, b"".join(framing)))

    @override
    def on_message_begin(self) -> None:
        if self._passed_over:
            return
        self._field_bytes = self._pending_bytes = 0
        self._in_head, self._whole = True, False
        super().on_message_begin()

    @override
    def on_url(self, url: bytes) -> None:
        if self._passed_over:
            return
        self._count(len(url))
        super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if self._passed_over:
            return
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._pending_bytes = 0
        self._field_bytes += size
        if self._field_bytes > HEAD_BYTES:
            raise ValueError  # the parser stops, and says that it was stopped

    @override
    def on_headers_complete(self) -> None:
        if self._passed_over:
            self._passed_over = False
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
        """The head, or what is left of a request that was answered, has not come in time."""
        if self._in_head:
            self.refuse(_HEAD_TOO_SLOW)
        else:  # nothing was asked, so nothing is answered
            self._all.heads.pop(self, None)
            self.transport.close()

    def refuse(self, error: ProblemError) -> None:
        """Answer with a problem and end; after the answers that are on their way."""
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
        """Close once the client has read why: closed at once, what it sends meanwhile would make the kernel withdraw the answer."""
        self._unset_keepalive_if_required()
        if len(self._all.lingering) >= _MOST_LINGERING:
            self.transport.abort()
            return
        self._all.lingering[self] = self.loop.time()
        self.transport.write(_written(error))
        self.transport.write_eof()

    def _discard(self, data: bytes) -> None:
        self._unread_bytes += len(data)
        if self._unread_bytes > _MOST_UNREAD_BYTES:
            self.transport.abort()


def _before(instant: float, table: dict[Connection, float]) -> list[Connection]:
    """The connections that have stood in a table since an instant or longer."""
    found = []
    for connection, since in table.items():
        if since > instant:
            break
        found.append(connection)
    return found


def _written(error: ProblemError) -> bytes:
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
