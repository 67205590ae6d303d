"""The files of a unit that need an eye today, read in the worklist's order: counted all, and the gravest named.

What is overdue or critical is read whole; of what is neither, only as far as a deadline of today can make late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Final

from services.compliance import worklist
from services.compliance.notifications.digest.digest import (
    COLUMNS,
    MOST_FILES,
    Column,
    Urgent,
    UrgentFile,
    column,
)
from services.compliance.projection import WorklistStage
from services.compliance.worklist import BEGINNING, WorklistFilter
from shared.database import Database
from shared.domain import Catalogue

_LOT: Final = 1_000


async def urgent_files(database: Database, catalogue: Catalogue, unit: str, today: date) -> Urgent:
    """What needs an eye in a unit, under the commitments that the catalogue has."""
    beyond = _beyond(catalogue, today)
    stages: Sequence[tuple[WorklistStage, datetime | None]] = (
        ("overdue", None),
        ("critical", None),
        ("at_risk", beyond),
        ("on_track", beyond),
    )
    seen: set[str] = set()
    counts: Counter[tuple[str, Column]] = Counter()
    gravest: list[UrgentFile] = []
    for stage, until in stages:
        named: Counter[Column] = Counter()
        async for file in _files(database, unit, stage, today, until):
            if file.standard in catalogue.standards and file.file_id not in seen:
                seen.add(file.file_id)
                counts[file.standard, file.column] += 1
                named[file.column] += 1
                if named[file.column] <= MOST_FILES:
                    gravest.append(file)
    return Urgent(counts, sorted(gravest, key=_order)[:MOST_FILES])


def _order(file: UrgentFile) -> tuple[int, datetime, str]:
    assert file.state.breaches_at
    return COLUMNS.index(file.column), file.state.breaches_at, file.file_id


def _beyond(catalogue: Catalogue, today: date) -> datetime:
    """An instant at which all that is due today is late, by whatever calendar."""
    calendars = [catalogue.calendar_of(standard) for standard in catalogue.standards.values()]
    return max(calendar.midnight(calendar.advance(today, 2)) for calendar in calendars)


async def _files(
    database: Database, unit: str, stage: WorklistStage, today: date, until: datetime | None
) -> AsyncIterator[UrgentFile]:
    """Those at a stage that need an eye, soonest breach first, until an instant of breach."""
    after = BEGINNING
    while True:
        wanted = WorklistFilter(standard=None, units=[unit], stage=stage)
        page = await worklist.page(database, wanted, after, _LOT)
        for _, snapshot in page:
            state = snapshot.cycles[-1]
            assert snapshot.standard is not None
            where = column(state, today)
            if where is not None:
                yield UrgentFile(snapshot.file_id, snapshot.standard, where, state)
            if until is not None and state.breaches_at is not None and state.breaches_at > until:
                return
        if len(page) < _LOT:
            return
        after = page[-1][0]
