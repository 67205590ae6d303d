"""How connections are taken from a listening socket: a few at a time, and later where there is no file descriptor left.

asyncio's own way tries as often as connections may wait, and plans as many later attempts, when the first is refused: thousands of
messages a second until a descriptor is free.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

from shared.process.log_rate import HTTP_LOGGER

_TOGETHER: Final = 16
_BACKLOG: Final = 2_048
_PAUSE_SECONDS: Final = 1.0
_log = logging.getLogger(HTTP_LOGGER)


class Acceptor:
    """Makes a protocol for each connection to a socket, from :meth:`start` until it is closed."""

    def __init__(self, address: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self.address = address
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._beginning: set[asyncio.Task[object]] = set()
        self._later: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Listen, and take whoever comes."""
        self.address.setblocking(False)
        self.address.listen(_BACKLOG)
        self._loop.add_reader(self.address.fileno(), self._take)

    def close(self) -> None:
        """Take nobody else; the connections go on."""
        self._loop.remove_reader(self.address.fileno())
        if self._later is not None:
            self._later.cancel()

    def _take(self) -> None:
        for _ in range(_TOGETHER):
            try:
                connection, _address = self.address.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(error)
                return
            connection.setblocking(False)
            beginning = self._loop.connect_accepted_socket(self._protocol, connection)
            task: asyncio.Task[object] = self._loop.create_task(beginning)
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    def _pause(self, error: OSError) -> None:
        """Who comes meanwhile waits in the kernel's queue."""
        _log.warning("no connection can be taken: %s; trying again in 1 s", error.strerror)
        self._loop.remove_reader(self.address.fileno())
        self._later = self._loop.call_later(_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        self._loop.add_reader(self.address.fileno(), self._take)
