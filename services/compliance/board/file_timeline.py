"""A file as its page shows it: its events, cycles and days, by the law of the clock. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from services.compliance.board import months as month_grid
from services.compliance.board.months import Around, MonthGrid
from shared.domain import (
    AnomalyReason,
    Catalogue,
    CycleClock,
    CycleLedger,
    CycleState,
    Effect,
    Event,
    FileState,
    History,
    LedgerDay,
    LimitUnit,
    Received,
    Standard,
    Terms,
    Voided,
    cycles,
    delay,
    file_ledger,
    remaining,
)
from shared.domain.calendars import BusinessCalendar

EventFate = Literal["stands", "voided", "changed_nothing", "ahead"]


class TimelineEvent(NamedTuple):
    """An event and its fate: ``effect``, ``reason`` without effect, ``by`` when voided."""

    event: Event
    fate: EventFate
    effect: Effect | None = None
    reason: AnomalyReason | None = None
    by: Voided | None = None


class TimelineCycle(NamedTuple):
    """One cycle; ``earlier`` and ``later`` are the last months of the pages before and after.

    ``late_from`` is set where the limit has run out, until the day on which the file is late.
    """

    clock: CycleClock
    late_from: date | None
    terms: Terms
    unit: LimitUnit
    days: Sequence[LedgerDay]
    months: Sequence[MonthGrid]
    earlier: date | None
    later: date | None

    @property
    def state(self) -> CycleState:
        return self.clock.state


class FileTimeline(NamedTuple):
    """A file at a moment: its cycles, the newest first, and its events, the newest first."""

    file_id: str
    opening: Received | None
    standard: Standard | None
    cycles: Sequence[TimelineCycle]
    events: Sequence[TimelineEvent]
    next_crossing: datetime | None

    @property
    def current(self) -> TimelineCycle | None:
        return self.cycles[0] if self.cycles else None


class TimelinePage(NamedTuple):
    """Which months to lay out of one cycle: those up to a month, or the last ones."""

    cycle: int = 0
    until: date | None = None


def file_timeline(
    file_id: str,
    history: History,
    catalogue: Catalogue,
    now: datetime,
    first_weekday: int,
    page: TimelinePage | None = None,
) -> FileTimeline:
    """A file as of ``now``; raises ``CoverageError`` outside the calendar's years."""
    file = cycles.read_cycles(history, now, catalogue.sharing, catalogue.passage_of)
    events = list(reversed(_events(history, file)))
    if file.opening is None:
        return FileTimeline(file_id, None, None, (), events, file.next_at)
    standard = catalogue.standards[file.opening.data.standard]
    calendar = catalogue.calendar_of(standard)
    clock = delay.DelayCalculator(standard, calendar).clock(file)
    horizon = _horizon(clock.cycles[-1], standard, calendar, now)
    ledgers = file_ledger(history, standard, calendar, now, catalogue.sharing, horizon=horizon)
    timeline_cycles = [
        _timeline_cycle(cycle, days, standard, calendar, now, first_weekday, page or TimelinePage())
        for cycle, days in zip(clock.cycles, ledgers, strict=True)
    ]
    timeline_cycles.reverse()
    return FileTimeline(file_id, file.opening, standard, timeline_cycles, events, clock.crosses_at)


def _horizon(
    cycle: CycleClock, standard: Standard, calendar: BusinessCalendar, now: datetime
) -> datetime:
    """Until when days are shown: the deadline of an open file as it stands, or now."""
    state = cycle.state
    counts_days = standard.followed_by(state.received_on).limit.counts_days
    if not counts_days or state.status != "open" or state.due_on is None:
        return now
    return max(now, calendar.midnight(state.due_on) + timedelta(hours=1))


def _timeline_cycle(
    cycle: CycleClock,
    days: CycleLedger,
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    first_weekday: int,
    page: TimelinePage,
) -> TimelineCycle:
    """One cycle, with the months that are asked for."""
    state = cycle.state
    until = page.until if page.cycle == state.number else None
    window = month_grid.window(days.days, until)
    around = Around(calendar.local_day(now), state.due_on, cycle.limit, first_weekday)
    return TimelineCycle(
        clock=cycle,
        late_from=remaining.late_from(state, calendar, around.today),
        terms=standard.followed_by(state.received_on),
        unit=days.unit,
        days=window.days,
        months=month_grid.of_ledger(window.days, around),
        earlier=window.earlier,
        later=window.later,
    )


def _events(history: History, file: FileState) -> Sequence[TimelineEvent]:
    """Every event, in the order in which they happened, and what came of it."""
    reasons = {(one.source, one.event_id): one.reason for one in file.anomalies}
    gone = {(one.source, one.id) for one in file.voided}
    voids = {
        (one.source, one.data.event_id): one
        for one in history
        if isinstance(one, Voided) and (one.source, one.id) not in gone | reasons.keys()
    }
    events, effects = [], file.effects
    for event in history:
        name = event.source, event.id
        fate: EventFate = "ahead" if event.time > file.now else "stands"
        if name in gone or name in reasons:
            fate = "voided" if name in gone else "changed_nothing"
        effect, reason = effects.get(name), reasons.get(name)
        events.append(TimelineEvent(event, fate, effect, reason, voids.get(name)))
    return events
