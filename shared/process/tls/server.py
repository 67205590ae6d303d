"""TLS of the HTTP server: version 1.2 at least, renewed certificates, certificates of clients.

A client that must show a certificate and shows none completes its handshake, and every request but
``/healthz`` and ``/readyz`` is refused (``shared/http/front_door.py``): a
probe has no certificate. One that no trusted authority issued ends the handshake.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from functools import partial
from typing import Final

from shared.errors import SettingError
from shared.metrics import Metrics, series
from shared.process.tls.pem_files import (
    KeyPair,
    PemFile,
    Validity,
    key_pair,
    load_authorities,
    load_key_pair,
    validity,
)
from shared.process.tls.renewed_context import RenewedContext
from shared.settings import ClientCertificates, Settings

_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: with forward secrecy and authenticated encryption. Those of TLS 1.3 all have both."""

_log = logging.getLogger("echeance.tls")
_FAILURES: Final = ("certificate", "alert", "timeout", "other")


class ServerTls:
    """The context of a server, and the series of its certificate and of its handshakes."""

    def __init__(
        self,
        own: KeyPair,
        authorities: PemFile | None,
        clients: ClientCertificates,
        metrics: Metrics,
    ) -> None:
        self.clients: Final = clients
        self._own, self._authorities = own, authorities
        self._wall = metrics.wall
        self._validity: Validity | None = None
        successful = metrics.gauge(series.TLS_RELOAD_SUCCESSFUL)
        successful.set(1)
        files = [*own, *([authorities] if authorities else [])]
        self.context: Final = RenewedContext(
            ssl.PROTOCOL_TLS_SERVER, files, self._make, successful.set
        )
        for each, of in (
            (series.TLS_CERTIFICATE_START, "start"),
            (series.TLS_CERTIFICATE_END, "end"),
        ):
            metrics.gauge(each).labels("server").set_function(partial(self._instant, of))
        failures = metrics.counter(series.TLS_HANDSHAKE_FAILURES)
        self._failures = {reason: failures.labels(reason) for reason in _FAILURES}
        connections = metrics.counter(series.TLS_CONNECTIONS)
        self._connections = {
            True: connections.labels("verified"),
            False: connections.labels("none"),
        }

    def _make(self) -> ssl.SSLContext:
        of_files = validity(self._own.certificate)
        if fault := self._invalid_now(of_files):
            if self._validity is not None:
                raise SettingError(fault)
            _log.warning("%s", fault)  # at the start there is no other: clients decide
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_CIPHERS)
        context.options |= (
            ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        )
        load_key_pair(context, self._own)
        if self._authorities is not None:
            load_authorities(context, self._authorities)
            context.verify_mode = ssl.CERT_OPTIONAL
        self._validity = of_files
        return context

    def _invalid_now(self, of_files: Validity) -> str:
        """What is wrong with the time of a certificate; empty if it is valid now."""
        if of_files.start <= self._wall() < of_files.end:
            return ""
        return (
            f"ECHEANCE_{self._own.certificate.setting} must name a certificate that is valid: this one is from {of_files.start} "
            f"until {of_files.end}"
        )

    def _instant(self, of: str) -> float:
        """The start or the end of the certificate in use, in seconds since 1970."""
        _ = self.context.newest  # a scrape looks at the files too, where nobody connects
        instant: float = getattr(self._validity, of).timestamp()
        return instant

    def count_connection(self, peer: Mapping[str, object] | None) -> None:
        """Count a handshake that succeeded, with the certificate that the client showed."""
        self._connections[bool(peer)].inc()

    def count_failure(self, error: BaseException) -> str:
        """Count a handshake that failed; returns why, in words of OpenSSL's and ours alone."""
        reason = getattr(error, "reason", None) or ""
        if isinstance(error, ssl.SSLCertVerificationError):
            kind, words = "certificate", error.verify_message
        elif isinstance(error, ssl.SSLError):
            kind = "certificate" if "CERTIFICATE" in reason and "ALERT" not in reason else "other"
            kind, words = ("alert" if "ALERT" in reason else kind), reason
        elif isinstance(error, ConnectionAbortedError | TimeoutError):
            kind, words = "timeout", "timeout"
        else:
            kind, words = "other", type(error).__name__
        self._failures[kind].inc()
        return words


def server_tls(settings: Settings, metrics: Metrics) -> ServerTls | None:
    """TLS of this process's server; None where none is configured. Raises :class:`SettingError`."""
    own = key_pair("TLS", settings.tls_cert_file, settings.tls_key_file)
    file = settings.tls_client_ca_file
    if (file is None) != (settings.tls_client == "none"):
        raise SettingError(
            "ECHEANCE_TLS_CLIENT_CA_FILE must be set if and only if ECHEANCE_TLS_CLIENT is optional or required"
        )
    if own is None:
        if file is not None:
            raise SettingError("ECHEANCE_TLS_CERT_FILE must be set beside ECHEANCE_TLS_CLIENT")
        return None
    authorities = None if file is None else PemFile("TLS_CLIENT_CA_FILE", file)
    return ServerTls(own, authorities, settings.tls_client, metrics)
