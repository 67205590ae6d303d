"""What remains of a cycle's limit at a moment, computed from its snapshot alone.

Pure. The worklist, alerts and mails have only the snapshot, with what was counted and waited when
the file last changed hands; since then either the limit counts or the wait does (rules 2 to 4 of
docs/counting-rules.md). tests/unit/domain/test_remaining.py holds that it agrees with
:attr:`shared.domain.delay.CycleClock.remaining`, which counts through the history.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from shared.domain.calendars import BusinessCalendar, Limit, LimitAmount
from shared.domain.commitments import Standard, Terms
from shared.domain.limits import LimitUnit
from shared.domain.records import CycleState


class Remaining(NamedTuple):
    """What remains, in the limit's unit; negative once late. Days are whole, seconds may not be."""

    unit: LimitUnit
    amount: LimitAmount
    late_from: date | None = None


def remaining_at(
    state: CycleState, standard: Standard, calendar: BusinessCalendar, now: datetime
) -> Remaining:
    """What remains at ``now``, for which the state must be valid; once ended, what remained then.

    What is waited once late allows nothing more (rule 4). Where a deadline rolls past days off, the
    snapshot of a late file does not have which waits came before it was late: the result may be off
    by the days rolled.
    """
    terms = standard.terms_of(state)
    catalogue_limit, limit = terms.limit, limit_of(state, terms, calendar)
    per_unit = catalogue_limit.per_unit
    counted, waited = round(state.counted * per_unit), round(state.waited * per_unit)
    since = max(limit.origin(state.counted_from or state.received_at), limit.point(state.since))
    here = max(since, limit.point(now))
    if state.status == "open":
        counted += limit.count(since, here)
    elif state.status == "waiting" and state.on_time is not False:
        waited += limit.wait(since, here)
    amount = catalogue_limit.in_units(limit.allowed(waited) - counted)
    return Remaining(
        catalogue_limit.unit, amount, late_from(state, calendar, calendar.local_day(now))
    )


def limit_of(state: CycleState, terms: Terms, calendar: BusinessCalendar) -> Limit:
    """The limit of a cycle with what extended it, from where its count begins."""
    catalogue_limit = terms.limit
    received_at = state.counted_from or state.received_at
    limit = catalogue_limit.on(calendar, terms.day_zero(calendar, received_at))
    for extension in state.extensions:
        if extension.allowed is not None:
            limit = limit.with_allowed(round(extension.allowed * catalogue_limit.per_unit))
        else:
            by = terms.extensions[extension.extension].by
            assert by is not None
            limit = limit.extended(by)
    return limit


def late_from(state: CycleState, calendar: BusinessCalendar, today: date) -> date | None:
    """The day from which a file is late, while its last day is past and that day is ahead.

    A limit in business days may run out on a Friday and be exceeded on Monday.
    """
    if state.status != "open" or state.stage == "overdue":
        return None
    if state.due_on is None or state.breaches_at is None:
        return None
    late_on = calendar.local_day(state.breaches_at)
    return late_on if state.due_on < today < late_on else None
