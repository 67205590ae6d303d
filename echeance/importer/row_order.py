"""The rows of an export file by file, in the order of their times.

What a state or a repeated activity means depends on the rows before it, which may stand anywhere in
an export larger than memory: rows are sorted in a temporary SQLite database. Rows of one instant
keep the order in which the export has them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

import msgspec

from echeance.importer.formats import Row
from shared.domain import microseconds
from shared.mapping import Cells, Reason

_BATCH_ROWS = 10_000


def in_file_order(
    rows: Iterator[Row], place: Callable[[Cells], tuple[str, datetime] | None]
) -> Iterator[Row]:
    """The rows without a file or time first, as they come; then the others, sorted."""
    database = sqlite3.connect("", isolation_level=None)
    try:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("CREATE TABLE rows (file_id TEXT, at INTEGER, line INTEGER, cells BLOB)")
        while batch := list(islice(rows, _BATCH_ROWS)):
            placed = []
            for line, cells in batch:
                where = None if isinstance(cells, Reason) else place(cells)
                if where is None:
                    yield line, cells
                else:
                    file_id, at = where
                    placed.append((file_id, microseconds(at), line, msgspec.msgpack.encode(cells)))
            database.execute("BEGIN")
            database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", placed)
            database.execute("COMMIT")
        in_order = "SELECT line, cells FROM rows ORDER BY file_id, at, rowid"
        for line, stored in database.execute(in_order):
            yield line, msgspec.msgpack.decode(stored, type=list[str])
    finally:
        database.close()
