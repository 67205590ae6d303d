"""From the cells of an export to instants, identifiers and catalogue words.

Pure. A cell that cannot be read with certainty is an error of its row, never a guess: no nearest
word, no assumed zone, no time that the clocks skipped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.domain import EVENT_ID, FILE_ID, WORD
from shared.mapping.export_mapping import IdentifierColumn, WordSource
from shared.mapping.reasons import ReasonCode, UnreadableRowError, shown
from shared.mapping.times import DAY, UnknownZoneError, WrittenTime, read_time

Cells = Sequence[str]

_MIDNIGHT = time()
_REMEMBERED_WORDS = 10_000
_LONGEST_REMEMBERED = 200
_LONGEST = {FILE_ID: 64, EVENT_ID: 128}


class WrittenSpan(NamedTuple):
    """The span of a cell's time: at ``begins`` or later, and before ``ends``; both in UTC."""

    begins: datetime
    ends: datetime


class TimeReader(NamedTuple):
    """How times are read: by their own offset, or else in ``zone``.

    The time of an event that leaves open more than ``coarsest``, where it is set, is refused.
    """

    zone: ZoneInfo | None
    formats: Sequence[str]
    coarsest: timedelta | None = None

    def parsed(self, cell: str, column: str) -> WrittenTime:
        """A written moment by the first format that reads it."""
        unknown_zone = False
        for format_ in self.formats:
            try:
                return read_time(cell, format_)
            except UnknownZoneError:
                unknown_zone = True
            except ValueError:
                continue
        raise _time_error("zone_unknown" if unknown_zone else "time_unreadable", column, cell)


def _time_error(code: ReasonCode, column: str, cell: str) -> UnreadableRowError:
    return UnreadableRowError(code, f"{column} = {shown(cell)}")


class TimeCell:
    """Instants: by their own offset, or else in the mapping's zone."""

    def __init__(self, column: str, index: int, times: TimeReader) -> None:
        self._column = column
        self._index = index
        self._times = times

    def read(self, row: Cells) -> WrittenSpan:
        """The span in UTC; of a local time that comes twice in autumn, the first."""
        cell = row[self._index]
        if not cell:
            raise UnreadableRowError("cell_empty", self._column)
        moment, width = self._times.parsed(cell, self._column)
        following = None
        if moment.tzinfo is None:
            if width == DAY:
                following = self._placed(moment, cell, DAY)
            moment = self._placed(moment, cell)
        try:
            begins = moment.astimezone(UTC)
            ends = begins + width if following is None else following.astimezone(UTC)
        except OverflowError:
            raise _time_error("time_extreme", self._column, cell) from None
        coarsest = self._times.coarsest
        if coarsest is not None and ends - begins > coarsest:
            raise _time_error("time_of_day_missing", self._column, cell)
        return WrittenSpan(begins, ends)

    def _placed(self, moment: datetime, cell: str, later: timedelta = timedelta()) -> datetime:
        """A moment of the mapping's zone, or of so much later by its clocks."""
        zone = self._times.zone
        if zone is None:
            raise _time_error("time_without_zone", self._column, cell)
        try:
            moment += later
            placed = moment.replace(tzinfo=zone)
            exists = placed.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
        except OverflowError:
            raise _time_error("time_extreme", self._column, cell) from None
        # A day whose clocks go forward at midnight begins later: a date alone means that beginning.
        if not exists and moment.time() != _MIDNIGHT:
            raise _time_error("time_nonexistent", self._column, cell)
        return placed


class DateCell:
    """Dates: the local day of what is written, which may have a time of day."""

    def __init__(self, column: str, index: int, times: TimeReader) -> None:
        self._column = column
        self._index = index
        self._times = times

    def read_if_any(self, row: Cells) -> str:
        """The date as ``2026-04-30``, or "" when the cell is empty."""
        cell = row[self._index]
        if not cell:
            return ""
        moment, _ = self._times.parsed(cell, self._column)
        if moment.tzinfo is not None and self._times.zone is not None:
            try:
                moment = moment.astimezone(self._times.zone)
            except OverflowError:
                raise _time_error("time_extreme", self._column, cell) from None
        return moment.date().isoformat()


class IdentifierCell:
    """Identifiers that match a pattern of ``shared.domain.events`` once replaced and prefixed."""

    def __init__(self, source: IdentifierColumn, index: int, pattern: re.Pattern[str]) -> None:
        self._column = source.column
        self._prefix = source.prefix
        self._replace = tuple(source.replace.items())
        self._index = index
        self._matches = pattern.fullmatch
        self._longest = _LONGEST[pattern]

    def read(self, row: Cells) -> str:
        """The identifier; an empty cell is an error."""
        identifier = self.read_if_any(row)
        if not identifier:
            raise UnreadableRowError("cell_empty", self._column)
        return identifier

    def read_if_any(self, row: Cells) -> str:
        """The identifier, or "" when the cell is empty."""
        cell = row[self._index]
        if not cell:
            return ""
        identifier = cell
        for text, instead in self._replace:
            identifier = identifier.replace(text, instead)
        identifier = self._prefix + identifier
        if not self._matches(identifier):
            require_decoded(self._column, cell)
            if len(identifier) > self._longest and self._matches(identifier[: self._longest]):
                length = f"{self._column} = {shown(cell)} ({len(identifier)} > {self._longest})"
                raise UnreadableRowError("identifier_too_long", length)
            raise UnreadableRowError("identifier_invalid", f"{self._column} = {shown(cell)}")
        return identifier


class WordCell:
    """Catalogue words, by the mapping's list."""

    def __init__(self, source: WordSource, index: int | None) -> None:
        self._source = source
        self._index = index
        self._words = dict(source.words)

    def read(self, row: Cells) -> str:
        """The word; an empty cell is an error."""
        word = self.read_if_any(row)
        if not word:
            raise UnreadableRowError("cell_empty", str(self._source.column))
        return word

    def read_if_any(self, row: Cells) -> str:
        """The word, or "" when the cell is empty and no word stands for that."""
        if self._index is None:
            return self._source.word or ""
        cell = row[self._index]
        word = self._words.get(cell)
        return self._unlisted(cell) if word is None else word

    def _unlisted(self, cell: str) -> str:
        column = str(self._source.column)
        require_decoded(column, cell)
        word = self._source.otherwise or (slug(cell) if self._source.slugify else "")
        if not cell and not word:
            return ""
        if not WORD.fullmatch(word):
            raise UnreadableRowError("word_unknown", f"{column} = {shown(cell)}")
        if len(self._words) < _REMEMBERED_WORDS and len(cell) <= _LONGEST_REMEMBERED:
            self._words[cell] = word
        return word


def require_decoded(column: str, cell: str) -> None:
    """Refuse bytes that the file's encoding lacks; the CSV reader keeps them as surrogates."""
    if not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell):
        raise UnreadableRowError("not_in_encoding", f"{column} = {shown(cell)}")


def slug(text: str) -> str:
    """A text as a word: lower case, without accents, hyphens for what is neither letter nor digit.

    ``Région de Québec (Est)`` → ``region-de-quebec-est``
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def text_of(value: object) -> str:
    """A value as a text: ISO 8601 for times, a day for what has no time of day."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            if value.tzinfo is None and value.time() == _MIDNIGHT:
                return value.date().isoformat()
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value.total_seconds())
        case float() if value.is_integer():
            return str(int(value))
    return str(value)
