"""What an export says of a file, a cycle and an event: the columns that every format has.

Pure. Names are those of the API. Amounts are in the unit of the limit (business days, civil days,
seconds…), which ``limit_unit`` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from echeance.exporter.exported import ExportedCycle, ExportedEvent, ExportedFile
from shared.domain import EVENT_TYPES, AttributeWords, Catalogue, Event, Published, data_members

T = TypeVar("T")
ExportedValue = str | int | float | bool | date | datetime | None
Kind = Literal["text", "count", "amount", "truth", "day", "instant"]
"""What a column holds: an amount has a unit and may be fractional, a day is a local date."""


class Column(NamedTuple, Generic[T]):
    """A column: its name, what it holds, and how it is read; None where there is nothing to say."""

    name: str
    kind: Kind
    of: Callable[[T], ExportedValue]


CYCLE_COLUMNS: Sequence[Column[ExportedCycle]] = (
    Column("cycle", "count", lambda one: one.clock.state.number),
    Column("cycle_standard", "text", lambda one: one.of_standard.name),
    Column("cycle_unit", "text", lambda one: one.unit),
    Column("calendar", "text", lambda one: one.of_standard.calendar.identifier),
    Column("status", "text", lambda one: one.clock.state.status),
    Column("stage", "text", lambda one: one.clock.state.stage),
    Column("received_at", "instant", lambda one: one.clock.state.received_at),
    Column("received_on", "day", lambda one: one.clock.state.received_on),
    Column(
        "counted_from",
        "instant",
        lambda one: one.clock.state.counted_from or one.clock.state.received_at,
    ),
    Column("due_on", "day", lambda one: one.clock.state.due_on),
    Column("breaches_at", "instant", lambda one: one.clock.state.breaches_at),
    Column("ended_on", "day", lambda one: one.clock.state.ended_on),
    Column(
        "ended_at",
        "instant",
        lambda one: None if one.clock.state.ended_on is None else one.clock.state.since,
    ),
    Column("outcome", "text", lambda one: one.clock.state.outcome),
    Column("limit_unit", "text", lambda one: one.clock.unit),
    Column("limit", "amount", lambda one: one.clock.limit),
    Column("counted", "amount", lambda one: one.clock.counted),
    Column("remaining", "amount", lambda one: one.clock.remaining),
    Column("stopped", "amount", lambda one: one.clock.state.stopped),
    Column("gross", "amount", lambda one: one.clock.state.gross),
    Column("waited", "amount", lambda one: one.clock.waited),
    Column("stops", "count", lambda one: len(one.clock.state.stops)),
    Column("measured", "truth", lambda one: one.clock.state.measured),
    Column("on_time", "truth", lambda one: one.clock.state.on_time),
    Column("on_time_unextended", "truth", lambda one: one.clock.state.on_time_unextended),
    Column("on_time_unstopped", "truth", lambda one: one.clock.state.on_time_unstopped),
)
"""A cycle. ``stopped`` is what requests removed from the delay, ``waited`` civil days (or seconds)."""


def file_columns(catalogue: Catalogue) -> Sequence[Column[ExportedFile]]:
    """A file: whose it is, what it was received under, and the unit that has it."""
    return (
        Column("source", "text", lambda file: file.source),
        Column("standard", "text", lambda file: file.standard),
        Column("unit", "text", lambda file: file.unit),
        *(_attribute(name) for name in catalogue.attributes),
    )


def _attribute(name: str) -> Column[ExportedFile]:
    return Column(f"attribute.{name}", "text", lambda file: file.attributes.get(name))


EVENT_COLUMNS: Sequence[Column[ExportedEvent]] = (
    Column("source", "text", lambda one: one.event.source),
    Column("recorded_at", "instant", lambda one: one.event.recorded_at),
    Column("effect", "text", lambda one: one.effect),
    Column("cycle", "count", lambda one: (one.cycles[0] or None) if one.cycles else None),
)
"""What every event has; ``cycle`` is that of the file's first standard."""


def _member(name: str) -> Column[ExportedEvent]:
    def value(one: ExportedEvent) -> ExportedValue:
        found: ExportedValue = getattr(one.event.data, name, None)
        return found

    exported_as = "voids" if name == "event_id" else name
    return Column(exported_as, "day" if name in ("until", "answer_by") else "text", value)


@cache
def members_of(event_type: type[Event]) -> Sequence[Column[ExportedEvent]]:
    """What the data of an event says, but for the attributes of a reception, which are the file's."""
    if event_type not in EVENT_TYPES:
        return ()
    published: type[Published] = event_type
    return [
        _member(member.name)
        for member in data_members(published)
        if not isinstance(member.holds, AttributeWords)
    ]


MEMBER_COLUMNS: Sequence[Column[ExportedEvent]] = tuple(
    {column.name: column for one in EVENT_TYPES for column in members_of(one)}.values()
)
"""What the data of any event may say, each name once."""


def written(value: ExportedValue) -> str:
    """A value as text: instants in UTC with microseconds, truth as ``true``, nothing as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case float():
            return repr(int(value)) if value.is_integer() else repr(value)
        case int() | str():
            return str(value)


def said(columns: Iterable[Column[T]], one: T) -> Iterable[tuple[Column[T], Any]]:
    """The columns that have something to say, with what they say."""
    for column in columns:
        value = column.of(one)
        if value is not None:
            yield column, value
