"""The ledger of delay: every civil day of a cycle, what it added to the counter, and why.

Pure, and it counts apart from ``delay``, which only tells it where the count begins and since when
the file is late: it takes the days one by one and looks up who held the file when each began, as a
person with a calendar would. The tests hold that its days sum to the counter, which is therefore a
proof and not a tautology. Rules 1, 2, 4, 10, 11 and 12 of
docs/counting-rules.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from shared.domain import cycles, delay
from shared.domain.calendars import BusinessCalendar
from shared.domain.commitments import Standard, Terms
from shared.domain.cycles import Cycle, FileState, History
from shared.domain.delay import FileClock
from shared.domain.events import DocumentsReceived, DocumentsRequested, Event, short_name
from shared.domain.ledger_days import CountedPart, DayReason
from shared.domain.limits import LimitUnit
from shared.domain.ownership import Sharing
from shared.domain.records import Anomaly, AnomalyReason


class _Struct(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen value that JSON can hold, with the names of its fields."""


class LedgerEvent(_Struct, frozen=True, omit_defaults=True):
    """What happened to the file that day; ``changed_nothing`` says why it had no effect, ``voided`` that it was taken back."""

    type: str
    id: str
    source: str
    time: datetime
    request_id: str | None = None
    changed_nothing: AnomalyReason | None = None
    voided: bool = False


class LedgerDay(_Struct, frozen=True):
    """One civil day. ``counted`` and ``waited`` are what it added, in the ledger's unit: 0 or 1 day, or seconds of opening time."""

    day: date
    counted: float
    waited: float
    total: float
    why: DayReason
    events: tuple[LedgerEvent, ...]


class CycleLedger(_Struct, frozen=True):
    """Every civil day of a cycle, from the reception to its end or to the moment asked about."""

    number: int
    unit: LimitUnit
    days: tuple[LedgerDay, ...]


def file_ledger(
    history: History,
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    sharing: Sharing,
    *,
    horizon: datetime | None = None,
) -> tuple[CycleLedger, ...]:
    """The ledger of every cycle as of ``now``; an open one goes on to ``horizon``, uneventful.

    Raises ``CoverageError`` outside the calendar's years.
    """
    passage = standard.passage(calendar)
    file = cycles.read_cycles(history, now, sharing, lambda _: passage)
    plain = all(cycle.plain for cycle in file.cycles)
    clock = None if plain else delay.DelayCalculator(standard, calendar).clock(file)
    return ledgers_of(history, file, clock, standard, calendar, horizon)


def ledgers_of(
    history: History,
    file: FileState,
    clock: FileClock | None,
    standard: Standard,
    calendar: BusinessCalendar,
    horizon: datetime | None = None,
) -> tuple[CycleLedger, ...]:
    """The same, of a file read already; ``clock`` may be None where every cycle is plain.

    A plain cycle is counted from its reception on, and none of its waits asks whether it was late.
    """
    if file.opening is None or not file.cycles:
        return ()
    known = cycles.events_until(history, file.now)
    parts = _counted_parts(file, clock, standard, calendar)
    anomalies = file.anomalies if clock is None else clock.anomalies
    events = _events_by_day(known, file, anomalies, calendar)
    until = horizon or file.now
    return tuple(
        _cycle_ledger(cycle, terms, counted, calendar, until, events)
        for cycle, (terms, counted) in zip(file.cycles, parts, strict=True)
    )


def _counted_parts(
    file: FileState, clock: FileClock | None, standard: Standard, calendar: BusinessCalendar
) -> Sequence[tuple[Terms, CountedPart]]:
    """The terms of each cycle and what of it is counted."""
    assert file.opening is not None
    attributes = file.opening.data.attributes
    parts = []
    for index, cycle in enumerate(file.cycles):
        terms = standard.terms_of_day(calendar.local_day(cycle.received_at), attributes).terms
        counted_from, late_from = cycle.received_at, None
        if clock is not None:
            state = clock.cycles[index].state
            counted_from = state.counted_from or counted_from
            late_from = state.breaches_at if state.on_time is False else None
        day_zero = terms.day_zero(calendar, counted_from)
        parts.append((terms, CountedPart(counted_from, day_zero, late_from)))
    return parts


def _events_by_day(
    known: History, file: FileState, found: Sequence[Anomaly], calendar: BusinessCalendar
) -> Mapping[date, list[LedgerEvent]]:
    anomalies = {(anomaly.source, anomaly.event_id): anomaly.reason for anomaly in found}
    voided = {(event.source, event.id) for event in file.voided}
    first_day = calendar.midnight(calendar.local_day(file.cycles[0].received_at))
    days: dict[date, list[LedgerEvent]] = defaultdict(list)
    for event in known:
        if event.time < first_day:
            continue
        name = event.source, event.id
        ledger_event = LedgerEvent(
            type=short_name(type(event)),
            id=event.id,
            source=event.source,
            time=event.time,
            request_id=_request_id(event),
            changed_nothing=anomalies.get(name),
            voided=name in voided,
        )
        days[calendar.local_day(event.time)].append(ledger_event)
    return days


def _request_id(event: Event) -> str | None:
    if isinstance(event, DocumentsRequested | DocumentsReceived):
        return event.data.request_id
    return None


def _cycle_ledger(
    cycle: Cycle,
    terms: Terms,
    counted: CountedPart,
    calendar: BusinessCalendar,
    until: datetime,
    events: Mapping[date, list[LedgerEvent]],
) -> CycleLedger:
    in_units = terms.limit.in_units
    end = cycle.ended.time if cycle.ended else until
    total = 0
    days = []
    for entry in terms.limit.ledger(cycle, calendar, end, counted):
        total += entry.counted
        days.append(
            LedgerDay(
                day=entry.day,
                counted=in_units(entry.counted),
                waited=in_units(entry.waited),
                total=in_units(total),
                why=entry.why,
                events=tuple(events.get(entry.day, ())),
            )
        )
    return CycleLedger(number=cycle.number, unit=terms.limit.unit, days=tuple(days))
