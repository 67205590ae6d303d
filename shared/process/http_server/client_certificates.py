"""Refuses requests without a client certificate where the settings require one.

Here and not in the handshake, as nginx does it: the client learns what is missing, and the probes
of a container or a cluster, which can show no certificate, still reach ``/healthz`` and ``/readyz``.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http import DETAILS, OPEN_PATHS, ProblemError, problem, requested_language

PEER: Final = "client_cert_name"
"""In the scope's extension ``tls``: the subject of the certificate that was verified, or None."""

_REQUIRED: Final = ProblemError(
    403, "client_certificate_required", DETAILS["client_certificate_required"]
)


class RequireClientCertificate:
    """ASGI middleware outside of everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or _is_verified(scope):
            await self._app(scope, receive, send)
        else:
            answer = problem(_REQUIRED, requested_language(Request(scope)))
            await answer(scope, receive, send)


def _is_verified(scope: Scope) -> bool:
    return scope["extensions"]["tls"][PEER] is not None
