"""The HTTP server of a process: it ends when told, and leaves no request without an answer."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from typing_extensions import override

from shared.process.http_server.acceptor import Acceptor
from shared.process.http_server.connections import Connection, Connections

_MOST_CONNECTIONS = 4_096
_OTHER_DESCRIPTORS = 124
"""What a process opens beside its clients: connections to the database and to brokers, and files."""

_SWEEP_TICKS = 10
_RETIRE_SECONDS = 1.0
_LOOK_SECONDS = 0.02


class Server(uvicorn.Server):
    """An HTTP server that says which port it got, and when it has ended."""

    serving: asyncio.Task[None]

    def __init__(self, config: uvicorn.Config, close_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self.server_state: Connections = Connections(_most_connections())
        self._close_streams = close_streams
        self._acceptors: list[Acceptor] = []
        self.answering = asyncio.Event()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on SIGINT and SIGTERM, and only end: uvicorn's own raises the signal again once it has stopped."""
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
        await super().startup(
            []
        )  # what it would listen to, it would take connections from in asyncio's way
        for address in sockets or ():
            acceptor = Acceptor(address, self._connection)
            acceptor.start()
            self._acceptors.append(acceptor)
        self.answering.set()

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, self.lifespan.state)

    @override
    async def on_tick(self, counter: int) -> bool:
        if counter % _SWEEP_TICKS == 0:
            self.server_state.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._close_streams()
        await self._connections_retired()
        for acceptor in self._acceptors:
            acceptor.close()
        await super().shutdown(sockets)

    async def _connections_retired(self) -> None:
        """Answer whoever asks, and tell each to ask on another connection, until none is left or for a second.

        A connection closed at once might be closed while a request is on its way to it, which then nobody answers.
        """
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        with suppress(TimeoutError):
            async with asyncio.timeout(_RETIRE_SECONDS):
                while state.connections and not self.force_exit:  # noqa: ASYNC110 — they call nobody back
                    await asyncio.sleep(_LOOK_SECONDS)

    async def ended(self) -> None:
        """Return once a signal has ended it."""
        await asyncio.shield(self.serving)


def _most_connections() -> int:
    """As many as the process's limit of file descriptors leaves room for, half of it at least."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return _MOST_CONNECTIONS
    return min(_MOST_CONNECTIONS, max(descriptors // 2, descriptors - _OTHER_DESCRIPTORS))


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound to an address; raises ``OSError``, which names the address, where that cannot be."""
    family = socket.getaddrinfo(host, port)[0][0]
    # Said to be TCP, so that asyncio sets TCP_NODELAY: every answer would otherwise wait for a delayed acknowledgement.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return made
