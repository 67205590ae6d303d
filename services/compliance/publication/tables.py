"""The table of releases: what was given to the public, which no later event changes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String, Table

from shared.database import metadata

# History, as corrections are: a rebuild keeps it, and nothing recomputes it.
releases = Table(
    "releases",
    metadata,
    Column("fiscal_year", String, nullable=False),
    Column("standard", String, nullable=False),
    Column("number", Integer, nullable=False, comment="from 1, in the order of publication"),
    Column("released_at", BigInteger, nullable=False, comment="microseconds since 1970"),
    Column("figures", String, nullable=False, comment="JSON"),
    PrimaryKeyConstraint("fiscal_year", "standard", "number"),
    sqlite_with_rowid=False,
)
