"""What a distributed service is put together from: the cluster, the database, the catalogue and the credentials, by settings."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from typing_extensions import override

from shared import kafka
from shared.credentials import Credentials
from shared.database import Database
from shared.kafka import KafkaLog, KafkaSettings
from shared.log import FILE_EVENTS
from shared.service import log_to_stderr
from shared.settings import SettingError, Settings

_SELDOM_SECONDS = 10.0


@asynccontextmanager
async def cluster(settings: Settings) -> AsyncIterator[KafkaLog]:
    """The log on Kafka, while it is used."""
    log = await kafka.connect(kafka_settings(settings), FILE_EVENTS)
    try:
        yield log
    finally:
        await log.close()


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The PostgreSQL database, while it is used."""
    if not settings.database:
        raise SettingError("ECHEANCE_DATABASE must be set: postgresql+asyncpg://user@host/name")
    base = Database(settings.database)
    try:
        yield base
    finally:
        await base.close()


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
    if tls:
        options["ssl_context"] = ssl.create_default_context(cafile=str(settings.kafka_ca_file))
    if settings.kafka_user:
        if settings.kafka_password_file is None:
            raise SettingError(
                "ECHEANCE_KAFKA_PASSWORD_FILE must be set beside ECHEANCE_KAFKA_USER"
            )
        options["sasl_mechanism"] = "SCRAM-SHA-512"
        options["sasl_plain_username"] = settings.kafka_user
        options["sasl_plain_password"] = settings.kafka_password_file.read_text().strip()
    protocol = ("SASL_" if settings.kafka_user else "") + ("SSL" if tls else "PLAINTEXT")
    return {**options, "security_protocol": protocol}


def credentials(settings: Settings) -> Credentials:
    """The tokens of everyone who may ask."""
    if settings.credentials is None:
        raise SettingError(
            "ECHEANCE_CREDENTIALS must be set: the file that `echeance token` writes"
        )
    return Credentials(settings.credentials)


class _Seldom(logging.Filter):
    """The Kafka client's warnings, each kind once in a while: an outage is hundreds of lines otherwise, and a rebalance ten."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("aiokafka"):
            return True
        kind = str(record.msg)  # before its arguments are filled in
        if record.created - self._told.get(kind, 0.0) < _SELDOM_SECONDS:
            return False
        self._told[kind] = record.created
        return True


def log_seldom() -> None:
    """Write messages to the terminal as every process does, the Kafka client's sparingly."""
    log_to_stderr()
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Seldom())


async def ready() -> Mapping[str, Any]:
    """The process has come as far as to serve."""
    return {"status": "ready"}
