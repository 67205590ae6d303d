"""The what-if calculator as it is answered: from a reception to every date that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.clock.views import DeadlineView, StageDate, cycle_view
from shared.domain import Catalogue, Wait, evaluate_what_if


def deadline(
    catalogue: Catalogue, name: str, received_at: datetime, waits: Sequence[Wait] = ()
) -> DeadlineView:
    """Due date and stages of a file received at an instant; raises ``CoverageError``, or KeyError for an unknown standard."""
    standard = catalogue.standards[name]
    calendar = catalogue.calendar_of(standard)
    what_if = evaluate_what_if(name, standard, calendar, received_at, waits)
    view = cycle_view(what_if.cycle)
    return DeadlineView(
        standard=name,
        calendar=calendar.identifier,
        calendar_version=calendar.version,
        received_at=received_at.astimezone(calendar.zone),
        limit_unit=view.limit_unit,
        limit=view.limit,
        due_on=view.due_on,
        breaches_at=view.breaches_at and view.breaches_at.astimezone(calendar.zone),
        stages=[
            StageDate(
                stage=stage,
                begins_at=since.astimezone(calendar.zone),
                begins_on=calendar.local_day(since),
            )
            for stage, since in what_if.stages.items()
        ],
    )
