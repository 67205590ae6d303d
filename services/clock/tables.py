"""The clock's tables. Instants are microseconds since 1970 in UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from shared.database import metadata

clock_files = Table(
    "clock_files",
    metadata,
    Column("file_id", String, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("history", LargeBinary, nullable=False, comment="JSON array of stored events"),
    Column("generation", Integer, nullable=False),
    Column(
        "position",
        BigInteger,
        nullable=False,
        comment="offset of the last event that changed the file",
    ),
    Column("crossed_at", BigInteger, nullable=False),
    Column("crosses_at", BigInteger, comment="next instant at which time alone changes the state"),
    Column(
        "digest", BigInteger, nullable=False, comment="of the published state, without its version"
    ),
    Column("standard", String),
    Column("unit", String),
    Column("stage", String, comment="a stage, waiting, or empty once ended"),
    Column(
        "breaches_at",
        BigInteger,
        comment="sort key of open files; after every breach while waiting",
    ),
)

# One query finds what crosses, and its cost follows the crossings.
Index("clock_files_crossing", clock_files.c.partition, clock_files.c.crosses_at)
Index(
    "clock_files_open",
    clock_files.c.breaches_at,
    clock_files.c.file_id,
    sqlite_where=clock_files.c.breaches_at.is_not(None),
    postgresql_where=clock_files.c.breaches_at.is_not(None),
)

Index(
    "clock_files_ended",
    clock_files.c.partition,
    clock_files.c.crossed_at,
    sqlite_where=clock_files.c.breaches_at.is_(None),
    postgresql_where=clock_files.c.breaches_at.is_(None),
)

clock_generations = Table(
    "clock_generations",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, nullable=False),
    Column("catalogue", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("catalogue_digest", String, nullable=False),
    Column("regenerated_after", String, comment="the last file re-evaluated; empty when all are"),
    Column(
        "snapshot_revision",
        Integer,
        nullable=False,
        server_default="1",
        comment="what its snapshots say of a history",
    ),
)
