"""uvicorn's HTTP server, with a graceful shutdown that leaves no request unanswered."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from typing_extensions import override

from shared.process.http_server.acceptor import MAX_ACCEPTS, Acceptor
from shared.process.http_server.connections import Connection, Connections
from shared.process.tls import ServerTls

_MOST_CONNECTIONS = 4_096
_OTHER_DESCRIPTORS = 124
"""File descriptors other than clients: connections to the database and the brokers, and files."""

_MOST_HANDSHAKES = 256
_TICK_SECONDS = 1.0
_DRAIN_SECONDS = 1.0
_POLL_SECONDS = 0.02


class Server(uvicorn.Server):
    """uvicorn's server on listening sockets; ``answering`` is set once it accepts connections."""

    serving: asyncio.Task[None]

    def __init__(
        self,
        config: uvicorn.Config,
        close_streams: Callable[[], None],
        tls: ServerTls | None = None,
    ) -> None:
        self._exiting = asyncio.Event()
        super().__init__(config)
        most = _most_connections()
        self._most_handshakes = min(_MOST_HANDSHAKES, max(MAX_ACCEPTS, most // 4)) if tls else 0
        self.server_state: Connections = Connections(most - self._most_handshakes, tls)
        self._close_streams = close_streams
        self._acceptors: list[Acceptor] = []
        self.answering = asyncio.Event()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, without raising them again as uvicorn's handler does."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    @property
    def port(self) -> int:
        return int(self._acceptors[0].address.getsockname()[1])

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])  # without sockets: the acceptors below listen
        for address in sockets or ():
            acceptor = Acceptor(
                address, self._connection, self.server_state.tls, self._most_handshakes
            )
            acceptor.start()
            self._acceptors.append(acceptor)
        self.answering.set()

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, self.lifespan.state)

    @override  # type: ignore[explicit-override]  # mypy does not see it on a property with a setter
    @property
    def should_exit(self) -> bool:
        """Whether it shuts down, or is about to."""
        return self._exiting.is_set()

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        if value:
            self._exiting.set()

    @override
    async def main_loop(self) -> None:
        """Tick once a second until it should exit; uvicorn's own wakes ten times a second to look."""
        while not await self.on_tick(0):
            self.server_state.sweep(asyncio.get_running_loop().time())
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._exiting.wait()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._close_streams()
        await self._drain_connections()
        for acceptor in self._acceptors:
            acceptor.close()
        await super().shutdown(sockets)

    async def _drain_connections(self) -> None:
        """Respond with ``Connection: close`` until no connection is left, for at most a second.

        Closing at once could close while a request is on its way, which would get no response.
        """
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while state.connections and not self.force_exit:  # noqa: ASYNC110 — connections notify nobody
                    await asyncio.sleep(_POLL_SECONDS)

    async def ended(self) -> None:
        """Return once a signal has stopped it."""
        await asyncio.shield(self.serving)


def _most_connections() -> int:
    """The limit of file descriptors less those for other uses, at least half of it."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return _MOST_CONNECTIONS
    return min(_MOST_CONNECTIONS, max(descriptors // 2, descriptors - _OTHER_DESCRIPTORS))


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound to an address; raises ``OSError`` with the address."""
    family = socket.getaddrinfo(host, port)[0][0]
    # With the protocol named, asyncio sets TCP_NODELAY; otherwise every response waits for a
    # delayed acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return bound
