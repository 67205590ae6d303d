"""How a case-management system's export is read: columns, activities and words, as validated data.

A mapping says what a row is (an event, a whole file, a state that a file enters), where an export
has what an event needs, and which catalogue word each of its own stands for; code knows no export.
A cell without a word is never guessed: its row cannot be read. A JSON value is read as a row too:
its columns are JSON pointers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from shared.domain import EventName, Published, Transferred, Word, WordList, WordOf, is_source
from shared.domain.calendars import StrictModel, Zone
from shared.domain.strict_yaml import UnusableValueError, cited
from shared.mapping.times import NAMED_FORMATS, read_time
from shared.text import Text

ColumnName = Annotated[str, Field(min_length=1)]
KeyPath = tuple[str | int, ...]

POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
"""A JSON pointer (RFC 6901); the empty one is the whole value."""

_TIME_FORMAT = Text(
    "écrivez iso, excel, excel-1904, epoch, epoch-ms, ou un format avec jour, mois et année, tel que %d/%m/%Y %H:%M",
    "write iso, excel, excel-1904, epoch, epoch-ms, or a format with day, month and year such as %d/%m/%Y %H:%M",
)
_EXAMPLE_TIME = datetime(2021, 10, 25, tzinfo=UTC)


def folded(text: str) -> str:
    """A text for comparison: NFC, stripped, case folded."""
    if text.isascii():
        return text.strip().lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).strip().casefold())


def _uri(uri: str) -> str:
    if not is_source(uri):
        raise UnusableValueError(
            f"{cited(uri)} n’est pas un URI, tel que https://example.org/permis",
            f"{uri!r} is not a URI, such as https://example.org/permits",
        )
    return uri


def _pointer(pointer: str) -> str:
    if POINTER.fullmatch(pointer) is None:
        raise UnusableValueError(*no_pointer(pointer))
    return pointer


def no_pointer(text: str) -> Text:
    """Says that a text is not a JSON pointer."""
    return Text(
        f"{cited(text)} n’est pas un pointeur JSON (RFC 6901), tel que /ticket/number",
        f"{text!r} is not a JSON pointer (RFC 6901), such as /ticket/number",
    )


def _known_encoding(name: str) -> str:
    try:
        "a".encode(name)
    except (LookupError, ValueError):
        raise UnusableValueError(
            f"{cited(name)} n’est pas un encodage, tel que utf-8 ou latin-1",
            f"{name!r} is not an encoding, such as utf-8 or latin-1",
        ) from None
    return name


def _time_format(format_: str) -> str:
    if format_ in NAMED_FORMATS:
        return format_
    try:
        moment = read_time(_EXAMPLE_TIME.strftime(format_), format_).moment
    except (ValueError, re.error):
        raise UnusableValueError(*_TIME_FORMAT) from None
    if moment.date() != _EXAMPLE_TIME.date():
        raise UnusableValueError(*_TIME_FORMAT)
    return format_


class Csv(StrictModel):
    """How a CSV export is written; what is not said is guessed by how it looks."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quote: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None

    @model_validator(mode="after")
    def _tell_apart(self) -> Csv:
        quote = self.quote or '"'
        signs = {quote} if self.delimiter is None else {quote, self.delimiter}
        if self.delimiter == quote or not signs.isdisjoint("\r\n "):
            raise UnusableValueError(
                "delimiter et quote doivent différer, et n’être ni espace ni fin de ligne",
                "delimiter and quote differ, and neither is a space or a line end",
            )
        return self


class IdentifierColumn(StrictModel):
    """A column of identifiers: ``replace`` is applied, then ``prefix`` is prepended.

    Written as the column's name alone when nothing is changed.
    """

    column: ColumnName
    prefix: str = ""
    replace: Mapping[str, str] = {}


