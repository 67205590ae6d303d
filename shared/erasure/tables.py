"""The tables of erasure. Instants are microseconds since 1970 in UTC."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Integer, String, Table

from shared.database import metadata
from shared.domain import PSEUDONYM_MARK

erasures = Table(
    "erasures",
    metadata,
    Column("reference", String, primary_key=True, comment="random: what an audit names it by"),
    Column("partition", Integer, nullable=False),
    Column("file_id", String, comment="null once the stores are clean, as is the pseudonym"),
    Column("pseudonym", String, comment="null where nothing of the file was counted"),
    Column(
        "requested_by", String, nullable=False, comment="publisher, operator, retention, repeat"
    ),
    Column("requested_at", BigInteger, nullable=False),
    Column("stage", String, nullable=False, comment="decided, noted, measured, unlinked, erased"),
    Column("erased_at", BigInteger),
)
Index("erasures_stage", erasures.c.stage, erasures.c.partition)
Index("erasures_pseudonym", erasures.c.pseudonym)

forgotten_files = Table(
    "forgotten_files",
    metadata,
    Column("digest", String, primary_key=True, comment="keyed, of the file's identifier"),
    Column("partition", Integer, nullable=False),
)
Index("forgotten_files_partition", forgotten_files.c.partition)

erasure_positions = Table(
    "erasure_positions",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column(
        "decided_to",
        BigInteger,
        nullable=False,
        comment="offset of events below which every request is decided",
    ),
)

erasure_keys = Table(
    "erasure_keys",
    metadata,
    Column("key", String, primary_key=True, comment="of the digests, in hexadecimal"),
)


NOT_FORGOTTEN_SQL: Final = f"file_id NOT LIKE '{PSEUDONYM_MARK}%'"
"""The same as :func:`not_forgotten`, of the column ``file_id``."""


def not_forgotten(file_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a row is of a file that is not forgotten: lists leave out the others."""
    return file_id.not_like(f"{PSEUDONYM_MARK}%")
