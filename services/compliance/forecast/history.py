"""Reads the lives that a forecast is made from: measured cycles with their stops, and what is open now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple
from zlib import crc32

from services.compliance.forecast.hazard import WINDOW_DAYS
from services.compliance.forecast.lives import CountedDays, Life, Pause, counted_days, group
from services.compliance.forecast.model import TRIAL_MONTHS
from services.compliance.projection import (
    ComplianceStore,
    Days,
    MeasuredFileCursor,
    MeasuredFileFilter,
    TallyScope,
    listings,
    monthly_sums,
    open_now,
    sum_events,
)
from shared.domain import Catalogue, ClockSnapshot, CycleState
from shared.domain.calendars import ONE_DAY

MOST_LIVES: Final = 20_000
"""Of one standard; where there are more, every second one is read, or third, and stands for so many."""
_PAGE: Final = 250
_BEYOND: Final = timedelta(days=800)
"""Around the days of the history, for deadlines of the longest limits."""
_MONTH_DAYS: Final = 31


class LifeHistory(NamedTuple):
    """Of a standard: lives by the day received, and the files withdrawn of late before their limit."""

    lives: Sequence[Life]
    days: CountedDays
    withdrawn: int


async def read_history(
    store: ComplianceStore,
    catalogue: Catalogue,
    standard: str,
    today: date,
    *,
    most: int = MOST_LIVES,
) -> LifeHistory:
    """Everything that the forecast of a standard is made from, a page at a time; some ``most`` lives."""
    scope, database = TallyScope([standard], None), store.database
    terms = catalogue.standards[standard].nearest_terms(today)
    calendar = catalogue.calendar_of(catalogue.standards[standard])
    earliest = today - timedelta(days=_MONTH_DAYS * (TRIAL_MONTHS + 1) + WINDOW_DAYS)
    one_of = await _one_of(store, scope, earliest, most)
    limit = terms.limit
    days = counted_days(limit, calendar, earliest - _BEYOND, today + _BEYOND)
    lives: list[Life] = []
    selection = MeasuredFileFilter(standard, None, "due", "denominator", earliest, date.max)
    after: MeasuredFileCursor | None = None
    while True:
        rows = await listings.measured_files(database, selection, after, _PAGE)
        chosen = [row for row in rows if crc32(row.file_id.encode()) % one_of == 0]
        snapshots = await store.snapshots([row.file_id for row in chosen]) if chosen else {}
        for row in chosen:
            state = _cycle(snapshots.get(row.file_id), standard, row.cycle)
            if state is not None:
                lives.append(life(state, catalogue.zone)._replace(files=one_of))
        if len(rows) < _PAGE:
            break
        after = MeasuredFileCursor.after(rows[-1], "due")
    limit_days = round(limit.length) if limit.counts_days else 0
    for one in await open_now(database, scope, ["open_due"]):
        # When these came is not tallied with when they are due: as if they had never waited.
        received = days.day(days.number(one.day) - limit_days)
        lives.append(Life(received, None, one.day, on_time=False, files=one.files, is_running=True))
    window = Days("withdrawn", today - timedelta(days=WINDOW_DAYS), today - ONE_DAY)
    gone = await sum_events(database, scope, [window])
    withdrawn = sum(gone.get((standard, None), {}).get("withdrawn", {}).values())
    return LifeHistory(group(lives), days, withdrawn)


async def _one_of(store: ComplianceStore, scope: TallyScope, earliest: date, most: int) -> int:
    """Of how many lives one is read, by a digest of the file's number."""
    sums = await monthly_sums(store.database, scope, Days("due", earliest, date.max))
    months = sums.get(scope.standards[0], {}).values()
    return 1 + sum(sum(outcomes.values()) for outcomes in months) // most


def _cycle(snapshot: ClockSnapshot | None, standard: str, number: int) -> CycleState | None:
    """The state of a cycle; None where the file has changed since it was listed."""
    for state in snapshot.cycles if snapshot else ():
        of_standard = state.standard or (snapshot.standard if snapshot else None)
        if of_standard == standard and state.number == number and state.due_on is not None:
            return state
    return None


def life(state: CycleState, zone: tzinfo) -> Life:
    """A measured cycle that was decided, withdrawn after the limit, or is overdue."""
    assert state.due_on is not None

    def day(instant: datetime) -> int:
        return instant.astimezone(zone).toordinal()

    return Life(
        state.received_on.toordinal(),
        None if state.ended_on is None else state.ended_on.toordinal(),
        state.due_on.toordinal(),
        state.on_time is True and state.status == "decided",
        tuple(
            Pause(
                day(stop.began_at),
                None if stop.ended_at is None else day(stop.ended_at),
                round(stop.removed),
            )
            for stop in state.stops
        ),
    )
