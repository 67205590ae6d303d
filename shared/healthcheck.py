"""``python -m shared.healthcheck``: whether this container's service is ready, as exit status.

It imports next to nothing, since it starts every ten seconds. Over TLS it verifies no certificate:
it asks its own process, over the loopback interface, and says nothing that is secret.
"""

from __future__ import annotations

import http.client
import ssl
import sys

from shared.settings import read_settings

TIMEOUT_SECONDS = 5.0


def complaint(port: int, *, over_tls: bool = False) -> str | None:
    """What is wrong with the service on this port of the loopback interface; None if ready."""
    connection = _connection(port, over_tls)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        return f"/readyz: {error!r}"
    finally:
        connection.close()
    return None if answer.status == http.HTTPStatus.OK else f"/readyz: {answer.status}"


def _connection(port: int, over_tls: bool) -> http.client.HTTPConnection:
    if not over_tls:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=TIMEOUT_SECONDS, context=unverified
    )


if __name__ == "__main__":
    settings = read_settings()
    sys.exit(complaint(settings.port, over_tls=settings.scheme == "https"))
