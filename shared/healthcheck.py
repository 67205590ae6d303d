"""``python -m shared.healthcheck``: whether this container's service is ready, as exit status.

It imports next to nothing, since it starts every ten seconds.
"""

from __future__ import annotations

import http.client
import sys

from shared.settings import read_settings

TIMEOUT_SECONDS = 5.0


def complaint(port: int) -> str | None:
    """What is wrong with the service on this port of the loopback interface; None if ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        return f"/readyz: {error!r}"
    finally:
        connection.close()
    return None if answer.status == http.HTTPStatus.OK else f"/readyz: {answer.status}"


if __name__ == "__main__":
    sys.exit(complaint(read_settings().port))
