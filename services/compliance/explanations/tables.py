"""The table of explanations: a row is a version, and never changes. A rebuild does not touch it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String, Table

from shared.database import metadata

explanations = Table(
    "explanations",
    metadata,
    Column("fiscal_year", String, nullable=False, comment="its name, as 2025-2026"),
    Column("standard", String, nullable=False),
    Column("version", Integer, nullable=False, comment="from 1 on; the greatest is the current"),
    Column("written_at", BigInteger, nullable=False, comment="microseconds since 1970"),
    Column("written_by", String, nullable=False, comment="the name of a token"),
    Column("fr", String, nullable=False, comment="empty for none"),
    Column("en", String, nullable=False, comment="empty for none"),
    PrimaryKeyConstraint("fiscal_year", "standard", "version"),
    sqlite_with_rowid=False,
)
