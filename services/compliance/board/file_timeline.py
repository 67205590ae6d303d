"""A file as its page shows it: its events, and the clock of each of its standards. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from services.compliance.board import months as month_grid
from services.compliance.board.months import Around, MonthGrid
from shared.domain import (
    Anomaly,
    AnomalyReason,
    CycleClock,
    CycleLedger,
    CycleState,
    DocumentsRequested,
    Effect,
    Event,
    FileCalculator,
    FileReading,
    History,
    LedgerDay,
    LimitUnit,
    Received,
    Standard,
    StandardReading,
    Terms,
    Voided,
    counting,
    cycles,
    remaining,
)
from shared.domain.calendars import BusinessCalendar, CoverageError

EventFate = Literal["stands", "voided", "changed_nothing", "ahead"]


class EventOutcome(NamedTuple):
    """What an event did to the clock of a standard, or why it did nothing.

    ``standard`` is None where it is the same for every standard of the file.
    """

    standard: str | None
    effect: Effect | None = None
    reason: AnomalyReason | None = None


class TimelineEvent(NamedTuple):
    """An event and its fate: ``outcomes`` of those that are in effect, ``by`` when voided."""

    event: Event
    fate: EventFate
    outcomes: Sequence[EventOutcome] = ()
    by: Voided | None = None


class AwaitedAnswer(NamedTuple):
    """A request without an answer; ``lapses_at`` is when the wait for it ends by itself.

    ``runs`` where it lets the delay run, ``restarts`` where the count begins again at the answer.
    """

    request_id: str | None
    kind: str | None
    since: datetime
    answer_by: date | None
    lapses_at: datetime | None = None
    runs: bool = False
    restarts: bool = False


class TimelineCycle(NamedTuple):
    """One cycle; ``earlier`` and ``later`` are the last months of the pages before and after.

    ``late_from`` is set where the limit has run out, until the day on which the file is late.
    ``due_unextended`` is the deadline without the extensions of the limit. ``lapses`` are when a
    wait ended by itself, ``restarts`` when the count began again.
    """

    clock: CycleClock
    late_from: date | None
    terms: Terms
    unit: LimitUnit
    days: Sequence[LedgerDay]
    months: Sequence[MonthGrid]
    earlier: date | None
    later: date | None
    due_unextended: date | datetime | None
    awaited: Sequence[AwaitedAnswer]
    lapses: Sequence[datetime]
    restarts: Sequence[datetime]

    @property
    def state(self) -> CycleState:
        return self.clock.state

    @property
    def will_restart(self) -> bool:
        """Whether the count begins again at an answer that is awaited."""
        return any(one.restarts for one in self.awaited)


class StandardTimeline(NamedTuple):
    """The cycles of a file that one standard measures, the newest first."""

    name: str
    standard: Standard
    calendar: BusinessCalendar
    cycles: Sequence[TimelineCycle]

    @property
    def current(self) -> TimelineCycle | None:
        return self.cycles[0] if self.cycles else None


class Holding(NamedTuple):
    """How long a unit had the file: from an instant to another, or to now."""

    unit: str
    since: datetime
    until: datetime | None


class FileTimeline(NamedTuple):
    """A file at a moment: its standards, and its events, the newest first.

    ``holdings`` are the units that had it, where it was transferred; ``unit`` has it now.
    """

    file_id: str
    opening: Received | None
    unit: str | None
    standards: Sequence[StandardTimeline]
    holdings: Sequence[Holding]
    events: Sequence[TimelineEvent]
    next_crossing: datetime | None


class TimelinePage(NamedTuple):
    """Which months to lay out of one cycle of a standard: those up to a month, or the last ones."""

    cycle: int = 0
    until: date | None = None
    standard: str = ""


def file_timeline(
    file_id: str,
    history: History,
    reading: FileReading,
    calculator: FileCalculator,
    first_weekday: int,
    page: TimelinePage | None = None,
) -> FileTimeline:
    """A file as it is read; raises ``CoverageError`` outside the calendar's years."""
    standards = [
        _standard_timeline(one, history, calculator, first_weekday, page or TimelinePage())
        for one in reading.of_standards
    ]
    return FileTimeline(
        file_id,
        reading.opening,
        reading.unit,
        standards,
        _holdings(reading),
        list(reversed(_events(history, reading))),
        reading.clock.crosses_at if reading.opening else reading.state.next_at,
    )


