"""Pages of open files: soonest breach first, then waiting files, longest wait first.

A file of several standards is listed once for each of them.

The cost of a page does not depend on the number of open files: the first files of each (standard,
unit, stage) that the open tallies have come from an index and are merged; or of each stage, where all
standards and units are listed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from math import inf
from typing import Annotated, Final, NamedTuple, TypeVar

from msgspec import Meta
from sqlalchemy import func, select, text

from services.compliance.projection.listing_key import ListingStage, WorklistStage
from services.compliance.projection.rollups import EVERY_UNIT
from services.compliance.projection.snapshot_tallies import COUNTED_AGAIN, OTHER
from services.compliance.projection.tables import compliance_files, open_tallies
from services.compliance.projection.tally_queries import HAS_FILES
from services.compliance.projection.worklist_order import (
    LISTING_STAGES,
    OrderPart,
    RankedPart,
    WorklistPart,
    in_time,
)
from shared.database import Database, FirstOfEach
from shared.domain import ClockSnapshot, decode_snapshot
from shared.http import FileKey, Int64, StandardKey

_LISTED: Final = select(
    compliance_files.c.file_id, compliance_files.c.of_standard, compliance_files.c.snapshot
)

_SOONEST: Final = FirstOfEach(
    "compliance_files",
    ("standard", "unit", "stage"),
    ("breaches_at", "file_id", "of_standard"),
    "breaches_at IS NOT NULL",
)
_SOONEST_OF_STAGE: Final = _SOONEST._replace(group=("stage",))
_WHOLE: Final = WorklistPart(LISTING_STAGES)


class WorklistCursor(NamedTuple):
    """Where a page ended."""

    breaches_at: Int64
    file_id: FileKey
    of_standard: StandardKey = ""


BEGINNING: Final = WorklistCursor(-(1 << 62), "")


OpenCounts = Sequence[tuple[str, str, str, int]]
"""Open files by standard, unit and outcome, whoever they wait for."""


MOST_RANKED: Final = 30
"""Standards in a ranked part: each is read by itself."""
_FIRST_OF_RANKED: Final = 4
"""Files of each standard that are read first."""
_RANKED = rf"\A([a-z0-9-]{{1,64}}\.[0-9a-f]{{0,15}}_){{0,{MOST_RANKED}}}\Z"


class OrderCursor(NamedTuple):
    """Where a page ended: the number of the part, and the key within it.

    ``ranked`` has, for each standard of the ranked part of the order, the breach of its last file so
    far as a hexadecimal number; first that of the file that the key is of. So what comes next does
    not depend on ranks that have changed since: of each standard it is what was not listed.
    """

    part: Annotated[int, Meta(ge=0, le=10_000)]
    breaches_at: Int64
    file_id: FileKey
    of_standard: StandardKey = ""
    ranked: Annotated[str, Meta(pattern=_RANKED)] = ""

    @property
    def key(self) -> tuple[int, str, str]:
        """The key within the part."""
        return self.breaches_at, self.file_id, self.of_standard

    @property
    def ranked_until(self) -> Mapping[str, int | None]:
        """The breach of the last file of each ranked standard; None where there is none."""
        places = (one.split(".") for one in self.ranked.split("_")[:-1])
        return {standard: int(at, 16) if at else None for standard, at in places}

    @classmethod
    def of_ranked(cls, part: int, key: RankedKey, until: Mapping[str, int | None]) -> OrderCursor:
        """After a file of a ranked part; ``until`` are the breaches before it."""
        others = {one: at for one, at in until.items() if one != key.standard}
        return cls(part, *key.row, ranked=_written({key.standard: key.row[0], **others}))


def _written(ranked_until: Mapping[str, int | None]) -> str:
    """As :attr:`OrderCursor.ranked`."""
    places = ((one, "" if at is None else f"{at:x}") for one, at in ranked_until.items())
    return "".join(f"{one}.{at}_" for one, at in places)


class RankedKey(NamedTuple):
    """A file of a ranked part: less comes first."""

    below: float
    standard: str
    row: tuple[int, str, str]


class WorklistFilter(NamedTuple):
    """Which open files; None for all. ``units`` are those that the reader may see; ``until`` those
    in hand and in time that breach up to then, in microseconds.
    """

    standard: str | None
    units: Collection[str] | None
    stage: WorklistStage | None
    waiting: bool | None = None
    measured: bool | None = None
    until: int | None = None

    @property
    def stages(self) -> Sequence[ListingStage]:
        """The stages of the index that hold these files."""
        return [
            stage
            for stage in (LISTING_STAGES if self.until is None else in_time(LISTING_STAGES))
            if self.stage in (None, stage.stage)
            and self.waiting in (None, stage.waiting)
            and self.measured in (None, stage.measured)
        ]


async def page(
    database: Database, selection: WorklistFilter, after: WorklistCursor, limit: int
) -> Sequence[tuple[WorklistCursor, ClockSnapshot]]:
    """Up to ``limit`` files after a cursor, soonest breach first."""
    return await _snapshots(database, await _keys(database, selection, after, limit))


async def page_in_order(
    database: Database,
    selection: WorklistFilter,
    order: Sequence[OrderPart],
    after: OrderCursor | None,
    limit: int,
    counts: OpenCounts | None = None,
) -> Sequence[tuple[OrderCursor, ClockSnapshot]]:
    """Up to ``limit`` files after a cursor (None for the first), in an order.

    ``counts`` are those of :func:`open_counts`, here and below, where they are read already.
    """
    counts = await open_counts(database, selection) if counts is None else counts
    cursors: list[OrderCursor] = []
    ranked = _reached(order, after)
    for number, part in enumerate(order):
        if after is not None and number < after.part:
            continue
        left = limit - len(cursors)
        if isinstance(part, RankedPart):
            cursors += await _ranked(database, counts, selection, (number, part), after, left)
        else:
            begins = after.key if after is not None and number == after.part else part.beginning
            rows = await _rows(database, counts, selection, part, begins, left)
            cursors += [OrderCursor(number, row[0], row[1], row[2], ranked) for row in rows]
        if len(cursors) == limit:
            break
    return await _snapshots(database, cursors)


async def _rows(
    database: Database,
    counts: OpenCounts,
    selection: WorklistFilter,
    part: WorklistPart,
    begins: tuple[int, str, str],
    limit: int,
) -> Sequence[tuple[int, str, str]]:
    """The keys of the next files of a part."""
    query, groups = _query(counts, selection, part)
    if not groups:
        return ()
    until = min((one for one in (part.until, selection.until) if one is not None), default=None)
    if part.descending and until is not None:
        begins, until = min(begins, (until + 1, "", "")), None
    return [tuple(row) for row in await database.first_of_each(query, groups, begins, limit, until)]


def _reached(order: Sequence[OrderPart], after: OrderCursor | None) -> str:
    """What the cursors of the other parts say of a ranked one: that it is over."""
    if after is not None and after.ranked:
        return after.ranked
    names = [name for part in order if isinstance(part, RankedPart) for name in part.standards]
    return _written(dict.fromkeys(names))


async def _ranked(
    database: Database,
    counts: OpenCounts,
    selection: WorklistFilter,
    numbered: tuple[int, RankedPart],
    after: OrderCursor | None,
    limit: int,
) -> Sequence[OrderCursor]:
    """The next files of a ranked part: the first of each standard, merged.

    Files of one standard and breach are never parted by others: what was begun is ended first.
    """
    number, ranked = numbered
    until: dict[str, int | None] = dict.fromkeys(ranked.standards)
    if after is not None:
        until.update(after.ranked_until)
    begun = next(iter(after.ranked_until), None) if after is not None else None

    async def keys(part: WorklistPart, most: int) -> Sequence[RankedKey]:
        standard = part.standard or ""
        reached = until[standard]
        begins = part.beginning if reached is None else (reached + 1, "", "")
        is_begun = after is not None and standard == begun and reached is not None
        if after is not None and is_begun:
            begins = after.key
        rows = await _rows(database, counts, selection, part, begins, most)
        return [
            RankedKey(
                -inf if is_begun and row[0] == reached else -ranked.rank(standard, row[0]),
                standard,
                row,
            )
            for row in rows
        ]

    # Few of each at first, since each costs its units and stages; then all that a page can hold of
    # those whose few come first, one standard after the other.
    few = min(limit, _FIRST_OF_RANKED)
    read = await asyncio.gather(*(keys(part, few) for part in ranked.parts))
    found = dict(zip(ranked.standards, read, strict=True))
    more = {part.standard or "": part for part in ranked.parts if few < limit}
    while True:
        last = {found[name][-1]: name for name in more if len(found[name]) == few}
        before = sorted(chain.from_iterable(found.values()))[:limit]
        used = next((last[key] for key in before if key in last), None)
        if used is None:
            break
        found[used] = await keys(more.pop(used), limit)
    cursors = []
    for key in sorted(chain.from_iterable(found.values()))[:limit]:
        cursors.append(OrderCursor.of_ranked(number, key, until))
        until[key.standard] = key.row[0]
    return cursors


C = TypeVar("C", WorklistCursor, OrderCursor)


async def _snapshots(database: Database, cursors: Sequence[C]) -> Sequence[tuple[C, ClockSnapshot]]:
    """The files of some keys, those left out that are gone since."""
    keys = [cursor.file_id for cursor in cursors]
    rows = await database.rows_by_key(_LISTED, compliance_files.c.file_id, keys)
    stored = {(row[0], row[1]): row[2] for row in rows}
    files = [(cursor, stored.get((cursor.file_id, cursor.of_standard))) for cursor in cursors]
    return [(cursor, decode_snapshot(file)) for cursor, file in files if file is not None]


class WorklistSize(NamedTuple):
    """Files that a filter selects; None for more than were counted."""

    measured: int | None
    followed: int | None


def stage_counts(counts: OpenCounts) -> Mapping[str, int]:
    """Measured files by stage, and ``followed`` ones."""
    files = Counter[str]()
    for _, _, outcome, number in counts:
        files[outcome] += number
    return files


async def count_until(
    database: Database, selection: WorklistFilter, most: int, counts: OpenCounts | None = None
) -> int:
    """Count the files of a filter in the list; ``most`` + 1 for any number above."""
    return len(await _keys(database, selection, BEGINNING, most + 1, counts))


async def count(
    database: Database, selection: WorklistFilter, most: int, counts: OpenCounts | None = None
) -> WorklistSize:
    """Count from the tallies; in the list, up to ``most``, where these do not tell files apart.

    They distinguish neither stages of unmeasured files, nor overdue files that wait, nor deadlines.
    """
    counts = await open_counts(database, selection) if counts is None else counts
    files = stage_counts(counts)

    async def total(of_kind: Sequence[ListingStage]) -> int | None:
        stages = set(of_kind).intersection(selection.stages)
        outcomes = {stage.outcome for stage in stages}
        number = sum(files.get(outcome, 0) for outcome in outcomes)
        whole = all(stage in stages for stage in of_kind if stage.outcome in outcomes)
        if not number or (whole and selection.until is None):
            return number
        narrowed = selection._replace(measured=of_kind[0].measured)
        number = await count_until(database, narrowed, most, counts)
        return number if number <= most else None

    return WorklistSize(
        await total([stage for stage in LISTING_STAGES if stage.measured]),
        await total([stage for stage in LISTING_STAGES if not stage.measured]),
    )


async def _keys(
    database: Database,
    selection: WorklistFilter,
    after: WorklistCursor,
    limit: int,
    counts: OpenCounts | None = None,
) -> Sequence[WorklistCursor]:
    counts = await open_counts(database, selection) if counts is None else counts
    query, groups = _query(counts, selection, _WHOLE)
    if not groups:
        return []
    rows = await database.first_of_each(query, groups, after, limit, selection.until)
    return [WorklistCursor._make(row) for row in rows]


def _query(
    counts: OpenCounts, selection: WorklistFilter, part: WorklistPart
) -> tuple[FirstOfEach, Sequence[tuple[str, ...]]]:
    """The groups that the tallies say have files of a part, and the index that has them in order.

    Stage by stage where all standards and units are read: those are hundreds of groups.
    """
    stages = [stage for stage in selection.stages if stage in part.stages]
    everywhere = selection.standard is None and selection.units is None and part.is_everywhere
    if everywhere:
        outcomes = {outcome for _, _, outcome, _ in counts}
        query = _SOONEST_OF_STAGE
        groups: Sequence[tuple[str, ...]] = [
            (stage.column,) for stage in stages if stage.outcome in outcomes
        ]
    else:
        query = _SOONEST
        groups = [
            (standard, unit, stage.column)
            for standard, unit, outcome, _ in counts
            if part.has(standard, unit)
            for stage in stages
            if stage.outcome == outcome
        ]
    return query._replace(descending=part.descending), groups


async def open_counts(database: Database, selection: WorklistFilter) -> OpenCounts:
    """Of the selected standard and units, whatever else the filter selects."""
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