class WordSource(StrictModel):
    """The source of a catalogue word: a fixed ``word``, or a ``column`` looked up in ``words``.

    A cell not listed is written as a word by itself with ``slugify`` (``Customer contact`` →
    ``customer-contact``), and otherwise is ``otherwise``; without either, the row cannot be read.
    """

    word: Word | None = None
    column: ColumnName | None = None
    words: Mapping[str, Word] = {}
    slugify: bool = False
    otherwise: Word | None = None

    @model_validator(mode="after")
    def _one_way(self) -> WordSource:
        if (self.word is None) == (self.column is None):
            raise UnusableValueError(
                "donnez soit un mot fixe (word), soit une colonne (column)",
                "give either a fixed word or a column",
            )
        if self.word is not None and (self.words or self.slugify or self.otherwise):
            raise UnusableValueError(
                "words, slugify et otherwise vont avec une colonne (column)",
                "words, slugify and otherwise are about a column",
            )
        if self.slugify and self.otherwise is not None:
            raise UnusableValueError(
                "donnez slugify ou otherwise, pas les deux", "give slugify or otherwise, not both"
            )
        return self


Identifier = Annotated[
    IdentifierColumn, BeforeValidator(lambda v: {"column": v} if isinstance(v, str) else v)
]
WordFrom = Annotated[
    WordSource, BeforeValidator(lambda v: {"word": v} if isinstance(v, str) else v)
]
TimeFormat = Annotated[str, AfterValidator(_time_format)]


_WORD_KEYS: Final[Mapping[WordList, str]] = {
    "standards": "standard",
    "units": "unit",
    "outcomes": "outcome",
    "reasons": "reason",
    "withdrawals": "withdrawal",
    "requests": "kind",
    "extensions": "extension",
    "milestones": "milestone",
}
"""The key of a mapping that says where a word comes from, by the list of the catalogue it is in."""
_TRANSFERRED_TO: Final = "transferred_to"


def word_keys(event_type: type[Published], holds: WordOf) -> Sequence[str]:
    """The keys that may give a word of an event's data, the first that is there."""
    key = _WORD_KEYS[holds.words]
    return (_TRANSFERRED_TO, key) if event_type is Transferred else (key,)


RowKind = Literal["event", "file", "state"]
"""What a row of an export is: an event of a file, a file with its dates, or a state it enters."""
ExportState = Literal["in_hand", "waiting", "ended", "withdrawn"]
ColumnCells = Annotated[Sequence[str], Field(min_length=1)]


class DatedEvent(StrictModel):
    """An event of a row that is a file: at the time of a column, where cells of others are these.

    Written as the column's name alone where it depends on no other.
    """

    at: ColumnName
    when: Mapping[ColumnName, ColumnCells] = {}


class Occurrences(StrictModel):
    """What an activity means the first time in a file, and again; None for nothing.

    Written as one event where it always means the same.
    """

    first: EventName
    again: EventName | None

    @property
    def events(self) -> Sequence[EventName]:
        both = (self.first, self.again)
        return [event for event in dict.fromkeys(both) if event is not None]


Activity = Annotated[
    Occurrences, BeforeValidator(lambda v: {"first": v, "again": v} if isinstance(v, str) else v)
]
Dated = Annotated[DatedEvent, BeforeValidator(lambda v: {"at": v} if isinstance(v, str) else v)]
DatedEvents = Annotated[
    Sequence[Dated],
    BeforeValidator(lambda v: [v] if isinstance(v, (str, dict)) else v),
    Field(min_length=1, max_length=20),
]


class Columns(StrictModel):
    """The columns of every event. Without ``event_id``, an event's identifier is a digest."""

    file_id: Identifier
    activity: ColumnName | None = None
    state: ColumnName | None = None
    time: ColumnName | None = None
    event_id: Identifier | None = None
    request_id: Identifier | None = None
    voids: Identifier | None = None
    answer_by: ColumnName | None = None
    until: ColumnName | None = None


