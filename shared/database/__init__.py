"""PostgreSQL and SQLite: connections, positions and their fence, bulk writes, shadow tables."""

from shared.database import engine, rebuilds, shadow_tables
from shared.database.bulk_writes import StoredRow, Write, stored_columns
from shared.database.engine import Claim, Database, metadata, partitions, positions
from shared.database.keyed_queries import FirstOfEach
from shared.database.rebuilds import OvertakenError, Progress, Rebuild
