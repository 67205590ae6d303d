"""The tables of the audit trail. Instants are microseconds since 1970 in UTC."""

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

audit_records = Table(
    "audit_records",
    metadata,
    Column(
        "partition", Integer, nullable=False, comment="of the topic; 0 where the table is the trail"
    ),
    Column("offset", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False, comment="of the token or person; empty if unknown"),
    Column("file_id", String, comment="null where the request is about no one file"),
    Column("line", LargeBinary, nullable=False, comment="the record, with its chain's digest"),
    PrimaryKeyConstraint("partition", "offset"),
    sqlite_with_rowid=False,
    info={"append_only": True},
)

Index("audit_records_at", audit_records.c.at, audit_records.c.partition, audit_records.c.offset)
Index("audit_records_of_name", audit_records.c.name, audit_records.c.at)
Index(
    "audit_records_of_file",
    audit_records.c.file_id,
    audit_records.c.at,
    sqlite_where=audit_records.c.file_id.is_not(None),
    postgresql_where=audit_records.c.file_id.is_not(None),
)

audit_chains = Table(
    "audit_chains",
    metadata,
    Column("writer", String, nullable=False),
    Column("seq", BigInteger, nullable=False, comment="of its last record"),
    Column("sha256", String, nullable=False, comment="of its last record's line"),
    Column("at", BigInteger, nullable=False, comment="of its last record"),
    PrimaryKeyConstraint("writer"),
    sqlite_with_rowid=False,
)

audit_removed = Table(
    "audit_removed",
    metadata,
    Column("writer", String, nullable=False),
    Column("seq", BigInteger, nullable=False, comment="of the last record removed after its time"),
    Column("sha256", String, nullable=False, comment="of its line"),
    PrimaryKeyConstraint("writer"),
    sqlite_with_rowid=False,
)

token_uses = Table(
    "token_uses",
    metadata,
    Column("token", String, nullable=False, comment="the eight characters after ech_"),
    Column("name", String, nullable=False),
    Column("at", BigInteger, nullable=False, comment="of the last use, to the minute"),
    PrimaryKeyConstraint("token"),
    sqlite_with_rowid=False,
)
