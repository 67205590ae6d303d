"""Pages of open files: soonest breach first, then waiting files, longest wait first.

A file of several standards is listed once for each of them.

The cost of a page does not depend on the number of open files: the first files of each (standard,
unit, stage) that the open tallies have come from an index and are merged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from sqlalchemy import func, select, text, tuple_

from services.compliance.projection.listing_key import WORKLIST_STAGES, ListingStage, WorklistStage
from services.compliance.projection.rollups import EVERY_UNIT
from services.compliance.projection.snapshot_tallies import COUNTED_AGAIN, OTHER
from services.compliance.projection.tables import compliance_files, open_tallies
from services.compliance.projection.tally_queries import HAS_FILES
from shared.database import Database, FirstOfEach
from shared.domain import ClockSnapshot, decode_snapshot
from shared.http import FileKey, Int64, StandardKey

_LISTING_STAGES: Final = [
    ListingStage(stage, waiting, measured)
    for measured in (True, False)
    for stage in WORKLIST_STAGES
    for waiting in {"overdue": (False, True), "waiting": (True,), "waiting_long": (True,)}.get(
        stage, (False,)
    )
]
_LISTED: Final = select(
    compliance_files.c.file_id, compliance_files.c.of_standard, compliance_files.c.snapshot
)

_SOONEST: Final = FirstOfEach(
    "compliance_files",
    ("standard", "unit", "stage"),
    ("breaches_at", "file_id", "of_standard"),
    "breaches_at IS NOT NULL",
)


class WorklistCursor(NamedTuple):
    """Where a page ended."""

    breaches_at: Int64
    file_id: FileKey
    of_standard: StandardKey = ""


BEGINNING: Final = WorklistCursor(-(1 << 62), "")


class WorklistFilter(NamedTuple):
    """Which open files; None for all. ``units`` are those that the reader may see."""

    standard: str | None
    units: Collection[str] | None
    stage: WorklistStage | None
    waiting: bool | None = None
    measured: bool | None = None

    @property
    def stages(self) -> Sequence[ListingStage]:
        """The stages of the index that hold these files."""
        return [
            stage
            for stage in _LISTING_STAGES
            if self.stage in (None, stage.stage)
            and self.waiting in (None, stage.waiting)
            and self.measured in (None, stage.measured)
        ]


async def page(
    database: Database, selection: WorklistFilter, after: WorklistCursor, limit: int
) -> Sequence[tuple[WorklistCursor, ClockSnapshot]]:
    """Up to ``limit`` files after a cursor."""
    cursors = await _keys(database, selection, after, limit)
    table = compliance_files.c
    keys = [cursor.file_id for cursor in cursors]
    rows = await database.rows_by_key(_LISTED, table.file_id, keys)
    stored = {(row[0], row[1]): row[2] for row in rows}
    return [
        (cursor, decode_snapshot(stored[cursor[1:]])) for cursor in cursors if cursor[1:] in stored
    ]


class WorklistSize(NamedTuple):
    """Files that a filter selects; None for more than were counted."""

    measured: int | None
    followed: int | None


async def count(database: Database, selection: WorklistFilter, most: int) -> WorklistSize:
    """Count from the tallies; in the list, up to ``most``, where these do not tell files apart.

    They distinguish neither stages of unmeasured files nor overdue files that wait.
    """
    files = Counter[str]()
    for _, _, outcome, number in await _open_counts(database, selection):
        files[outcome] += number

    async def total(of_kind: Sequence[ListingStage]) -> int | None:
        stages = set(of_kind).intersection(selection.stages)
        outcomes = {stage.outcome for stage in stages}
        number = sum(files[outcome] for outcome in outcomes)
        if not number or all(stage in stages for stage in of_kind if stage.outcome in outcomes):
            return number
        narrowed = selection._replace(measured=of_kind[0].measured)
        number = len(await _keys(database, narrowed, BEGINNING, most + 1))
        return number if number <= most else None

    return WorklistSize(
        await total([stage for stage in _LISTING_STAGES if stage.measured]),
        await total([stage for stage in _LISTING_STAGES if not stage.measured]),
    )


async def _keys(
    database: Database, selection: WorklistFilter, after: WorklistCursor, limit: int
) -> Sequence[WorklistCursor]:
    if selection == WorklistFilter(None, None, None):  # one index in order: nothing to merge
        return await _first_of_all(database, after, limit)
    groups = await _groups(database, selection)
    if not groups:
        return []
    rows = await database.first_of_each(_SOONEST, groups, after, limit)
    return [WorklistCursor._make(row) for row in rows]


async def _first_of_all(
    database: Database, after: WorklistCursor, limit: int
) -> Sequence[WorklistCursor]:
    table = compliance_files.c
    key = table.breaches_at, table.file_id, table.of_standard
    first = (
        select(*key).where(key[0].is_not(None), tuple_(*key) > after).order_by(*key).limit(limit)
    )
    async with database.reading() as connection:
        rows = await connection.execute(first)
        return [WorklistCursor._make(row) for row in rows]


async def _groups(database: Database, selection: WorklistFilter) -> Sequence[tuple[str, str, str]]:
    """Each selected (standard, unit, stage) that has files by the tallies."""
    return [
        (standard, unit, stage.column)
        for standard, unit, outcome, _ in await _open_counts(database, selection)
        for stage in selection.stages
        if stage.outcome == outcome
    ]


async def _open_counts(
    database: Database, selection: WorklistFilter
) -> Sequence[tuple[str, str, str, int]]:
    """Open files of the selected standard and units, by standard, unit and outcome, whoever they wait for."""
    table = open_tallies.c
    key = table.standard, table.unit, table.outcome
    counts = select(*key, func.sum(table.files)).group_by(*key)
    counts = counts.where(table.basis == "open", text(HAS_FILES), table.unit != EVERY_UNIT)
    counts = counts.where(table.standard.not_like(f"{COUNTED_AGAIN}%"))
    if selection.standard is not None:
        counts = counts.where(table.standard == selection.standard)
    if selection.units is not None:
        counts = counts.where(table.unit.in_(sorted(selection.units)))
    total = Counter[tuple[str, str, str]]()
    async with database.reading() as connection:
        for standard, unit, outcome, files in await connection.execute(counts):
            total[standard, unit, outcome.removesuffix(OTHER)] += int(files)
    return [(*place, files) for place, files in total.items()]
