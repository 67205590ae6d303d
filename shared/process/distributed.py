"""The parts of a distributed service, from its settings: log, database, loop and server."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import make_url

from shared import tracing
from shared.audit import AuditSink
from shared.database import Database, migrations
from shared.database.migrations import SchemaError
from shared.domain import Catalogue
from shared.domain.strict_yaml import FaultsError
from shared.errors import SettingError, UnavailableError
from shared.http import Credentials, CredentialsError, Readiness, create_application, scrape
from shared.log import (
    FILE_EVENTS,
    Loop,
    LoopMetrics,
    StepLock,
    StoredAttemptCounter,
    StoredTopicIdentity,
    Worker,
    kafka,
    watchdog,
)
from shared.log.kafka import KafkaLog, KafkaSettings
from shared.metrics import Metrics
from shared.process import runner, tls
from shared.process.guard import guard_process
from shared.process.logging import configure_logging
from shared.process.service import Service
from shared.settings import Settings, read_settings, secret

R = TypeVar("R")
T = TypeVar("T")

_PAUSE_SECONDS = 2.0
_log = logging.getLogger("echeance")


@asynccontextmanager
async def cluster(settings: Settings) -> AsyncIterator[KafkaLog]:
    """The log on Kafka; waits until the brokers answer."""
    kafka_log = partial(kafka.connect, kafka_settings(settings), FILE_EVENTS)
    log = await _once_available(kafka_log)
    try:
        _require_partitions(log, settings)
        yield log
    finally:
        await log.close()


async def _once_available(attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of an attempt, repeated until the server answers: a service may start first."""
    while True:
        try:
            return await attempt()
        except UnavailableError as error:
            _log.warning("%s; trying again in %.0f s", error, _PAUSE_SECONDS)
        await asyncio.sleep(_PAUSE_SECONDS)


def _require_partitions(log: KafkaLog, settings: Settings) -> None:
    """Raise unless the topics have the configured number of partitions: it decides each key's."""
    if log.partitions != settings.partitions:
        raise SettingError(
            f"the topic {FILE_EVENTS} has {log.partitions} partitions, and ECHEANCE_PARTITIONS says {settings.partitions}: it must "
            "say with how many the topics were made. Where partitions were added since, see “More partitions” in docs/operations.md"
        )


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The PostgreSQL database, once it answers; raises ``SchemaError`` at another revision."""
    if not settings.database:
        raise SettingError("ECHEANCE_DATABASE must be set: postgresql+asyncpg://user@host/name")
    database = Database(settings.database)
    try:
        await _once_available(partial(migrations.require_newest, database))
        yield database
    finally:
        await database.close()


def kafka_settings(settings: Settings) -> KafkaSettings:
    """The connection to the brokers: TLS if the settings name a CA file, SCRAM if a user.

    A client certificate is shown if one is named: mTLS, with or without a user.
    """
    if not settings.kafka:
        raise SettingError("ECHEANCE_KAFKA must be set: host:port[,host:port…]")
    return KafkaSettings(
        bootstrap=settings.kafka,
        options=_security(settings),
        append_seconds=settings.append_seconds,
        session_seconds=settings.session_seconds,
        batch_records=settings.batch_records,
        instance=settings.instance or None,
    )


def _security(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if (context := tls.kafka_context(settings)) is not None:
        options["ssl_context"] = context
    if settings.kafka_user:
        if settings.kafka_password_file is None:
            raise SettingError(
                "ECHEANCE_KAFKA_PASSWORD_FILE must be set beside ECHEANCE_KAFKA_USER"
            )
        options["sasl_mechanism"] = "SCRAM-SHA-512"
        options["sasl_plain_username"] = settings.kafka_user
        options["sasl_plain_password"] = secret("KAFKA_PASSWORD_FILE", settings.kafka_password_file)
    protocol = ("SASL_" if settings.kafka_user else "") + ("SSL" if context else "PLAINTEXT")
    return {**options, "security_protocol": protocol}


def unprotected(settings: Settings) -> Sequence[str]:
    """A warning for each unprotected network connection, with the setting that protects it."""
    warnings = []
    by_password = settings.kafka_user and settings.kafka_ca_file is None
    brokers = [broker.strip().rpartition(":")[0] for broker in settings.kafka.split(",")]
    if by_password and not all(map(_is_local, brokers)):
        warnings.append(
            "the brokers are spoken to without TLS (SASL_PLAINTEXT): events can be read and altered on the way; set "
            "ECHEANCE_KAFKA_CA_FILE"
        )
    if _is_plain(settings.traces):
        warnings.append(
            "spans are sent to the collector without TLS: what OTEL_EXPORTER_OTLP_HEADERS holds can be read on the way; set "
            "OTEL_EXPORTER_OTLP_ENDPOINT to an https:// address"
        )
    asked = {
        "the clock is": (
            settings.clock_url,
            "files can be read on the way; write https:// in ECHEANCE_CLOCK_URL",
        ),
        "an Alertmanager is": (
            next((url for url in settings.alertmanagers if _is_plain(url)), ""),
            "alerts name files; write https:// in ECHEANCE_ALERTMANAGERS",
        ),
    }
    warnings += [
        f"{whom} spoken to without TLS: {told}"
        for whom, (url, told) in asked.items()
        if _is_plain(url)
    ]
    if settings.database:
        url = make_url(settings.database)
        hosts = [url.host] if url.host else _values(url.query.get("host"))
        if url.query.get("ssl") != "verify-full" and not all(map(_is_local, hosts)):
            warnings.append(
                "the database is spoken to without ssl=verify-full: histories can be read and altered on the way, or by whoever "
                "answers in its place; add ?ssl=verify-full to ECHEANCE_DATABASE"
            )
    return warnings


def _values(values: str | tuple[str, ...] | None) -> Sequence[str]:
    """The values of a URL's query parameter."""
    if values is None:
        return ()
    return (values,) if isinstance(values, str) else values


