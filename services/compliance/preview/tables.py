"""The table of previews: the last ones, each a document as it is shown."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from shared.database import metadata

previews = Table(
    "previews",
    metadata,
    Column(
        "made_at",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="microseconds since 1970",
    ),
    Column("document", LargeBinary, nullable=False, comment="JSON"),
)