def _standard_timeline(
    reading: StandardReading,
    history: History,
    calculator: FileCalculator,
    first_weekday: int,
    page: TimelinePage,
) -> StandardTimeline:
    name, standard, calendar = reading.name, reading.standard, reading.calendar
    state, clock = reading.state, reading.clock
    if not clock.cycles:
        return StandardTimeline(name, standard, calendar, ())
    horizon = _horizon(clock.cycles[-1], standard, calendar, state.now)
    ledgers = calculator.ledgers(history, reading, horizon)
    shown = page if page.standard in ("", name) else TimelinePage()
    timeline_cycles = [
        _timeline_cycle(cycle, events, days, reading, first_weekday, shown)
        for cycle, events, days in zip(clock.cycles, state.cycles, ledgers, strict=True)
    ]
    timeline_cycles.reverse()
    return StandardTimeline(name, standard, calendar, timeline_cycles)


def _horizon(
    cycle: CycleClock, standard: Standard, calendar: BusinessCalendar, now: datetime
) -> datetime:
    """Until when days are shown: the deadline of an open file as it stands, or now."""
    state = cycle.state
    counts_days = standard.terms_of(state).limit.counts_days
    if not counts_days or state.status != "open" or state.due_on is None:
        return now
    return max(now, calendar.midnight(state.due_on) + timedelta(hours=1))


def _timeline_cycle(
    clock: CycleClock,
    cycle: cycles.Cycle,
    days: CycleLedger,
    reading: StandardReading,
    first_weekday: int,
    page: TimelinePage,
) -> TimelineCycle:
    """One cycle, with the months that are asked for."""
    state, calendar, now = clock.state, reading.calendar, reading.state.now
    until = page.until if page.cycle == state.number else None
    window = month_grid.window(days.days, until)
    around = Around(calendar.local_day(now), state.due_on, clock.limit, first_weekday)
    terms = reading.standard.terms_of(state)
    return TimelineCycle(
        clock=clock,
        late_from=remaining.late_from(state, calendar, around.today),
        terms=terms,
        unit=days.unit,
        days=window.days,
        months=month_grid.of_ledger(window.days, around),
        earlier=window.earlier,
        later=window.later,
        due_unextended=_due_unextended(state, cycle, terms, calendar, now),
        awaited=_awaited(cycle, reading) if cycle.ended is None else (),
        lapses=sorted({one.ended for one in cycle.requests if one.lapsed and one.ended}),
        restarts=[spell.began for spell in cycle.spells if spell.restarts],
    )


def _due_unextended(
    state: CycleState, cycle: cycles.Cycle, terms: Terms, calendar: BusinessCalendar, now: datetime
) -> date | datetime | None:
    """What the deadline is without extensions: a date, or an instant of opening time."""
    if not state.extensions:
        return None
    law = terms.law(calendar, terms.limit)._replace(extensions={})
    try:
        count = counting.CycleCount(cycle, law, now)
        due, earliest = count.due_and_earliest()
    except CoverageError:
        return None
    point = due or earliest
    if point is None:
        return None
    return count.limit.day(point) if terms.limit.counts_days else count.limit.instant(point)


