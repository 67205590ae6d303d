"""The HTTP server (uvicorn) with limits on connections and requests."""

from shared.process.http_server.connections import Connection
from shared.process.http_server.server import Server, listening_socket
