"""Settings: the environment, read once into an immutable value.

The only module that reads the environment. Every variable begins with ``ECHEANCE_`` and has a
default for the embedded system; a command's options override it. Errors never quote a value, which
may be a password in the wrong variable. (Why not pydantic-settings: decision 9.)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeVar
from urllib.parse import SplitResult, quote, urlsplit

from shared.errors import SettingError
from shared.text import Language

HOOK_SECRET: Final = "HOOK_SECRET_"
"""With which the variables of webhook secrets begin, after ``ECHEANCE_``."""
LogFormat = Literal["auto", "text", "json"]
ClientCertificates = Literal["none", "optional", "required"]
_Word = TypeVar("_Word", bound=str)


LEAST_AUDIT_DAYS: Final = 90
_MOST_AUDIT_DAYS = 36_500
_LEAST_STALL_SECONDS = 15
_MOST_DIGITS = 18
_COLLECTOR = "http://localhost:4318"
"""OpenTelemetry's default."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_DATABASE_FORM = "postgresql+asyncpg://user@host/name"
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_ENCODED = "with what is special in a user or a password percent-encoded"


class Settings(NamedTuple):
    """The settings of a process.

    ``data`` is the embedded system's directory. Distributed services need ``kafka`` (bootstrap
    servers), ``database`` (a URL for SQLAlchemy with asyncpg) and ``credentials`` (the file of
    tokens). Alerts go to each of the ``alertmanagers``, the daily digest over ``smtp`` to the
    ``supervisors``. Links lead to ``public_url``, to the documentation at ``docs_url``, and from
    the board to Grafana at ``grafana_url``. A compliance process reads histories at ``clock_url``
    with the token in ``clock_token_file``. ``hooks`` is the file of webhooks that ingest accepts,
    ``sources`` that of topics of other systems it reads. ``public_results`` is whether anybody may read the
    results of the current fiscal year. People sign in at the provider ``oidc_issuer``, where one is
    set, and may do what ``access`` says of their groups; or by a token, if ``sign_in_by_token``. There
    they must have signed in as ``oidc_acr_values``, ``oidc_amr`` and ``oidc_max_age_seconds`` say, in a
    token of ``oidc_algorithms``; of what is empty or 0, the provider decides.
    Their sessions end after ``sign_in_idle_seconds`` without work, and after ``sign_in_seconds``.
    Files of certificates are in PEM form: those of ``tls_…`` are this server's, those of ``kafka_…``
    and the like what this process trusts and shows as a client. ``traces`` is the collector's address
    that the standard ``OTEL_*`` variables give, which OpenTelemetry reads itself; empty if they ask
    for none. ``requests_per_second`` and ``bytes_per_second`` bound each
    caller, ``anonymous_requests_per_second`` each address without a valid token; of each,
    ``burst_seconds`` are allowed at once, and 0 is no limit. Audit records are kept for ``audit_days``.
    ``personal_identifiers`` is what becomes of identifiers that have the shape of a person's.
    """

    data: Path
    host: str
    port: int
    language: Language
    catalogue: Path | None
    partitions: int
    batch_records: int
    future_tolerance: timedelta
    body_bytes: int
    append_seconds: float
    kafka: str = ""
    kafka_ca_file: Path | None = None
    kafka_cert_file: Path | None = None
    kafka_key_file: Path | None = None
    kafka_user: str = ""
    kafka_password_file: Path | None = None
    database: str = ""
    credentials: Path | None = None
    session_seconds: int = 10
    instance: str = ""
    stall_seconds: int = 120
    dead_letters_per_hour: int = 1_000
    log_format: LogFormat = "auto"
    alertmanagers: tuple[str, ...] = ()
    public_url: str = ""
    docs_url: str = ""
    supervisors: Path | None = None
    smtp: str = ""
    smtp_password_file: Path | None = None
    clock_url: str = ""
    clock_token_file: Path | None = None
    grafana_url: str = ""
    hooks: Path | None = None
    public_results: Literal["off", "on"] = "off"
    sources: Path | None = None
    traces: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_scopes: str = "openid profile email"
    oidc_groups_claim: str = "groups"
    oidc_ca_file: Path | None = None
    oidc_refresh_seconds: int = 300
    oidc_acr_values: tuple[str, ...] = ()
    oidc_amr: tuple[str, ...] = ()
    oidc_max_age_seconds: int = 0
    oidc_algorithms: tuple[str, ...] = ()
    access: Path | None = None
    sign_in_by_token: Literal["on", "off"] = "on"
    sign_in_idle_seconds: int = 1_800
    sign_in_seconds: int = 43_200
    sign_in_sessions: int = 20
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    tls_client: ClientCertificates = "none"
    tls_client_ca_file: Path | None = None
    clock_ca_file: Path | None = None
    clock_cert_file: Path | None = None
    clock_key_file: Path | None = None
    alertmanager_ca_file: Path | None = None
    smtp_ca_file: Path | None = None
    requests_per_second: int = 1_000
    bytes_per_second: int = 16 * 1024 * 1024
    anonymous_requests_per_second: int = 100
    burst_seconds: int = 30
    audit_days: int = 730
    personal_identifiers: Literal["refuse", "accept"] = "refuse"

    @property
    def scheme(self) -> str:
        """With which the addresses of this server begin."""
        return "http" if self.tls_cert_file is None else "https"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, from ``ECHEANCE_*`` variables; raises :class:`SettingError`."""
    read = _Reader(os.environ if environment is None else environment)  # noqa: TID251 — its one home
    settings = Settings(
        data=Path(read.text("DATA", "echeance-data")),
        host=read.text("HOST", "127.0.0.1"),
        port=read.number("PORT", 8080),
        language=read.word("LANGUAGE", "fr", "en"),
        catalogue=read.path("CATALOGUE"),
        partitions=read.number("PARTITIONS", 8),
        batch_records=read.number("BATCH_RECORDS", 8_000),
        future_tolerance=timedelta(seconds=read.number("FUTURE_TOLERANCE_SECONDS", 300)),
        body_bytes=read.number("BODY_BYTES", 32 * 1024 * 1024),
        append_seconds=read.number("APPEND_SECONDS", 10),
        kafka=read.text("KAFKA", ""),
        kafka_ca_file=read.path("KAFKA_CA_FILE"),
        kafka_cert_file=read.path("KAFKA_CERT_FILE"),
        kafka_key_file=read.path("KAFKA_KEY_FILE"),
        kafka_user=read.text("KAFKA_USER", ""),
        kafka_password_file=read.path("KAFKA_PASSWORD_FILE"),
        database=_database(read),
        credentials=read.path("CREDENTIALS"),
        session_seconds=read.number("SESSION_SECONDS", 10),
        instance=read.text("INSTANCE", ""),
        stall_seconds=_stall_seconds(read),
        dead_letters_per_hour=read.number("DEAD_LETTERS_PER_HOUR", 1_000),
        log_format=read.word("LOG_FORMAT", "auto", "text", "json"),
        alertmanagers=read.addresses("ALERTMANAGERS", "http://", "https://"),
        public_url=_public_url(read),
        docs_url=read.address("DOCS_URL", "http://", "https://"),
        supervisors=read.path("SUPERVISORS"),
        smtp=_smtp(read),
        smtp_password_file=read.path("SMTP_PASSWORD_FILE"),
        clock_url=read.address("CLOCK_URL", "http://", "https://"),
        clock_token_file=read.path("CLOCK_TOKEN_FILE"),
        grafana_url=read.address("GRAFANA_URL", "http://", "https://"),
        hooks=read.path("HOOKS"),
        public_results=read.word("PUBLIC_RESULTS", "off", "on"),
        sources=read.path("SOURCES"),
        traces=_traces(read.environment),
        oidc_issuer=read.address("OIDC_ISSUER", "http://", "https://"),
        oidc_client_id=read.text("OIDC_CLIENT_ID", ""),
        oidc_client_secret_file=read.path("OIDC_CLIENT_SECRET_FILE"),
        oidc_scopes=read.text("OIDC_SCOPES", "openid profile email"),
        oidc_groups_claim=read.text("OIDC_GROUPS_CLAIM", "groups"),
        oidc_ca_file=read.path("OIDC_CA_FILE"),
        oidc_refresh_seconds=read.number("OIDC_REFRESH_SECONDS", 300, least=10),
        oidc_acr_values=tuple(read.text("OIDC_ACR_VALUES", "").split()),
        oidc_amr=tuple(read.text("OIDC_AMR", "").split()),
        oidc_max_age_seconds=read.number("OIDC_MAX_AGE_SECONDS", 0),
        oidc_algorithms=tuple(read.text("OIDC_ALGORITHMS", "").split()),
        access=read.path("ACCESS"),
        sign_in_by_token=_sign_in_by_token(read),
        sign_in_idle_seconds=read.number("SIGN_IN_IDLE_SECONDS", 1_800, least=60),
        sign_in_seconds=read.number("SIGN_IN_SECONDS", 43_200, least=60),
        sign_in_sessions=read.number("SIGN_IN_SESSIONS", 20, least=1),
        tls_cert_file=read.path("TLS_CERT_FILE"),
        tls_key_file=read.path("TLS_KEY_FILE"),
        tls_client=read.word("TLS_CLIENT", "none", "optional", "required"),
        tls_client_ca_file=read.path("TLS_CLIENT_CA_FILE"),
        clock_ca_file=read.path("CLOCK_CA_FILE"),
        clock_cert_file=read.path("CLOCK_CERT_FILE"),
        clock_key_file=read.path("CLOCK_KEY_FILE"),
        alertmanager_ca_file=read.path("ALERTMANAGER_CA_FILE"),
        smtp_ca_file=read.path("SMTP_CA_FILE"),
        requests_per_second=read.number("REQUESTS_PER_SECOND", 1_000),
        bytes_per_second=read.number("BYTES_PER_SECOND", 16 * 1024 * 1024),
        anonymous_requests_per_second=read.number("ANONYMOUS_REQUESTS_PER_SECOND", 100),
        burst_seconds=read.number("BURST_SECONDS", 30),
        audit_days=_audit_days(read),
        personal_identifiers=read.word("PERSONAL_IDENTIFIERS", "refuse", "accept"),
    )
    _require_provider(settings)
    return settings


def _sign_in_by_token(read: _Reader) -> Literal["on", "off"]:
    """On where there is no provider, and else off, unless it is said."""
    if read.text("OIDC_ISSUER", ""):
        return read.word("SIGN_IN_BY_TOKEN", "off", "on")
    return read.word("SIGN_IN_BY_TOKEN", "on", "off")


def _require_provider(settings: Settings) -> None:
    """Raise unless a provider has all that it needs, and nobody listens to what it says."""
    if not settings.oidc_issuer:
        return
    needed = {
        "OIDC_CLIENT_ID": settings.oidc_client_id,
        "OIDC_CLIENT_SECRET_FILE": settings.oidc_client_secret_file,
        "ACCESS": settings.access,
        "PUBLIC_URL": settings.public_url,
    }
    missing = [f"ECHEANCE_{name}" for name, value in needed.items() if not value]
    if missing:
        raise SettingError(f"{', '.join(missing)} must be set beside ECHEANCE_OIDC_ISSUER")
    if "openid" not in settings.oidc_scopes.split():
        raise SettingError("ECHEANCE_OIDC_SCOPES must contain openid, as “openid profile email”")
    for name, url in (("OIDC_ISSUER", settings.oidc_issuer), ("PUBLIC_URL", settings.public_url)):
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE:
            raise SettingError(f"ECHEANCE_{name} must begin with https:// to sign in by a provider")
        if parts.query or parts.fragment or "@" in parts.netloc:
            raise SettingError(f"ECHEANCE_{name} must be written https://host or https://host/path")


def hook_secret(name: str) -> str:
    """The webhook secret in the variable ``ECHEANCE_HOOK_SECRET_<name>``; empty if it is not set."""
    return _Reader(os.environ).text(f"{HOOK_SECRET}{name}", "")  # noqa: TID251 — its one home


def secret(name: str, file: Path) -> str:
    """The content of the file that ``ECHEANCE_<name>`` names; raises :class:`SettingError`.

    The error does not quote the path: it may be the secret itself, written there by mistake.
    """
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except ValueError:  # not UTF-8, or no path
        reason = "not a text file"
    raise SettingError(f"ECHEANCE_{name} must name a file that can be read: {reason}")


def _traces(environment: Mapping[str, str]) -> str:
    """The OpenTelemetry collector; raises :class:`SettingError` for what is not supported."""

    def otlp(name: str) -> str:
        """A variable of the exporter: that of traces alone, or that of everything."""
        general = environment.get(f"OTEL_EXPORTER_OTLP_{name}", "")
        return environment.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}", "") or general

    exporter, collector = environment.get("OTEL_TRACES_EXPORTER", ""), otlp("ENDPOINT")
    off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or exporter == "none"
    protocol = otlp("PROTOCOL")
    if off or not (collector or exporter):
        return ""
    if exporter not in ("", "otlp") or protocol not in ("", "http/protobuf"):
        raise SettingError(
            "traces are exported by OTLP over HTTP: set OTEL_TRACES_EXPORTER to otlp or none, and OTEL_EXPORTER_OTLP_PROTOCOL to "
            "http/protobuf"
        )
    if collector and not collector.startswith(("http://", "https://")):
        raise SettingError("OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https://")
    return collector or _COLLECTOR


def _stall_seconds(read: _Reader) -> int:
    """The timeout of the stall detector; a loop refreshes its lag every five seconds."""
    seconds = read.number("STALL_SECONDS", 120)
    if 0 < seconds < _LEAST_STALL_SECONDS:
        raise SettingError(
            f"ECHEANCE_STALL_SECONDS must be 0 (never) or at least {_LEAST_STALL_SECONDS}: "
            "a loop at work would be taken for a stuck one"
        )
    return seconds


def _audit_days(read: _Reader) -> int:
    """For how long audit records are kept; the database lets no service remove younger ones than the least."""
    days = read.number("AUDIT_DAYS", 730)
    if not LEAST_AUDIT_DAYS <= days <= _MOST_AUDIT_DAYS:
        raise SettingError(
            f"ECHEANCE_AUDIT_DAYS must be from {LEAST_AUDIT_DAYS} to {_MOST_AUDIT_DAYS} days"
        )
    return days


def _public_url(read: _Reader) -> str:
    """The prefix of every link, so without user, password or query."""
    url = read.address("PUBLIC_URL", "http://", "https://")
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingError(
            "ECHEANCE_PUBLIC_URL must be written https://host or https://host/path: it begins every link in mails and alerts"
        )
    return url


def _smtp(read: _Reader) -> str:
    """The mail server's URL; its password comes from a file only."""
    url = read.address("SMTP", "smtp://", "smtps://", "smtp+insecure://")
    if not url:
        return url
    parts, file = urlsplit(url), read.path("SMTP_PASSWORD_FILE")
    if parts.password is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingError(
            "ECHEANCE_SMTP must be written smtps://user@host:port, or smtp:// with STARTTLS; the password stands in the file that "
            "ECHEANCE_SMTP_PASSWORD_FILE names"
        )
    if bool(parts.username) != (file is not None):
        raise SettingError(
            "ECHEANCE_SMTP must name a user (smtps://user@host:port) if and only if ECHEANCE_SMTP_PASSWORD_FILE names a file with "
            "the password"
        )
    if parts.scheme == "smtp+insecure" and read.path("SMTP_CA_FILE") is not None:
        raise SettingError(
            "ECHEANCE_SMTP must begin with smtps:// or smtp:// beside ECHEANCE_SMTP_CA_FILE: smtp+insecure:// verifies no certificate"
        )
    return url


