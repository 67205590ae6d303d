"""TLS of the connections that this process opens: who answers is verified, always.

A CA file holds the only authorities that are trusted for a peer; without one they are those of the
system. The host is verified too. What is read from a file is read again when it changes.
"""

from __future__ import annotations

import ssl
from functools import partial
from pathlib import Path

from shared.errors import SettingError
from shared.metrics import Metrics, series
from shared.process.tls.pem_files import (
    KeyPair,
    PemFile,
    key_pair,
    load_authorities,
    load_key_pair,
    validity,
)
from shared.process.tls.renewed_context import RenewedContext
from shared.settings import Settings


def _verifying_context(
    prefix: str, ca_file: Path | None, cert_file: Path | None = None, key_file: Path | None = None
) -> ssl.SSLContext:
    """The context for a peer whose settings begin with a prefix; raises :class:`SettingError`."""
    own = key_pair(prefix, cert_file, key_file)
    authorities = None if ca_file is None else PemFile(f"{prefix}_CA_FILE", ca_file)
    files = [*(own or ()), *([authorities] if authorities else [])]

    def make() -> ssl.SSLContext:
        return _context(authorities, own)

    return RenewedContext(ssl.PROTOCOL_TLS_CLIENT, files, make)


def _context(authorities: PemFile | None, own: KeyPair | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and host
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authorities is None:
        context.load_default_certs()
    else:
        load_authorities(context, authorities)
    if own is not None:
        load_key_pair(context, own)
    return context


def kafka_context(settings: Settings) -> ssl.SSLContext | None:
    """For the brokers; None where they are spoken to without TLS."""
    if settings.kafka_ca_file is None:
        if settings.kafka_cert_file is not None or settings.kafka_key_file is not None:
            raise SettingError(
                "ECHEANCE_KAFKA_CA_FILE must be set beside ECHEANCE_KAFKA_CERT_FILE: it enables TLS"
            )
        return None
    return _verifying_context(
        "KAFKA", settings.kafka_ca_file, settings.kafka_cert_file, settings.kafka_key_file
    )


def clock_context(settings: Settings) -> ssl.SSLContext:
    """For the clocks that a compliance service asks."""
    return _verifying_context(
        "CLOCK", settings.clock_ca_file, settings.clock_cert_file, settings.clock_key_file
    )


def alertmanager_context(settings: Settings) -> ssl.SSLContext:
    """For the Alertmanagers."""
    return _verifying_context("ALERTMANAGER", settings.alertmanager_ca_file)


def provider_context(settings: Settings) -> ssl.SSLContext | None:
    """For the provider that people sign in at; None where the library's own verifies."""
    ca_file = settings.oidc_ca_file
    return None if ca_file is None else _verifying_context("OIDC", ca_file)


def smtp_context(ca_file: Path | None) -> ssl.SSLContext | None:
    """For the mail server; None where the library's own verifies."""
    return None if ca_file is None else _verifying_context("SMTP", ca_file)


def observe_client_certificates(settings: Settings, metrics: Metrics) -> None:
    """Export when the certificates end that this process shows to brokers and clocks."""
    for use, file in (("kafka", settings.kafka_cert_file), ("clock", settings.clock_cert_file)):
        if file is not None:
            shown = PemFile(f"{use.upper()}_CERT_FILE", file)
            for each, of in (
                (series.TLS_CERTIFICATE_START, "start"),
                (series.TLS_CERTIFICATE_END, "end"),
            ):
                gauge = metrics.gauge(each).labels(use)
                gauge.set_function(partial(_instant, shown, of))


def _instant(certificate: PemFile, of: str) -> float:
    """The start or the end of a certificate, in seconds since 1970; NaN where it cannot be read."""
    try:
        instant: float = getattr(validity(certificate), of).timestamp()
    except SettingError:
        return float("nan")
    return instant
