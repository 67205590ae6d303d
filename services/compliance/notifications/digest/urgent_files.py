"""The urgent files of a unit today: all counted, the gravest by name.

Files on track or at risk are read, soonest breach first, as far as a deadline of today reaches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Final

from services.compliance.notifications.digest.digest import (
    MOST_FILES,
    URGENCIES,
    Urgency,
    Urgent,
    UrgentFile,
    urgency_of,
)
from services.compliance.projection import WorklistStage, worklist
from services.compliance.projection.worklist import BEGINNING, WorklistFilter
from shared.database import Database
from shared.domain import Catalogue

_PAGE_FILES: Final = 1_000


async def urgent_files(database: Database, catalogue: Catalogue, unit: str, today: date) -> Urgent:
    """The urgent files of a unit, under the standards of the catalogue."""
    late_from = _late_from(catalogue, unit, today)
    stages: Sequence[tuple[WorklistStage, datetime | None]] = (
        ("overdue", None),
        ("critical", None),
        ("at_risk", late_from),
        ("on_track", late_from),
        ("waiting_long", None),
    )
    seen: set[tuple[str, str]] = set()
    counts: Counter[tuple[str, Urgency]] = Counter()
    gravest: list[UrgentFile] = []
    for stage, until in stages:
        in_stage: Counter[Urgency] = Counter()
        async for file in _files(database, unit, stage, today, until):
            if file.standard in catalogue.standards and (file.file_id, file.standard) not in seen:
                seen.add((file.file_id, file.standard))
                counts[file.standard, file.urgency] += 1
                in_stage[file.urgency] += 1
                if in_stage[file.urgency] <= MOST_FILES:
                    gravest.append(file)
    return Urgent(counts, sorted(gravest, key=_order)[:MOST_FILES])


def _order(file: UrgentFile) -> tuple[int, datetime, str]:
    return URGENCIES.index(file.urgency), file.state.breaches_at or file.state.since, file.file_id


def _late_from(catalogue: Catalogue, unit: str, today: date) -> datetime:
    """An instant from which all that is due today is late, by any calendar."""
    standards = catalogue.standards.values()
    calendars = [catalogue.calendar_of(one, office) for one in standards for office in (None, unit)]
    return max(calendar.midnight(calendar.advance(today, 2)) for calendar in calendars)


async def _files(
    database: Database, unit: str, stage: WorklistStage, today: date, until: datetime | None
) -> AsyncIterator[UrgentFile]:
    """The urgent files of a stage, soonest breach first, up to an instant of breach."""
    after = BEGINNING
    while True:
        selection = WorklistFilter(standard=None, units=[unit], stage=stage)
        page = await worklist.page(database, selection, after, _PAGE_FILES)
        for _, snapshot in page:
            state = snapshot.cycles[-1]
            standard = state.standard or snapshot.standard
            assert standard is not None
            urgency = urgency_of(state, today)
            if urgency is not None:
                yield UrgentFile(snapshot.file_id, standard, urgency, state)
            if until is not None and state.breaches_at is not None and state.breaches_at > until:
                return
        if len(page) < _PAGE_FILES:
            return
        after = page[-1][0]
