"""Both deployments: embedded (one process, SQLite), distributed (Kafka, PostgreSQL)."""

from __future__ import annotations

from echeance.system import adopt_topic
from echeance.system.directory_catalogue import catalogue_of
from echeance.system.distributed import Distributed, connect_services
from echeance.system.embedded import (
    CREDENTIALS,
    DATABASE,
    Embedded,
    InUseError,
    assemble,
    event_records,
    lock_data_directory,
    open_embedded,
    read_only,
)
from echeance.system.private_files import OpenToOthersError, write_private
from echeance.system.site import embedded_site, serving_embedded

__all__ = [
    "CREDENTIALS",
    "DATABASE",
    "Distributed",
    "Embedded",
    "InUseError",
    "OpenToOthersError",
    "adopt_topic",
    "assemble",
    "catalogue_of",
    "connect_services",
    "embedded_site",
    "event_records",
    "lock_data_directory",
    "open_embedded",
    "read_only",
    "serving_embedded",
    "write_private",
]
