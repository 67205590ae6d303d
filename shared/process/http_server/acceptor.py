"""Accepting connections: a few at a time, with a pause when no file descriptor is left.

Where there is TLS a connection begins once its handshake is made. Handshakes are bounded in time
and number: at the limit, the oldest makes room for the newest.

When ``accept`` fails so, asyncio's own server retries once per place in the backlog, and schedules
as many later attempts: thousands of messages a second until a descriptor is free.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

from shared.process.log_rate import HTTP_LOGGER
from shared.process.tls import ServerTls

MAX_ACCEPTS: Final = 16
"""At once; then other work comes first."""

_BACKLOG: Final = 2_048
_PAUSE_SECONDS: Final = 1.0
_HANDSHAKE_SECONDS: Final = 10.0
_SHUTDOWN_SECONDS: Final = 2.0
_log = logging.getLogger(HTTP_LOGGER)


class Acceptor:
    """Creates a protocol for each connection to a listening socket.

    With TLS there are at most ``most_handshakes``, which is no less than ``MAX_ACCEPTS``: so the
    oldest has begun, and closes its connection when it is cancelled.
    """

    def __init__(
        self,
        address: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: ServerTls | None,
        most_handshakes: int,
    ) -> None:
        self.address = address
        self._protocol = protocol
        self._tls = tls
        self._most_handshakes = most_handshakes
        self._loop = asyncio.get_running_loop()
        self._starting: dict[asyncio.Task[object], None] = {}
        self._later: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Listen, and accept connections."""
        self.address.setblocking(False)
        self.address.listen(_BACKLOG)
        self._loop.add_reader(self.address.fileno(), self._accept)

    def close(self) -> None:
        """Stop accepting, handshakes included; open connections go on."""
        self._loop.remove_reader(self.address.fileno())
        for handshake in list(self._starting) if self._tls else ():
            handshake.cancel()
        if self._later is not None:
            self._later.cancel()

    def _accept(self) -> None:
        for _ in range(MAX_ACCEPTS):
            try:
                connection, _address = self.address.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(error)
                return
            connection.setblocking(False)
            self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        if self._tls is None:
            starting = self._loop.connect_accepted_socket(self._protocol, connection)
        else:
            if len(self._starting) >= self._most_handshakes:
                oldest = next(iter(self._starting))
                del self._starting[oldest]
                oldest.cancel()
            starting = self._loop.connect_accepted_socket(
                self._protocol,
                connection,
                ssl=self._tls.context,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=_SHUTDOWN_SECONDS,
            )
        task: asyncio.Task[object] = self._loop.create_task(starting)
        self._starting[task] = None
        task.add_done_callback(self._begun)

    def _begun(self, task: asyncio.Task[object]) -> None:
        self._starting.pop(task, None)
        error = None if task.cancelled() else task.exception()
        if error is not None and self._tls is not None:
            _log.warning("a TLS handshake failed: %s", self._tls.count_failure(error))

    def _pause(self, error: OSError) -> None:
        """Leave new connections in the kernel's backlog for a second."""
        _log.warning("no connection can be taken: %s; trying again in 1 s", error.strerror)
        self._loop.remove_reader(self.address.fileno())
        self._later = self._loop.call_later(_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        self._loop.add_reader(self.address.fileno(), self._accept)
