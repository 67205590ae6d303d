"""The table of the index. Instants are microseconds since 1970 in UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, String, Table

from shared.database import metadata

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("partition", Integer, nullable=False, comment="of the letter, as is its offset"),
    Column("offset", BigInteger, nullable=False),
    Column("source", String, nullable=False, comment="that published the record"),
    Column("at", BigInteger, nullable=False, comment="when it was set aside"),
    Column("reason", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("topic", String, nullable=False, comment="of the record, as what follows"),
    Column("record_partition", Integer, nullable=False),
    Column("record_offset", BigInteger, nullable=False),
    Column("event_id", String, comment="null where the record holds no accepted event"),
    Column("event_type", String),
    Column("file_id", String),
    PrimaryKeyConstraint("partition", "offset"),
    sqlite_with_rowid=False,
)

Index(
    "dead_letters_of_source",
    dead_letters.c.source,
    dead_letters.c.at,
    dead_letters.c.partition,
    dead_letters.c.offset,
)
