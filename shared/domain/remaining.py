"""What remains of a cycle's limit at a moment, from what a snapshot says of it.

Pure, and the one answer: the API has it from the walk through the history, and whoever has only the snapshot (the worklist, alerts,
mails) asks here, and is told the same. What was counted and waited is settled whenever the file changes hands; since then the limit
counts, or the wait does (rules 2 to 4 of docs/counting-rules.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from shared.domain.calendars import BusinessCalendar
from shared.domain.commitments import Standard
from shared.domain.events import CycleState
from shared.domain.limits import LimitUnit


class Remaining(NamedTuple):
    """So much of the limit, in its unit; negative once late. Days are whole, seconds may not be."""

    unit: LimitUnit
    amount: float


def remaining_at(
    state: CycleState, standard: Standard, calendar: BusinessCalendar, now: datetime
) -> Remaining:
    """What remains at ``now``, which the state must hold at; of a cycle that ended, what remained then.

    What is waited once late allows nothing more (rule 4). Where a deadline rolls past days off, a snapshot of a late file does not tell
    which of its waits came before, and the answer may differ by the days rolled.
    """
    promised = standard.terms_of_day(calendar, state.received_on)
    limit, written = promised.limit, promised.terms.limit
    per_unit = written.per_unit
    counted, waited = round(state.counted * per_unit), round(state.waited * per_unit)
    since = max(limit.origin(state.received_at), limit.point(state.since))
    here = max(since, limit.point(now))
    if state.status == "open":
        counted += limit.count(since, here)
    elif state.status == "waiting" and state.on_time is not False:
        waited += limit.wait(since, here)
    return Remaining(written.unit, written.in_units(limit.allowed(waited) - counted))
