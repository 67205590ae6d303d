"""The open files in the order in which they are to be touched: soonest breach first, then those that wait, the longest wait first.

A page of any choice of standards, units and stages costs about the same whatever stands open: the first files of each (standard,
unit, stage) chosen are read from an index, and merged. Which of these exist is asked of the tallies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from sqlalchemy import func, select, text, tuple_

from services.compliance.projection import (
    EVERY_UNIT,
    HAS_FILES,
    WORKLIST_STAGES,
    ListingStage,
    WorklistStage,
    compliance_files,
    open_tallies,
)
from shared.database import Database, FirstOfEach
from shared.domain import ClockSnapshot, decode_snapshot
from shared.http import FileKey, Int64

_EVERY_KEPT: Final = [
    ListingStage(stage, waiting, measured)
    for measured in (True, False)
    for stage in WORKLIST_STAGES
    for waiting in {"overdue": (False, True), "waiting": (True,)}.get(stage, (False,))
]
_LISTED: Final = select(compliance_files.c.file_id, compliance_files.c.snapshot)

_SOONEST: Final = FirstOfEach(
    "compliance_files",
    ("standard", "unit", "stage"),
    ("breaches_at", "file_id"),
    "breaches_at IS NOT NULL",
)


class WorklistCursor(NamedTuple):
    """Where a page ended."""

    breaches_at: Int64
    file_id: FileKey


BEGINNING: Final = WorklistCursor(-(1 << 62), "")


class WorklistFilter(NamedTuple):
    """Which open files; None for all. ``units`` is what the reader may see, the one asked for among them."""

    standard: str | None
    units: Collection[str] | None
    stage: WorklistStage | None
    waiting: bool | None = None
    measured: bool | None = None

    @property
    def stages(self) -> Sequence[ListingStage]:
        """As what the files that are wanted are kept."""
        return [
            kept
            for kept in _EVERY_KEPT
            if self.stage in (None, kept.stage)
            and self.waiting in (None, kept.waiting)
            and self.measured in (None, kept.measured)
        ]


async def page(
    database: Database, wanted: WorklistFilter, after: WorklistCursor, limit: int
) -> Sequence[tuple[WorklistCursor, ClockSnapshot]]:
    """So many files, from after a cursor on."""
    found = await _keys(database, wanted, after, limit)
    table = compliance_files.c
    keys = [cursor.file_id for cursor in found]
    stored = {row[0]: row[1] for row in await database.rows_by_key(_LISTED, table.file_id, keys)}
    return [
        (cursor, decode_snapshot(stored[cursor.file_id]))
        for cursor in found
        if cursor.file_id in stored
    ]


class Count(NamedTuple):
    """How many files a choice lists; None where the tallies do not tell apart what is chosen."""

    measured: int | None
    followed: int | None


async def count(database: Database, wanted: WorklistFilter) -> Count:
    """From the tallies, whatever stands open: followed files are not told apart by stage there, nor overdue ones by whether they wait."""
    files = Counter[str]()
    for _, _, outcome, number in await _tallied(database, wanted):
        files[outcome] += number

    def total(measured: bool) -> int | None:
        chosen = {kept for kept in wanted.stages if kept.measured == measured}
        outcomes = {kept.outcome for kept in chosen}
        whole = {kept for kept in _EVERY_KEPT if kept.measured == measured}
        known = all(kept in chosen for kept in whole if kept.outcome in outcomes)
        number = sum(files[outcome] for outcome in outcomes)
        return number if known or not number else None

    return Count(total(True), total(False))


async def _keys(
    database: Database, wanted: WorklistFilter, after: WorklistCursor, limit: int
) -> Sequence[WorklistCursor]:
    if wanted == WorklistFilter(None, None, None):  # nothing is chosen, so nothing is merged
        return await _first_of_all(database, after, limit)
    chosen = await _chosen(database, wanted)
    if not chosen:
        return []
    rows = await database.first_of_each(_SOONEST, chosen, after, limit)
    return [WorklistCursor._make(row) for row in rows]


async def _first_of_all(
    database: Database, after: WorklistCursor, limit: int
) -> Sequence[WorklistCursor]:
    key = compliance_files.c.breaches_at, compliance_files.c.file_id
    listed = (
        select(*key).where(key[0].is_not(None), tuple_(*key) > after).order_by(*key).limit(limit)
    )
    async with database.reading() as connection:
        rows = await connection.execute(listed)
        return [WorklistCursor(row.breaches_at, row.file_id) for row in rows]


async def _chosen(database: Database, wanted: WorklistFilter) -> Sequence[tuple[str, str, str]]:
    """Every (standard, unit, stage) that is wanted and has a file, or had one a moment ago; each once, as every kept stage has one outcome."""
    return [
        (standard, unit, kept.column)
        for standard, unit, outcome, _ in await _tallied(database, wanted)
        for kept in wanted.stages
        if kept.outcome == outcome
    ]


async def _tallied(
    database: Database, wanted: WorklistFilter
) -> Sequence[tuple[str, str, str, int]]:
    """How many files are open by standard, unit and outcome, in the standard and units that are wanted."""
    table = open_tallies.c
    key = table.standard, table.unit, table.outcome
    tallied = select(*key, func.sum(table.files)).group_by(*key)
    tallied = tallied.where(table.basis == "open", text(HAS_FILES), table.unit != EVERY_UNIT)
    if wanted.standard is not None:
        tallied = tallied.where(table.standard == wanted.standard)
    if wanted.units is not None:
        tallied = tallied.where(table.unit.in_(sorted(wanted.units)))
    async with database.reading() as connection:
        return [
            (standard, unit, outcome, int(files))
            for standard, unit, outcome, files in await connection.execute(tallied)
        ]
