"""Settings of the connection to the brokers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class KafkaSettings(NamedTuple):
    """``options`` are aiokafka's (TLS, SASL); ``instance`` is the ``group.instance.id``."""

    bootstrap: str
    options: Mapping[str, Any]
    append_seconds: float
    session_seconds: int
    batch_records: int
    instance: str | None = None