def _database(read: _Reader) -> str:
    """The database's URL, with the password of the password file if one is named."""
    url, file = read.text("DATABASE", ""), read.path("DATABASE_PASSWORD_FILE")
    if not url:
        return url
    _require_database(url)
    if file is None:
        return url
    parts = _split("DATABASE", url)
    if parts.username is None or parts.password is not None:
        raise SettingError(
            "ECHEANCE_DATABASE must name a user and no password beside ECHEANCE_DATABASE_PASSWORD_FILE"
        )
    password = secret("DATABASE_PASSWORD_FILE", file)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def _require_database(url: str) -> None:
    """Raise :class:`SettingError` unless SQLAlchemy can parse the URL."""
    if not url.startswith("postgresql+asyncpg://"):
        raise SettingError(f"ECHEANCE_DATABASE must be written {_DATABASE_FORM}")
    # Imported only if it is set: the health check reads settings too.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        mode = make_url(url).query.get("ssl", _SSL_MODES[0])
    except (ArgumentError, ValueError):
        raise SettingError(
            f"ECHEANCE_DATABASE must be written {_DATABASE_FORM}, {_ENCODED}"
        ) from None
    if mode not in _SSL_MODES:
        raise SettingError(
            f"ECHEANCE_DATABASE must say ssl={_SSL_MODES[-1]}, or another of {', '.join(_SSL_MODES)}"
        )


