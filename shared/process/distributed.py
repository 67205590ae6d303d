"""What a distributed service is put together from: the cluster, the database, the catalogue and the credentials, by settings."""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import make_url

from shared.database import Database, migrations
from shared.database.migrations import SchemaError
from shared.domain import Catalogue
from shared.errors import SettingError, UnavailableError
from shared.http import (
    Credentials,
    CredentialsError,
    Readiness,
    create_application,
    scrape,
)
from shared.log import (
    FILE_EVENTS,
    Loop,
    LoopMetrics,
    StoredAttemptCounter,
    StoredTopicIdentity,
    Worker,
    kafka,
    watchdog,
)
from shared.log.kafka import KafkaLog, KafkaSettings
from shared.metrics import Metrics
from shared.process import runner
from shared.process.logging import configure_logging
from shared.process.service import Service
from shared.process.settings import Settings, read_settings, secret

R = TypeVar("R")

_PAUSE_SECONDS = 2.0
_log = logging.getLogger("echeance")


@asynccontextmanager
async def cluster(settings: Settings) -> AsyncIterator[KafkaLog]:
    """The log on Kafka, while it is used; waits for brokers that do not answer yet."""
    log = await _connected(kafka_settings(settings))
    try:
        _require_as_many(log, settings)
        yield log
    finally:
        await log.close()


async def _connected(given: KafkaSettings) -> KafkaLog:
    while True:
        try:
            return await kafka.connect(given, FILE_EVENTS)
        except UnavailableError as error:
            _log.warning("%s; trying again in %.0f s", error, _PAUSE_SECONDS)
            await asyncio.sleep(_PAUSE_SECONDS)


def _require_as_many(log: KafkaLog, settings: Settings) -> None:
    """Keys are spread over as many partitions as there are, so all must mean the same number, and always the same."""
    if log.partitions != settings.partitions:
        raise SettingError(
            f"the topic {FILE_EVENTS} has {log.partitions} partitions, and ECHEANCE_PARTITIONS says {settings.partitions}: it must "
            "say with how many the topics were made. Where partitions were added since, see “More partitions” in docs/operations.md"
        )


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The PostgreSQL database, while it is used; raises ``SchemaError`` where its tables are not those of this program."""
    if not settings.database:
        raise SettingError("ECHEANCE_DATABASE must be set: postgresql+asyncpg://user@host/name")
    base = Database(settings.database)
    try:
        await _require_newest(base)
        yield base
    finally:
        await base.close()


async def _require_newest(base: Database) -> None:
    """Ask until the database answers: a service may be started before it."""
    while True:
        try:
            return await migrations.require_newest(base)
        except UnavailableError as error:
            _log.warning("%s; trying again in %.0f s", error, _PAUSE_SECONDS)
        await asyncio.sleep(_PAUSE_SECONDS)


def kafka_settings(settings: Settings) -> KafkaSettings:
    """How to reach the brokers: plainly, or with TLS and SCRAM where the settings name a certificate or a user."""
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
    tls = settings.kafka_ca_file is not None
    if settings.kafka_ca_file is not None:
        options["ssl_context"] = _trusting(settings.kafka_ca_file)
    if settings.kafka_user:
        if settings.kafka_password_file is None:
            raise SettingError(
                "ECHEANCE_KAFKA_PASSWORD_FILE must be set beside ECHEANCE_KAFKA_USER"
            )
        options["sasl_mechanism"] = "SCRAM-SHA-512"
        options["sasl_plain_username"] = settings.kafka_user
        options["sasl_plain_password"] = secret("KAFKA_PASSWORD_FILE", settings.kafka_password_file)
    protocol = ("SASL_" if settings.kafka_user else "") + ("SSL" if tls else "PLAINTEXT")
    return {**options, "security_protocol": protocol}


def _trusting(authority: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(authority))
    except (OSError, ValueError):  # of these is also what is no certificate
        raise SettingError(
            "ECHEANCE_KAFKA_CA_FILE must name a file with certificates in PEM form"
        ) from None


def unprotected(settings: Settings) -> Sequence[str]:
    """What crosses a network so that others may read or forge it, each with what to set."""
    told = []
    by_password = settings.kafka_user and settings.kafka_ca_file is None
    brokers = [broker.strip().rpartition(":")[0] for broker in settings.kafka.split(",")]
    if by_password and not all(map(_is_local, brokers)):
        told.append(
            "the brokers are spoken to without TLS (SASL_PLAINTEXT): events can be read and altered on the way; set "
            "ECHEANCE_KAFKA_CA_FILE"
        )
    if settings.database:
        url = make_url(settings.database)
        hosts = [url.host] if url.host else _several(url.query.get("host"))
        if url.query.get("ssl") != "verify-full" and not all(map(_is_local, hosts)):
            told.append(
                "the database is spoken to without ssl=verify-full: histories can be read and altered on the way, or by whoever "
                "answers in its place; add ?ssl=verify-full to ECHEANCE_DATABASE"
            )
    return told


def _several(given: str | tuple[str, ...] | None) -> Sequence[str]:
    """The values of a parameter that an address may have once, several times or not at all."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else given


