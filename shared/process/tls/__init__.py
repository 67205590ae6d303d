"""TLS of this process: contexts of servers and clients from PEM files, read again when they change."""

from shared.process.tls.client import (
    alertmanager_context,
    clock_context,
    kafka_context,
    observe_client_certificates,
    provider_context,
    smtp_context,
)
from shared.process.tls.server import ServerTls, server_tls