def _is_plain(url: str) -> bool:
    """Whether an address is reached without TLS over the network."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not _is_local(parts.hostname or "")


def _is_local(host: str) -> bool:
    """Whether a host is the loopback interface, or the folder of a Unix socket."""
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def credentials(settings: Settings) -> Credentials:
    """The tokens of the clients of this service."""
    if settings.credentials is None:
        raise SettingError(
            "ECHEANCE_CREDENTIALS must be set: the file that `echeance token` writes"
        )
    return Credentials(settings.credentials, runner.now)


def configure_kafka_logging(settings: Settings, service_name: str) -> None:
    """Configure logging, and aiokafka's from WARNING on."""
    configure_logging(settings, service_name)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)


async def serve(
    name: str,
    settings: Settings,
    service: Service,
    catalogue: Catalogue,
    metrics: Metrics,
    readiness: Readiness,
    audit: AuditSink,
    database: Database | None = None,
) -> None:
    """Serve a service's routes and ``/metrics`` until SIGTERM, beside its background tasks.

    ``name`` is the service's in the audit records, which go to ``audit``; ``database`` knows which
    files these may not name.
    """
    tokens = credentials(settings)
    guarded = guard_process(settings, name, audit, catalogue, tokens, metrics, database)
    app = create_application(
        [*service.routes, scrape.router(metrics, catalogue)],
        tokens,
        readiness,
        public_url=settings.public_url,
        error_page=service.error_page,
        public_paths=service.public_paths,
        sessions=service.sessions,
        guard=guarded.guard,
    )
    tls.observe_client_certificates(settings, metrics)
    async with runner.serving(
        app,
        settings.host,
        settings.port,
        *service.background,
        guarded.work,
        close_streams=service.close_streams,
        tls=tls.server_tls(settings, metrics),
    ) as server:
        await server.ended()


async def serve_loop(
    name: str,
    settings: Settings,
    service: Service,
    catalogue: Catalogue,
    metrics: Metrics,
    loop: Loop[Any],
    audit: AuditSink,
    database: Database,
) -> None:
    """Serve a service that consumes a topic; its readiness is that of its loop."""
    work = partial(runner.run_until_stopped, loop, stall_seconds=settings.stall_seconds)
    looping = service._replace(background=[work, *service.background])
    readiness = partial(watchdog.readiness, loop)
    await serve(name, settings, looping, catalogue, metrics, readiness, audit, database)


def loop(
    settings: Settings,
    log: KafkaLog,
    topic: str,
    worker: Worker[R],
    database: Database,
    metrics: Metrics,
    step_lock: StepLock,
) -> Loop[R]:
    """A service's loop over the cluster."""
    return Loop(
        log,
        topic,
        worker,
        runner.now,
        StoredAttemptCounter(database, worker.service),
        LoopMetrics(metrics),
        step_lock=step_lock,
        letters_per_hour=settings.dead_letters_per_hour,
        topic_identity=StoredTopicIdentity(database, worker.service, log, topic),
    )


def run(
    service_name: str, serve: Callable[[Settings], Coroutine[Any, Any, None]], settings: Settings
) -> None:
    """Run a service in this process."""
    configure_kafka_logging(settings, service_name)
    for warning in unprotected(settings):
        _log.warning("%s", warning)
    runner.tune_garbage_collector()
    runner.shorten_switch_interval()
    with tracing.exporting(settings.traces, service_name):
        asyncio.run(serve(settings))


def main(service_name: str, serve: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """A service's ``__main__``: an error that the operator can mend is one message and status 1."""
    try:
        run(service_name, serve, read_settings())
    except (SettingError, CredentialsError, FaultsError, SchemaError, UnavailableError) as error:
        sys.exit(f"echeance: {error}")
