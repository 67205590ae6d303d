"""The tables of editions: history, which nothing changes once it is written."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, String, Table

from shared.database import metadata

editions_table = Table(
    "editions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1 on"),
    Column("fiscal_year", String, nullable=False),
    Column("published_at", BigInteger, nullable=False, comment="microseconds since 1970"),
    Column("published_by", String, nullable=False),
    Column("catalogue", String, nullable=False),
    Column("revision", Integer, nullable=False),
)

edition_files = Table(
    "edition_files",
    metadata,
    Column("edition", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("digest", String, nullable=False, comment="SHA-256 in hexadecimal"),
    Column("bytes", BigInteger, nullable=False, comment="how many"),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("edition", "name"),
)
