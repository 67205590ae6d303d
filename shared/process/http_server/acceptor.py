"""Accepting connections: a few at a time, with a pause when no file descriptor is left.

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

_MAX_ACCEPTS: Final = 16
_BACKLOG: Final = 2_048
_PAUSE_SECONDS: Final = 1.0
_log = logging.getLogger(HTTP_LOGGER)


class Acceptor:
    """Creates a protocol for each connection to a listening socket."""

    def __init__(self, address: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self.address = address
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[object]] = set()
        self._later: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Listen, and accept connections."""
        self.address.setblocking(False)
        self.address.listen(_BACKLOG)
        self._loop.add_reader(self.address.fileno(), self._accept)

    def close(self) -> None:
        """Stop accepting; open connections go on."""
        self._loop.remove_reader(self.address.fileno())
        if self._later is not None:
            self._later.cancel()

    def _accept(self) -> None:
        for _ in range(_MAX_ACCEPTS):
            try:
                connection, _address = self.address.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(error)
                return
            connection.setblocking(False)
            starting = self._loop.connect_accepted_socket(self._protocol, connection)
            task: asyncio.Task[object] = self._loop.create_task(starting)
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    def _pause(self, error: OSError) -> None:
        """Leave new connections in the kernel's backlog for a second."""
        _log.warning("no connection can be taken: %s; trying again in 1 s", error.strerror)
        self._loop.remove_reader(self.address.fileno())
        self._later = self._loop.call_later(_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        self._loop.add_reader(self.address.fileno(), self._accept)
