"""The compliance service's tables: what each file contributes, and the tallies they add up to."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
)

from shared.database import metadata

compliance_files = Table(
    "compliance_files",
    metadata,
    Column("file_id", String, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column(
        "snapshot", LargeBinary, nullable=False, comment="the newest snapshot folded, as stored"
    ),
    Column("unit", String),
    Column("breaches_at", BigInteger, comment="sort key of open files with a deadline"),
)

Index(
    "compliance_files_open",
    compliance_files.c.breaches_at,
    compliance_files.c.file_id,
    sqlite_where=compliance_files.c.breaches_at.is_not(None),
    postgresql_where=compliance_files.c.breaches_at.is_not(None),
)

# Owners of different partitions never touch the same row; a measure sums over partitions when it is read.
tallies = Table(
    "tallies",
    metadata,
    Column("standard", String, nullable=False),
    Column("basis", String, nullable=False),
    Column("day", Integer, nullable=False, comment="ordinal of the date; 0 for none"),
    Column("unit", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("files", BigInteger, nullable=False),
    PrimaryKeyConstraint("standard", "basis", "day", "unit", "outcome", "partition"),
    sqlite_with_rowid=False,
)
