"""The stages of an open cycle: on track, at risk, critical, overdue, and the instant each begins (§4 of docs/counting-rules.md).

Pure. Computed from the walk through the history, so replaying a history gives the same stages at the same instants as living
through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.domain.counting import CycleCount
from shared.domain.events import Stage
from shared.domain.limits import P

StageNow = tuple[Stage | None, datetime | None, datetime | None]
"""The stage of a cycle, the instant it began, and the instant the next one begins; each None where there is none."""


def stage_at(
    walk: CycleCount[P],
    later: Sequence[tuple[Stage, int]],
    due: P | None,
    breaches_at: datetime | None,
    now: datetime,
) -> StageNow:
    """The stage of a cycle as of ``now``; ``later`` says what remains of the limit when each one between on track and overdue begins."""
    if walk.ended:
        return None, None, None
    if walk.late_from is not None:
        return "overdue", breaches_at, None
    if due is None or breaches_at is None:
        return None, None, None
    stage: Stage = "on_track"
    since = walk.since
    for next_stage, remaining in later:
        point = walk.limit.preceding(due, remaining)
        # At once, where less remains already when the file comes back.
        begins_at = walk.since if point <= walk.taken_up else walk.limit.instant(point)
        if begins_at > now:
            return stage, since, begins_at
        stage, since = next_stage, begins_at
    return stage, since, breaches_at
