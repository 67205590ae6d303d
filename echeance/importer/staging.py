"""The rows of an export that are events, on disk between reading and counting, sorted by file.

An export may be larger than memory, and one file's rows may be anywhere in it: they are written to
a temporary SQLite database, sorted once, and read back some files at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from echeance.importer.plan import REPEATED, Fate, StagedRow
from echeance.importer.readers import WrittenDue
from shared.domain import Event, encode, microseconds
from shared.mapping import WrittenSpan

_PIECE_ROWS = 20_000
_CACHE_KIB = 32 * 1024
_EXAMPLES = 5


class SharedIdentifier(NamedTuple):
    """An identifier that different rows of one file share, and the first of their lines."""

    file_id: str
    event_id: str
    lines: Sequence[int]


class Staging:
    """Rows are added in any order; after :meth:`sort` they are read file by file."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._database.execute(f"PRAGMA {pragma}")
        columns = "file_id TEXT, event_id TEXT, line INTEGER, begins INTEGER, ends INTEGER"
        self._database.execute(f"CREATE TABLE unsorted ({columns}, event BLOB)")
        self._database.execute("CREATE TABLE letters (file_id TEXT, event_id TEXT, reason TEXT)")
        self._database.execute("CREATE INDEX of_file ON letters (file_id, event_id)")
        self._database.execute("CREATE TABLE due (file_id TEXT, line INTEGER, due TEXT)")
        self._database.execute("CREATE INDEX due_of_file ON due (file_id)")
        self._database.execute("CREATE TABLE vanished (file_id TEXT)")
        self.rows = 0

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()

    def add(self, rows: Iterable[tuple[int, Event, WrittenSpan]]) -> None:
        """Keep rows: the line, the event, and its time as the export writes it."""
        staged = [
            (
                event.file_id,
                event.id,
                line,
                microseconds(span.begins),
                microseconds(span.ends),
                encode(event),
            )
            for line, event, span in rows
        ]
        self._write("INSERT INTO unsorted VALUES (?, ?, ?, ?, ?, ?)", staged)
        self.rows += len(staged)

    def add_due(self, rows: Iterable[WrittenDue]) -> None:
        """Keep due dates as the export has them."""
        staged = [(one.file_id, one.line, one.due) for one in rows]
        self._write("INSERT INTO due VALUES (?, ?, ?)", staged)

    def due(self, first: str, last: str) -> dict[str, WrittenDue]:
        """The due dates kept, of the files from one to another; of several, the last row's."""
        rows = self._database.execute(
            "SELECT line, file_id, due FROM due WHERE file_id BETWEEN ? AND ? ORDER BY rowid",
            (first, last),
        )
        return {file_id: WrittenDue(line, file_id, due) for line, file_id, due in rows}

    def sort(self) -> None:
        """Sort by file and identifier; of one identifier, the most precise time comes first."""
        same, finest = "file_id, event_id", "ends - begins, line"
        copy = f"row_number() OVER (PARTITION BY {same} ORDER BY {finest})"
        self._database.execute(
            f"CREATE TABLE staged AS SELECT *, CASE WHEN {copy} > 1 THEN '{REPEATED}' END AS fate "
            f"FROM unsorted ORDER BY {same}, {finest}"
        )
        self._database.execute("DROP TABLE unsorted")

    def shared_identifiers(self) -> Sequence[SharedIdentifier]:
        """The first identifiers that rows of one file share and that do not say the same."""
        examples: list[SharedIdentifier] = []
        first: StagedRow | None = None
        in_order = "SELECT rowid, * FROM staged WHERE fate = ? ORDER BY rowid"
        for row in map(StagedRow._make, self._database.execute(in_order, (REPEATED,))):
            if first is None or (row.file_id, row.event_id) != (first.file_id, first.event_id):
                first = self._row(row.number - 1)
            if row.event != first.event and row[1:3] not in (one[:2] for one in examples):
                lines = sorted([first.line, row.line])
                examples.append(SharedIdentifier(row.file_id, row.event_id, lines))
                if len(examples) == _EXAMPLES:
                    break
        return examples

    def _row(self, number: int) -> StagedRow:
        by_number = "SELECT rowid, * FROM staged WHERE rowid = ?"
        return StagedRow._make(self._database.execute(by_number, (number,)).fetchone())

    def divided_file(self) -> str | None:
        """A file with more rows than a piece has, which therefore is not planned as a whole."""
        many = "SELECT file_id FROM staged GROUP BY file_id HAVING count(*) >= ? LIMIT 1"
        row = self._database.execute(many, (_PIECE_ROWS,)).fetchone()
        return None if row is None else str(row[0])

    def keep_vanished(self, file_ids: Sequence[str]) -> int:
        """Keep which of some files the export does not have, and how many they are."""
        self._database.execute("CREATE INDEX IF NOT EXISTS staged_files ON staged (file_id)")
        absent = [
            (one,)
            for one in file_ids
            if self._database.execute(
                "SELECT 1 FROM staged WHERE file_id = ? LIMIT 1", (one,)
            ).fetchone()
            is None
        ]
        self._write("INSERT INTO vanished VALUES (?)", absent)
        return len(absent)

    def vanished(self) -> Iterator[list[str]]:
        """The files kept, some at a time."""
        kept = self._database.execute("SELECT file_id FROM vanished ORDER BY file_id")
        while rows := kept.fetchmany(_PIECE_ROWS):
            yield [file_id for (file_id,) in rows]

    def pieces(self) -> Iterator[list[StagedRow]]:
        """Whole files at a time; of a file with more rows than a piece holds, a part."""
        rows: list[StagedRow] = []
        last = 0
        while fetched := self._after(last):
            last = fetched[-1].number
            rows += fetched
            whole = [row for row in rows if row.file_id != rows[-1].file_id]
            if not whole and len(rows) >= _PIECE_ROWS:
                whole = rows
            if whole:
                yield whole
            rows = rows[len(whole) :]
        if rows:
            yield rows

    def _after(self, number: int) -> list[StagedRow]:
        rows = self._database.execute(
            "SELECT rowid, * FROM staged WHERE rowid > ? ORDER BY rowid LIMIT ?",
            (number, _PIECE_ROWS),
        )
        return list(map(StagedRow._make, rows))

    def note(self, fates: Iterable[Fate]) -> None:
        """Keep what is known of rows."""
        changed = [(one.event_id, one.fate, one.number) for one in fates]
        if changed:
            self._write("UPDATE staged SET event_id = ?, fate = ? WHERE rowid = ?", changed)

    def add_letters(self, letters: Iterable[tuple[str, str, str]]) -> None:
        """Keep why events became dead letters: file, identifier, reason."""
        self._write("INSERT INTO letters VALUES (?, ?, ?)", letters)

    def _write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Execute a statement for every row, in one transaction."""
        self._database.execute("BEGIN")
        self._database.executemany(statement, rows)
        self._database.execute("COMMIT")

    def letters(self, first: str, last: str) -> dict[tuple[str, str], str]:
        """The reasons kept, of the files from one to another."""
        rows = self._database.execute(
            "SELECT file_id, event_id, reason FROM letters WHERE file_id BETWEEN ? AND ?",
            (first, last),
        )
        return {(file_id, event_id): reason for file_id, event_id, reason in rows}
