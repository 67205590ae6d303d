"""Explanations in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from services.compliance.explanations.explanation import Explanation
from services.compliance.explanations.tables import explanations
from shared.database import Database
from shared.domain import from_microseconds, microseconds
from shared.text import Text

MOST_VERSIONS: Final = 500
"""Of one commitment in one fiscal year."""


class StaleVersionError(Exception):
    """Somebody wrote a version since the one that was read, or there are too many."""


class ExplanationStore:
    """Current explanations, their history, and new versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(
        self, fiscal_year: str, until: datetime | None = None
    ) -> Mapping[str, Explanation]:
        """The newest version of each commitment of a fiscal year; those taken back are left out.

        Of those written ``until`` an instant, itself included, where one is given.
        """
        table = explanations.c
        newest = (
            select(table.standard, func.max(table.version).label("version"))
            .where(table.fiscal_year == fiscal_year)
            .group_by(table.standard)
        )
        if until is not None:
            newest = newest.where(table.written_at <= microseconds(until))
        of_each = newest.subquery()
        same = (table.standard == of_each.c.standard) & (table.version == of_each.c.version)
        query = select(explanations).join(of_each, same).where(table.fiscal_year == fiscal_year)
        found = [_explanation(row) for row in await self._rows(query)]
        return {one.standard: one for one in found if not one.is_empty}

    async def history(self, fiscal_year: str) -> Mapping[str, Sequence[Explanation]]:
        """All versions of each commitment of a fiscal year, newest first."""
        table = explanations.c
        query = select(explanations).where(table.fiscal_year == fiscal_year)
        history: dict[str, list[Explanation]] = {}
        for row in await self._rows(query.order_by(table.standard, table.version.desc())):
            one = _explanation(row)
            history.setdefault(one.standard, []).append(one)
        return history

    async def write(
        self, fiscal_year: str, standard: str, text: Text, *, after: int, by: str, at: datetime
    ) -> None:
        """Add the version that follows ``after`` (0 for the first).

        Raises :class:`StaleVersionError` when another was written meanwhile.
        """
        if after >= MOST_VERSIONS:
            raise StaleVersionError
        row = {
            "fiscal_year": fiscal_year,
            "standard": standard,
            "version": after + 1,
            "written_at": microseconds(at),
            "written_by": by,
            "fr": text.fr,
            "en": text.en,
        }
        newest = select(func.coalesce(func.max(explanations.c.version), 0)).where(
            explanations.c.fiscal_year == fiscal_year, explanations.c.standard == standard
        )
        insert = sqlite.insert if self._database.on_sqlite else postgresql.insert
        async with self._database.transaction() as connection:
            if await connection.scalar(newest) != after:
                raise StaleVersionError
            statement = insert(explanations).values(row).on_conflict_do_nothing()
            if (await connection.execute(statement)).rowcount != 1:
                raise StaleVersionError

    async def _rows(self, query: Select[Any]) -> Sequence[Any]:
        async with self._database.reading() as connection:
            rows: Sequence[Any] = (await connection.execute(query)).all()
            return rows


def _explanation(row: Any) -> Explanation:
    return Explanation(
        row.standard,
        row.fiscal_year,
        row.version,
        from_microseconds(row.written_at),
        row.written_by,
        Text(row.fr, row.en),
    )