def _is_local(host: str) -> bool:
    """Whether a host is this one, or a folder with a socket."""
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def credentials(settings: Settings) -> Credentials:
    """The tokens of everyone who may ask."""
    if settings.credentials is None:
        raise SettingError(
            "ECHEANCE_CREDENTIALS must be set: the file that `echeance token` writes"
        )
    return Credentials(settings.credentials)


def configure_kafka_logging(settings: Settings, service_name: str) -> None:
    """Write messages to standard error as every process does, the Kafka client's sparingly."""
    configure_logging(settings, service_name)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)


async def serve(
    settings: Settings,
    service: Service,
    catalogue: Catalogue,
    metrics: Metrics,
    readiness: Readiness,
) -> None:
    """Serve until SIGTERM: the routes of a service and ``/metrics``, its background tasks beside."""
    app = create_application(
        [*service.routes, scrape.router(metrics, catalogue)],
        credentials(settings),
        readiness,
        public_url=settings.public_url,
        error_page=service.error_page,
    )
    async with runner.serving(
        app,
        settings.host,
        settings.port,
        *service.background,
        close_streams=service.close_streams,
    ) as server:
        await server.ended()


async def serve_loop(
    settings: Settings,
    service: Service,
    catalogue: Catalogue,
    metrics: Metrics,
    loop: Loop[Any],
) -> None:
    """Serve a service that consumes a topic; its readiness is that of its loop."""
    work = partial(runner.run_until_stopped, loop, stall_seconds=settings.stall_seconds)
    looping = service._replace(background=[work, *service.background])
    await serve(settings, looping, catalogue, metrics, partial(watchdog.readiness, loop))


def loop(
    settings: Settings,
    log: KafkaLog,
    topic: str,
    worker: Worker[R],
    database: Database,
    metrics: Metrics,
) -> Loop[R]:
    """A service's loop over the cluster."""
    origin = StoredTopicIdentity(database, worker.service, log, topic)
    attempts = StoredAttemptCounter(database, worker.service)
    letters_per_hour = settings.dead_letters_per_hour
    told = LoopMetrics(metrics)
    return Loop(
        log,
        topic,
        worker,
        runner.now,
        attempts,
        told,
        letters_per_hour=letters_per_hour,
        origin=origin,
    )


def run(
    service_name: str, serve: Callable[[Settings], Coroutine[Any, Any, None]], given: Settings
) -> None:
    """Run a service as its process does."""
    configure_kafka_logging(given, service_name)
    for risk in unprotected(given):
        _log.warning("%s", risk)
    runner.tune_garbage_collector()
    asyncio.run(serve(given))


def main(service_name: str, serve: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """A service as a program of its own: what the operator can mend ends it with one message, and status 1."""
    try:
        run(service_name, serve, read_settings())
    except (SettingError, CredentialsError, SchemaError, UnavailableError) as error:
        sys.exit(f"echeance: {error}")
