"""Lists behind the figures in pages: measured files, changed answers, events that changed nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    TextClause,
    and_,
    case,
    func,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from services.compliance.projection.corrections import AnswerOutcome, FigurePart, MeasuredBasis
from services.compliance.projection.snapshot_tallies import MEASURED_LATE, MEASURED_ON_TIME
from services.compliance.projection.tables import (
    anomaly_tallies,
    corrections_table,
    known_cycles,
    measured_cycles,
)
from services.compliance.projection.tally_queries import first_known_later
from shared.database import Database
from shared.erasure import not_forgotten
from shared.http import FileKey, Int32, Int64

_OUTCOMES = {
    "numerator": MEASURED_ON_TIME,
    "denominator": (*MEASURED_ON_TIME, *MEASURED_LATE),
    "late": MEASURED_LATE,
}
_DAYS = {"decided": measured_cycles.c.decided_on, "due": measured_cycles.c.due_on}
_CYCLE_KEY = ("file_id", "of_standard", "cycle")
_NUMBERED = (
    corrections_table.c.noted_at,
    corrections_table.c.partition,
    corrections_table.c.position,
    corrections_table.c.number,
)


class MeasuredCycleRow(NamedTuple):
    """A measured cycle as it is stored; days are ordinals, ``counted`` and ``gross`` in the unit of the limit."""

    file_id: str
    cycle: int
    standard: str
    unit: str
    received_on: int
    decided_on: int | None
    due_on: int | None
    outcome: str
    counted: int | None
    gross: int | None


class CorrectionRow(NamedTuple):
    """A correction as it is stored; days are ordinals, instants microseconds."""

    partition: int
    position: int
    number: int
    noted_at: int
    file_id: str
    cycle: int
    standard: str
    unit: str
    basis: MeasuredBasis
    old_day: int | None
    old_result: AnswerOutcome | None
    new_day: int | None
    new_result: AnswerOutcome | None
    generation: int
    source: str | None
    event_id: str | None
    event_type: str | None
    recorded_at: int | None


class MeasuredFileCursor(NamedTuple):
    """The last measured cycle of a page; ``day`` is the ordinal of its date on the basis."""

    day: Int32
    file_id: FileKey
    cycle: Int32

    @classmethod
    def after(cls, row: MeasuredCycleRow, basis: MeasuredBasis) -> MeasuredFileCursor:
        day = row.decided_on if basis == "decided" else row.due_on
        assert day is not None  # it is listed by this day
        return cls(day, row.file_id, row.cycle)


class CorrectionCursor(NamedTuple):
    """The last correction of a page."""

    noted_at: Int64
    partition: Int32
    position: Int64
    number: Int32

    @classmethod
    def after(cls, row: CorrectionRow) -> CorrectionCursor:
        return cls(row.noted_at, row.partition, row.position, row.number)


class MeasuredFileFilter(NamedTuple):
    """Which measured files of a standard to list: of the units given, or of all.

    ``known_on`` is the day at the end of which they were known so; None for now.
    """

    standard: str
    units: Collection[str] | None
    basis: MeasuredBasis
    part: FigurePart
    first: date
    last: date
    known_on: date | None = None


class CorrectionFilter(NamedTuple):
    """Which corrections: noted from an instant (microseconds) on; None for all standards, units."""

    since: int
    standard: str | None
    units: Collection[str] | None


class AnswerChangeFilter(NamedTuple):
    """Which corrections of a basis: answers for days from ``first`` to ``last``, before or since."""

    standard: str | None
    units: Collection[str] | None
    basis: MeasuredBasis
    first: date
    last: date


_CYCLES = select(*(measured_cycles.c[name] for name in MeasuredCycleRow._fields))
_CORRECTIONS = select(*(corrections_table.c[name] for name in CorrectionRow._fields))


async def measured_files(
    database: Database, selection: MeasuredFileFilter, after: MeasuredFileCursor | None, limit: int
) -> Sequence[MeasuredCycleRow]:
    """Rows of measured cycles by day, file and cycle; from after a cursor on."""
    table, day = measured_cycles.c, _DAYS[selection.basis]
    listed = _first(table, day, selection, after, limit)
    if selection.known_on is not None:
        key = [known_cycles.c[name] == table[name] for name in _CYCLE_KEY]
        later = known_cycles.c.known_on > selection.known_on.toordinal()
        listed = listed.where(~select(known_cycles.c.file_id).where(*key, later).exists())
        listed = listed.where(_was_known(database, measured_cycles, selection.known_on))
    page = listed.subquery()
    key = [table[name] == page.c[name] for name in _CYCLE_KEY]
    whole = _CYCLES.join(page, and_(*key)).order_by(page.c.day, page.c.file_id, page.c.cycle)
    rows = [MeasuredCycleRow._make(row) for row in await _all(database, whole)]
    if selection.known_on is None:
        return rows
    rows += await _listed_then(database, selection, selection.known_on, after, limit)
    return sorted(rows, key=lambda row: MeasuredFileCursor.after(row, selection.basis))[:limit]


def _first(
    table: ReadOnlyColumnCollection[str, Column[Any]],
    day: Column[Any],
    selection: MeasuredFileFilter,
    after: MeasuredFileCursor | None,
    limit: int,
) -> Select[Any]:
    """The keys and days of the first rows selected, in order."""
    last = min(selection.last, selection.known_on or selection.last)
    begins = max(selection.first.toordinal(), after.day if after else 0)
    listed = (
        select(table.file_id, table.of_standard, table.cycle, day.label("day"))
        .where(table.standard == selection.standard)
        .where(day.between(begins, last.toordinal()))
        .where(table.outcome.in_(_OUTCOMES[selection.part]), not_forgotten(table.file_id))
        .order_by(day, table.file_id, table.cycle)
        .limit(limit)
    )
    if after is not None:
        listed = listed.where(tuple_(day, table.file_id, table.cycle) > after)
    return listed.where(*_selected(table, None, selection.units))


async def _listed_then(
    database: Database,
    selection: MeasuredFileFilter,
    known_on: date,
    after: MeasuredFileCursor | None,
    limit: int,
) -> Sequence[MeasuredCycleRow]:
    """The first rows that have changed since: each as it was before the first change after a day."""
    table = known_cycles.c
    day = table[_DAYS[selection.basis].name]
    sooner = known_cycles.alias()
    key = [sooner.c[name] == table[name] for name in _CYCLE_KEY]
    before = tuple_(sooner.c.known_on, sooner.c.position) < tuple_(table.known_on, table.position)
    later = sooner.c.known_on > known_on.toordinal()
    listed = (
        _first(table, day, selection, after, limit)
        .where(table.known_on > known_on.toordinal())
        .where(~select(sooner.c.file_id).where(*key, later, before).exists())
        .where(_was_known(database, known_cycles, known_on))
    )
    columns = [table[name] for name in MeasuredCycleRow._fields]
    rows = await _all(database, listed.with_only_columns(*columns))
    return [MeasuredCycleRow._make(row) for row in rows]


def _was_known(database: Database, table: Table, known_on: date) -> TextClause:
    """The condition that something was known on a day of the file of a row."""
    later = first_known_later(database, f"{table.name}.file_id", ":was_known_on")
    return text(f"NOT {later}").bindparams(was_known_on=known_on.toordinal())


async def correction_rows(
    database: Database, selection: CorrectionFilter, after: CorrectionCursor | None, limit: int
) -> Sequence[CorrectionRow]:
    """Rows of corrections, the first noted first; from after a cursor on."""
    table = corrections_table.c
    query = _CORRECTIONS.where(table.noted_at >= selection.since, not_forgotten(table.file_id))
    query = query.order_by(*_NUMBERED).limit(limit)
    query = query.where(*_selected(table, selection.standard, selection.units))
    if after is not None:
        query = query.where(tuple_(*_NUMBERED) > after)
    return [CorrectionRow._make(row) for row in await _all(database, query)]


async def answer_changes(
    database: Database, selection: AnswerChangeFilter, after: CorrectionCursor | None, limit: int
) -> Sequence[CorrectionRow]:
    """Rows of corrections, the last noted first; from after a cursor on."""
    newest = [column.desc() for column in _NUMBERED]
    listed = not_forgotten(corrections_table.c.file_id)
    query = _CORRECTIONS.where(*_answered(selection), listed).order_by(*newest).limit(limit)
    if after is not None:
        query = query.where(tuple_(*_NUMBERED) < after)
    return [CorrectionRow._make(row) for row in await _all(database, query)]


async def answer_change_counts(
    database: Database, selection: AnswerChangeFilter
) -> Sequence[tuple[AnswerOutcome | None, AnswerOutcome | None, int]]:
    """How many answers of a period changed, by their result before and since (None: not in it)."""
    table = _answers(selection)
    old = case((_within(table.old_day, selection), table.old_result))
    new = case((_within(table.new_day, selection), table.new_result))
    query = select(old, new, func.count()).group_by(old, new)
    return [(row[0], row[1], row[2]) for row in await _all(database, query)]


async def answer_change_places(
    database: Database, selection: AnswerChangeFilter
) -> Sequence[tuple[str, str, int]]:
    """How many answers of a period changed, by standard and unit."""
    table = _answers(selection)
    where = table.standard, table.unit
    query = select(*where, func.count()).group_by(*where)
    return [(row[0], row[1], row[2]) for row in await _all(database, query)]


def _answers(
    selection: AnswerChangeFilter,
) -> ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]:
    """The answers of a period, each once, from the indexes alone: by the day before, or else since."""
    table = corrections_table.c
    columns = [table.standard, table.unit]
    columns += [table.old_day, table.old_result, table.new_day, table.new_result]
    old, new = _within(table.old_day, selection), _within(table.new_day, selection)
    not_old = table.old_day.is_(None) | ~old
    of_basis = (
        table.basis == selection.basis,
        *_selected(table, selection.standard, selection.units),
    )
    return (
        union_all(
            select(*columns).where(old, *of_basis), select(*columns).where(new, not_old, *of_basis)
        )
        .subquery()
        .c
    )


def _answered(selection: AnswerChangeFilter) -> Sequence[ColumnElement[bool]]:
    table = corrections_table.c
    within = _within(table.old_day, selection) | _within(table.new_day, selection)
    selected = _selected(table, selection.standard, selection.units)
    return [table.basis == selection.basis, within, *selected]


def _selected(
    table: ReadOnlyColumnCollection[str, Column[Any]],
    standard: str | None,
    units: Collection[str] | None,
) -> Sequence[ColumnElement[bool]]:
    """The conditions of a standard and of units; None for all."""
    conditions = [] if standard is None else [table.standard == standard]
    return conditions if units is None else [*conditions, table.unit.in_(sorted(units))]


def _within(day: ColumnElement[Any], selection: AnswerChangeFilter) -> ColumnElement[bool]:
    return day.between(selection.first.toordinal(), selection.last.toordinal())


async def anomaly_counts(
    database: Database, source: str | None, units: Collection[str] | None
) -> Sequence[tuple[str, str, int]]:
    """Source, reason, and how many events changed nothing."""
    table, events = anomaly_tallies.c, func.sum(anomaly_tallies.c.events)
    query = (
        select(table.source, table.reason, events)
        .group_by(table.source, table.reason)
        .having(events != 0)
        .order_by(table.source, table.reason)
    )
    if source is not None:
        query = query.where(table.source == source)
    rows = await _all(database, query.where(*_selected(table, None, units)))
    return [(row[0], row[1], int(row[2])) for row in rows]


async def _all(database: Database, query: Select[Any]) -> Sequence[Any]:
    async with database.reading() as connection:
        rows: Sequence[Any] = (await connection.execute(query)).all()
        return rows
