"""What every format is read from, and what it gives."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple, Protocol

from shared.mapping import Csv, ExportError, Reason, ReasonCode
from shared.text import Text

Row = tuple[int, Sequence[str] | Reason]
"""The line of a row, and its cells, or why it cannot be read."""
Rows = tuple[Sequence[str], Iterator[Row]]
"""The column of each cell of a row, and the rows."""


class ByteStream(Protocol):
    """What bytes are read from."""

    def read1(self, size: int = ..., /) -> bytes:
        """At most so many bytes, none at the end."""


class Wanted(NamedTuple):
    """What is read of an export: all columns, where none are named and the format has a header.

    ``of_every_row`` are those without which no row can be read, ``file_id`` that of the files.
    """

    columns: Sequence[str]
    of_every_row: Sequence[str]
    file_id: str
    csv: Csv
    sheet: str | None


class Source(NamedTuple):
    """An export as its format reads it: its bytes, uncompressed, the first of them."""

    stream: io.BufferedReader[Any] | io.BufferedRandom
    beginning: bytes
    wanted: Wanted
    opened: ExitStack
    """Closes with the export what a reader opens."""
    never_seen: list[str]
    """Takes the keys of the mapping that no row has, where a format has no header."""
    remarks: list[Text]
    """Takes what was guessed."""

    @property
    def columns(self) -> Sequence[str]:
        return self.wanted.columns

    def require_keys(self, seen: set[str], line: int) -> None:
        """Note the keys that no row had; raises :class:`ExportError` for one that every row needs."""
        self.never_seen.extend(column for column in self.columns if column not in seen)
        of_every_row = self.wanted.of_every_row
        if never := [column for column in of_every_row if column in self.never_seen]:
            raise ExportError(line, "key_missing", ", ".join(map(repr, never)))


def broken(error: Exception, line: int) -> ExportError:
    """Why a file cannot be read on from a line."""
    code: ReasonCode = "gzip_broken"
    if isinstance(error, UnicodeError):
        code = "encoding_broken"
    elif isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        code = "unopenable"
    return ExportError(line, code, str(error) if code == "unopenable" else "")
