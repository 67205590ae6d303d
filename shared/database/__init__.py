"""PostgreSQL and SQLite: connections, positions and their fence, bulk writes, shadow tables."""

from __future__ import annotations

from shared.database import engine, rebuilds, shadow_tables
from shared.database.bulk_writes import Row, Write, stored_columns
from shared.database.engine import Claim, Database, metadata, partitions, positions
from shared.database.keyed_queries import FirstOfEach
from shared.database.rebuilds import OvertakenError, Progress, Rebuild

__all__ = [
    "Claim",
    "Database",
    "FirstOfEach",
    "OvertakenError",
    "Progress",
    "Rebuild",
    "Row",
    "Write",
    "engine",
    "metadata",
    "partitions",
    "positions",
    "rebuilds",
    "shadow_tables",
    "stored_columns",
]