def _split(name: str, url: str) -> SplitResult:
    """A URL's parts; raises :class:`SettingError`."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = None
    if parts is None or not url.isprintable() or " " in url:
        raise SettingError(f"ECHEANCE_{name} must be written scheme://user@host:port, {_ENCODED}")
    return parts


class _Reader(NamedTuple):
    environment: Mapping[str, str]

    def text(self, name: str, default: str) -> str:
        return self.environment.get(f"ECHEANCE_{name}", default)

    def word(self, name: str, default: _Word, *others: _Word) -> _Word:
        value = self.text(name, default)
        for known in (default, *others):
            if value == known:
                return known
        raise SettingError(f"ECHEANCE_{name} must be one of {', '.join((default, *others))}")

    def path(self, name: str) -> Path | None:
        value = self.text(name, "")
        return Path(value) if value else None

    def address(self, name: str, *schemes: str) -> str:
        """A URL with a host and one of these schemes; empty if the variable is."""
        value = self.text(name, "")
        if not value:
            return value
        if not value.startswith(schemes) or not _split(name, value).hostname:
            raise SettingError(
                f"ECHEANCE_{name} must begin with {' or '.join(schemes)}, and name a host"
            )
        return value

    def addresses(self, name: str, *schemes: str) -> tuple[str, ...]:
        each = [part.strip() for part in self.text(name, "").split(",")]
        return tuple(
            _Reader({f"ECHEANCE_{name}": one}).address(name, *schemes) for one in each if one
        )

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or len(value) > _MOST_DIGITS:
            raise SettingError(f"ECHEANCE_{name} must be a whole number")
        if int(value) < least:
            raise SettingError(f"ECHEANCE_{name} must be at least {least}")
        return int(value)
