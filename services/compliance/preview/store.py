"""Where the last preview is kept, for the page that shows it."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from services.compliance.preview.document import PreviewDocument, decode_preview, encode_preview
from services.compliance.preview.tables import previews
from shared.database import Database
from shared.domain import microseconds


class PreviewStore:
    """The last preview; no service writes it, only the command."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, document: PreviewDocument) -> None:
        """Keep a preview, and no other."""
        row = {"made_at": microseconds(document.made_at), "document": encode_preview(document)}
        async with self._database.transaction() as connection:
            await connection.execute(previews.delete())
            await connection.execute(previews.insert(), row)

    async def last(self) -> PreviewDocument | None:
        """The last preview; None where there is none that this program can read."""
        newest = select(previews.c.document).order_by(previews.c.made_at.desc()).limit(1)
        async with self._database.reading() as connection:
            stored = (await connection.execute(newest)).scalar_one_or_none()
        try:
            return None if stored is None else decode_preview(stored)
        except msgspec.ValidationError:  # of a version with other figures: run it again
            return None