class ExportMapping(StrictModel):
    """How an export is read. Rows of other activities, or outside ``only``, are ignored.

    ``activities`` are of rows that are events, ``events`` of rows that are files, ``states`` of
    rows that are states. ``sheet`` is that of a workbook with several. ``empty`` are the cells that say
    nothing, as ``N/A``. ``check_due`` is the column of the export's own due dates.
    ``items`` is the JSON pointer of the array whose elements are rows, in a JSON value that is not one.
    """

    row: RowKind = "event"
    source: Annotated[str, Field(min_length=1), AfterValidator(_uri)]
    catalogue: str | None = None
    zone: Zone | None = None
    time_formats: Annotated[Sequence[TimeFormat], Field(min_length=1)] = ("iso",)
    csv: Csv = Csv()
    sheet: ColumnName | None = None
    empty: Sequence[str] = ()
    items: Annotated[str, AfterValidator(_pointer)] | None = None
    columns: Columns
    only: Mapping[ColumnName, ColumnCells] = {}
    activities: Annotated[Mapping[str, Activity], Field(min_length=1)] | None = None
    events: Annotated[Mapping[EventName, DatedEvents], Field(min_length=1)] | None = None
    states: Annotated[Mapping[str, ExportState], Field(min_length=1)] | None = None
    check_due: ColumnName | None = None
    standard: WordFrom | None = None
    unit: WordFrom | None = None
    attributes: Mapping[Word, WordFrom] = {}
    outcome: WordFrom | None = None
    reason: WordFrom | None = None
    withdrawal: WordFrom | None = None
    kind: WordFrom | None = None
    extension: WordFrom | None = None
    milestone: WordFrom | None = None
    transferred_to: WordFrom | None = None

    @property
    def depends_on_order(self) -> bool:
        """Whether what a row means depends on the earlier rows of its file."""
        activities = (self.activities or {}).values()
        return self.row == "state" or any(one.first != one.again for one in activities)

    @property
    def named_by(self) -> str | None:
        """The column of activities, or of states."""
        return self.columns.activity or self.columns.state

    def word_source(self, event_type: type[Published], holds: WordOf) -> WordSource | None:
        """Where a catalogue word of an event's data comes from; None where the mapping has none."""
        sources = (getattr(self, key) for key in word_keys(event_type, holds))
        return next((source for source in sources if source is not None), None)

    @property
    def words(self) -> Mapping[str, WordSource]:
        """Every source of a catalogue word, by its key."""
        keys = (*_WORD_KEYS.values(), _TRANSFERRED_TO)
        sources = {key: getattr(self, key) for key in keys}
        return {key: source for key, source in sources.items() if source is not None}

    @property
    def dates(self) -> Mapping[str, str]:
        """The column of each member of an event's data that is a date."""
        columns = {"answer_by": self.columns.answer_by, "until": self.columns.until}
        return {name: column for name, column in columns.items() if column is not None}

    @property
    def identifiers(self) -> Mapping[str, IdentifierColumn]:
        """The column of each member of an event's data that is an identifier."""
        columns = {"request_id": self.columns.request_id, "event_id": self.columns.voids}
        return {name: column for name, column in columns.items() if column is not None}

    def column_names(self) -> Sequence[str]:
        """Every column that is read, once."""
        columns = self.columns
        event_id = [columns.event_id] if columns.event_id is not None else []
        identifiers = (columns.file_id, *event_id, *self.identifiers.values())
        words = (*self.words.values(), *self.attributes.values())
        columns_of_members = [identifier.column for identifier in identifiers]
        columns_of_members += [word.column for word in words if word.column is not None]
        columns_of_members += self.dates.values()
        dated = [one for same in (self.events or {}).values() for one in same]
        columns_of_members += [name for one in dated for name in (one.at, *one.when)]
        names = [self.named_by, columns.time, *columns_of_members, *self.only, self.check_due]
        return list(dict.fromkeys(name for name in names if name is not None))

    def columns_of_every_event(self) -> Sequence[str]:
        """The columns without which no row can be read."""
        columns = self.columns
        event_id = [columns.event_id.column] if columns.event_id is not None else []
        of_events = [name for name in (self.named_by, columns.time) if name is not None]
        return [columns.file_id.column, *of_events, *event_id, *self.only]
