"""The HTTP server (uvicorn) with limits on connections and requests."""

from __future__ import annotations

from shared.process.http_server.connections import Connection
from shared.process.http_server.server import Server, listening_socket

__all__ = [
    "Connection",
    "Server",
    "listening_socket",
]
