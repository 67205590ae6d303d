"""Ports of the loopback that nothing listens on.

They lie below those that the system gives to outgoing connections, so that a server that was killed finds its port free again.
"""

from __future__ import annotations

import secrets
import socket

_PORTS = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now."""
    found: set[int] = set()
    while len(found) < count:
        found.update(port for port in [secrets.choice(_PORTS)] if is_free(port))
    return list(found)


def consecutive_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = secrets.choice(_PORTS)
        if all(is_free(port) for port in range(first, first + count)):
            return first


def is_free(port: int) -> bool:
    """Nothing listens there now."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
