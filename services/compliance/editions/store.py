"""Editions written once and read back byte by byte; no service writes them, only the command."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from services.compliance.editions.documents import EditionDocument
from services.compliance.editions.tables import edition_files, editions_table
from shared.database import Database
from shared.domain import Catalogue, from_microseconds, microseconds


class EditionEntry(NamedTuple):
    """A document in the list of its edition, without its content."""

    name: str
    media_type: str
    digest: str
    size: int


class Edition(NamedTuple):
    """What was published of a fiscal year, when, by whom, and under which catalogue."""

    number: int
    fiscal_year: str
    published_at: datetime
    published_by: str
    catalogue: str
    revision: int
    documents: Sequence[EditionEntry]


class EditionStore:
    """The editions of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        fiscal_year: str,
        published_by: str,
        catalogue: Catalogue,
        now: datetime,
        documents: Sequence[EditionDocument],
    ) -> int:
        """Keep an edition under the next number."""
        async with self._database.transaction() as connection:
            last = await connection.execute(select(func.max(editions_table.c.number)))
            number = (last.scalar_one() or 0) + 1
            row = {
                "number": number,
                "fiscal_year": fiscal_year,
                "published_at": microseconds(now),
                "published_by": published_by,
                "catalogue": catalogue.catalogue,
                "revision": catalogue.revision,
            }
            await connection.execute(editions_table.insert(), row)
            rows = [
                {"edition": number, "bytes": len(one.content), **one._asdict()} for one in documents
            ]
            await connection.execute(edition_files.insert(), rows)
        return number

    async def newest(self, limit: int) -> Sequence[Edition]:
        """The last editions, the newest first."""
        newest = select(editions_table).order_by(editions_table.c.number.desc()).limit(limit)
        columns = ("edition", "name", "media_type", "digest", "bytes")
        listed = select(*(edition_files.c[name] for name in columns)).order_by(edition_files.c.name)
        async with self._database.reading() as connection:
            rows = (await connection.execute(newest)).all()
            numbers = [row.number for row in rows]
            found = await connection.execute(listed.where(edition_files.c.edition.in_(numbers)))
            documents: dict[int, list[EditionEntry]] = defaultdict(list)
            for edition, *entry in found:
                documents[edition].append(EditionEntry(*entry))
        return [
            Edition(
                row.number,
                row.fiscal_year,
                from_microseconds(row.published_at),
                row.published_by,
                row.catalogue,
                row.revision,
                documents[row.number],
            )
            for row in rows
        ]

    async def document(self, edition: int, name: str) -> EditionDocument | None:
        """A document as it was published."""
        columns = (edition_files.c[name] for name in EditionDocument._fields)
        chosen = (edition_files.c.edition == edition) & (edition_files.c.name == name)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*columns).where(chosen))).one_or_none()
        return None if row is None else EditionDocument._make(row)
