"""Ports of the loopback that nothing listens on, and that nobody else means to.

They lie below those that the system gives to outgoing connections, so that a server that was killed finds its port free again. Each
process of tests has a lane of its own: sessions run side by side, and a port may be chosen a while before something listens there.
"""

from __future__ import annotations

import fcntl
import functools
import os
import socket
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

_FIRST = 20_000
_LANES = 12
_LANE_PORTS = 1_000


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now."""
    return [next(port for port in _ports() if is_free(port)) for _ in range(count)]


def consecutive_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        ports = free_ports(count)
        if ports == list(range(ports[0], ports[0] + count)):
            return ports[0]


def is_free(port: int) -> bool:
    """Nothing listens there now."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@functools.cache
def _ports() -> Iterator[int]:
    """The ports of this process's lane, one after the other, and again from the first."""
    first = _FIRST + _lane() * _LANE_PORTS
    return cycle(range(first, first + _LANE_PORTS))


def _lane() -> int:
    """A lane that no other process has; it is given back when this one ends, however it ends."""
    for lane in range(_LANES):
        name = Path(tempfile.gettempdir()) / f"echeance-ports-{os.getuid()}-{lane}"
        mark = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(mark)
        else:
            return lane
    raise RuntimeError(
        f"{_LANES} processes of tests run at once, and no ports are left for another"
    )