def _awaited(cycle: cycles.Cycle, reading: StandardReading) -> Sequence[AwaitedAnswer]:
    """The requests of a running cycle that are without an answer, the oldest first."""
    stopping = {(one.request_id, one.began): one for one in cycle.awaited}
    awaited = []
    for event, effect in reading.state.changes:
        if not isinstance(event, DocumentsRequested) or event.time < cycle.received_at:
            continue
        data = event.data
        request = stopping.get((data.request_id, event.time))
        runs = effect == "runs_on" and data.request_id in cycle.running
        if request is not None or runs:
            awaited.append(
                AwaitedAnswer(
                    data.request_id,
                    data.kind,
                    event.time,
                    data.answer_by,
                    lapses_at=None if request is None else request.lapses_at,
                    runs=runs,
                    restarts=request is not None and request.law.clock == "restarts",
                )
            )
    return awaited


def _holdings(reading: FileReading) -> Sequence[Holding]:
    """The units that had the file, the last until it ended; none where only one had it."""
    if len(reading.units) < 2:
        return ()
    states = [one.state for one in reading.clock.cycles]
    until = None
    if states and all(one.ended_on is not None for one in states):
        until = max(one.since for one in states)
    held = [Holding(unit, at, next_at) for (at, unit), (next_at, _) in pairwise(reading.units)]
    since, unit = reading.units[-1]
    return [*held, Holding(unit, since, until if until and until > since else None)]


def _events(history: History, reading: FileReading) -> Sequence[TimelineEvent]:
    """Every event, in the order in which they happened, and what came of it."""
    file = reading.state
    gone = {(one.source, one.id) for one in file.voided}
    outcomes = _outcomes(reading)
    voids = {
        (one.source, one.data.event_id): one
        for one in history
        if isinstance(one, Voided)
        and (one.source, one.id) not in gone
        and _stands(outcomes.get((one.source, one.id), ()))
    }
    events = []
    for event in history:
        name = event.source, event.id
        came = outcomes.get(name, ())
        fate: EventFate = "ahead" if event.time > file.now else "stands"
        if name in gone:
            fate = "voided"
        elif came and not _stands(came):
            fate = "changed_nothing"
        events.append(TimelineEvent(event, fate, came, voids.get(name)))
    return events


def _stands(outcomes: Sequence[EventOutcome]) -> bool:
    """Whether an event changed something for one of the standards at least."""
    return not outcomes or any(one.reason is None for one in outcomes)


def _outcomes(reading: FileReading) -> Mapping[tuple[str, str], Sequence[EventOutcome]]:
    """What came of each event, by source and id: once where it is the same for every standard.

    Standards that an event passes are not named.
    """
    readings = reading.of_standards
    if not readings:
        return _outcomes_within(None, reading.state.effects, _reasons(reading.state.anomalies))
    of_standards = [
        _outcomes_within(one.name, one.state.effects, _reasons(one.clock.anomalies))
        for one in readings
    ]
    together: dict[tuple[str, str], Sequence[EventOutcome]] = {}
    for name in {name for one in of_standards for name in one}:
        came = [outcome for one in of_standards for outcome in one.get(name, ())]
        came = [outcome for outcome in came if outcome.effect != "passes"] or came[:1]
        same = {(outcome.effect, outcome.reason) for outcome in came}
        everywhere = len(came) == len(readings) and len(same) == 1
        passes = came[0].effect == "passes"
        together[name] = [came[0]._replace(standard=None)] if everywhere or passes else came
    return together


def _reasons(anomalies: Sequence[Anomaly]) -> Mapping[tuple[str, str], AnomalyReason]:
    return {(one.source, one.event_id): one.reason for one in anomalies}


def _outcomes_within(
    standard: str | None,
    effects: Mapping[tuple[str, str], Effect],
    reasons: Mapping[tuple[str, str], AnomalyReason],
) -> Mapping[tuple[str, str], Sequence[EventOutcome]]:
    """By event; an event that the count refused has a reason, whatever its effect seemed to be."""
    came = {name: [EventOutcome(standard, effect)] for name, effect in effects.items()}
    return {
        **came,
        **{name: [EventOutcome(standard, reason=reason)] for name, reason in reasons.items()},
    }
